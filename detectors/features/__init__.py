"""Patch features: pretrained backbones, locally aware embeddings, extraction at one fixed batch size."""
