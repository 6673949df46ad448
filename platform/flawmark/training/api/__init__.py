"""The HTTP endpoints of training."""
