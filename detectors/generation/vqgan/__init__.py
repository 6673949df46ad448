"""The generator: a VQGAN (Esser, Rombach and Ommer, "Taming Transformers", CVPR 2021), full-size or small."""
