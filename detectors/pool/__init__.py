"""What is wrong with a pool of normal images: mathematics of arrays, without a detector. Torch-free."""
