"""Everything that changes datasets, one module per subject."""
