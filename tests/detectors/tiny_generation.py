"""Tiny settings of a generation run, and an encoder that is only arithmetic."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

TINY: dict[str, Any] = {
    "count": 4,
    "image_size": 32,
    "crop_size": 32,
    "width": 4,
    "latent_channels": 4,
    "codes": 8,
    "steps": 4,
    "batch_size": 2,
    "iterations": 3,
    "update_steps": 2,
    "augmentations": 2,
    "perceptual_weight": 0.0,
    "views": "texture",
    "words": 6,
    "device": "cpu",
}


class PlainEncoder:
    """Texts become their letters' counts, pictures their mean colour and spread, through a fixed matrix."""

    identity = "plain"

    def encode_text(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        counts = np.array(
            [[text.count(letter) for letter in "abcdefghijklmnopqrstuvwxyz "] for text in texts]
        )
        return (counts @ np.random.default_rng(0).normal(size=(27, 8))).astype(np.float32)

    def encode_image(self, pictures: Sequence[npt.NDArray[np.uint8]]) -> npt.NDArray[np.float32]:
        seen = np.array([[*one.mean((0, 1)), *one.std((0, 1))] for one in pictures]) / 255
        return (seen @ np.random.default_rng(1).normal(size=(6, 8))).astype(np.float32)
