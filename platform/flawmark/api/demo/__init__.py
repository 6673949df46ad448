"""The demonstration: a dataset, a trained model and a filled queue, so that the first page is real work."""
