"""Training batches of normal pictures and the same pictures with made-up defects. Torch-free."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.synthesis.base import Synthesis
from detectors.synthesis.normals import NormalPictures
from detectors.synthesis.pixels import BoolMask, RgbImage

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
        self, normals: NormalPictures, numbers: Sequence[int], synthesis: Synthesis, workers: int = 1
    ) -> None:
        """Draw from some of the normal pictures.

        Args:
            normals: the pool.
            numbers: which of it.
            synthesis: makes the defects.
            workers: threads.
        """
        self._normals, self._numbers, self._synthesis = normals, list(numbers), synthesis
        self._pool = ThreadPoolExecutor(workers) if workers > 1 else None

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
        if is_anomalous:
            for _ in range(_ATTEMPTS):
                made = self._synthesis.make(clean, random, usable)
                if made.mask.any():
                    return made.image, clean, made.mask, usable
        return clean, clean, np.zeros_like(usable), usable
