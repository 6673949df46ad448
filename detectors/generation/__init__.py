"""Text-guided generation of normal images (TGVIG): words, encoders, the generator, the best set.

After "Text-Guided Variational Image Generation for Industrial Anomaly Detection and Segmentation", CVPR
2024, whose code was never published: what its text leaves open is a setting.
"""
