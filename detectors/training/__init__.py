"""What every method that trains a network shares: presets, the loop, checkpoints, the report."""
