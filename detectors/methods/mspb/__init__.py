"""MSPB (multi-scale patch-based representation learning, WACV 2022): networks, sampling, training."""
