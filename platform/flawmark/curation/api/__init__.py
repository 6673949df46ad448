"""The HTTP views of curation."""
