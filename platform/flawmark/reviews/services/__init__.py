"""Everything that changes the queue and takes verdicts, one module per subject."""
