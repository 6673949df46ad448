"""Training batches of normal pictures and the same pictures with made-up defects. Torch-free."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from detectors.synthesis.base import Synthesis
from detectors.synthesis.normals import NormalPictures
from detectors.synthesis.pixels import BoolMask, RgbImage

_LARGEST_TURN_DEG = 90.0
_ATTEMPTS = 5
"""A mask may miss the product; so many new ones are tried before the sample stays normal."""


class Batch(NamedTuple):
    """Samples of one training step.

    Attributes:
        images: (N, S, S, 3) uint8, what the networks see.
        clean: (N, S, S, 3) uint8, the same without made-up defects.
        masks: (N, S, S) bool, True on a made-up defect.
        usable: (N, S, S) bool, pixels that may train.
    """

    images: npt.NDArray[np.uint8]
    clean: npt.NDArray[np.uint8]
    masks: npt.NDArray[np.bool_]
    usable: npt.NDArray[np.bool_]


class Batches:
    """Draws batches; every sample has a generator of its own, so that workers change nothing."""

    def __init__(
        self,
        normals: NormalPictures,
        numbers: Sequence[int],
        synthesis: Synthesis,
        workers: int = 1,
        rotated_share: float = 0.0,
    ) -> None:
        """Draw from some of the normal pictures.

        Args:
            normals: the pool.
            numbers: which of it.
            synthesis: makes the defects.
            workers: threads.
            rotated_share: the part of the normal pictures that are turned before anything else.
        """
        self._normals, self._numbers, self._synthesis = normals, list(numbers), synthesis
        self._pool = ThreadPoolExecutor(workers) if workers > 1 else None
        self._rotated_share = rotated_share

    def draw(self, size: int, anomaly_share: float, random: np.random.Generator) -> Batch:
        """`size` samples, each with a defect with probability `anomaly_share`; all chance from `random`."""
        generators = random.spawn(size)
        anomalous = random.random(size) < anomaly_share
        mapped = self._pool.map if self._pool else map
        return Batch(
            *(np.stack(parts) for parts in zip(*mapped(self._sample, generators, anomalous), strict=True))
        )

    def _sample(
        self, random: np.random.Generator, is_anomalous: bool
    ) -> tuple[RgbImage, RgbImage, BoolMask, BoolMask]:
        number = self._numbers[int(random.integers(len(self._numbers)))]
        clean, usable = self._normals[number], self._normals.usable(number)
        if random.random() < self._rotated_share:
            clean, usable = _turned(clean, usable, random)
        if is_anomalous:
            for _ in range(_ATTEMPTS):
                made = self._synthesis.make(clean, random, usable)
                if made.mask.any():
                    return made.image, clean, made.mask, usable
        return clean, clean, np.zeros_like(usable), usable


def _turned(image: RgbImage, usable: BoolMask, random: np.random.Generator) -> tuple[RgbImage, BoolMask]:
    """Turned about the centre; what comes from outside is black, and may train."""
    angle = random.uniform(-_LARGEST_TURN_DEG, _LARGEST_TURN_DEG)
    turned = Image.fromarray(image).rotate(angle, Image.Resampling.BILINEAR)
    still_usable = Image.fromarray(usable).rotate(angle, Image.Resampling.NEAREST, fillcolor=1)
    return np.asarray(turned), np.asarray(still_usable)
