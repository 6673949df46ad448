"""Reads of datasets, one module per subject."""
