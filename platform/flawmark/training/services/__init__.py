"""Everything that changes training runs, models, thresholds and policies, one module per subject."""
