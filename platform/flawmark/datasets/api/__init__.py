"""The HTTP endpoints of datasets."""
