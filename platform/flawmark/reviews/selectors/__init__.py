"""Reads of reviews, one module per subject."""
