"""The demonstration: a first dataset with a trained model and a filled queue, so that the first page is work."""
