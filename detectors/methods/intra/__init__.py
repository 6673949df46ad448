"""InTra: every patch inpainted from its surroundings by a network of self-attention alone.

Pirnay and Chai, Inpainting Transformer for Anomaly Detection, ICIAP 2022.
"""
