"""Training batches of normal pictures and the same pictures with made-up defects. Torch-free."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from detectors.synthesis.base import Made, Synthesis
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
        crop_px: int = 0,
        most_defects: int = 1,
    ) -> None:
        """Draw from some of the normal pictures.

        Args:
            normals: the pool.
            numbers: which of it.
            synthesis: makes the defects.
            workers: threads.
            rotated_share: the part of the normal pictures that are turned before anything else.
            crop_px: side of the piece that is cut from each sample, with a part of the defect where there is
                one; 0, or no less than the picture's side: the whole picture.
            most_defects: a spoiled sample gets between one and so many.
        """
        self._normals, self._numbers, self._synthesis = normals, list(numbers), synthesis
        self._pool = ThreadPoolExecutor(workers) if workers > 1 else None
        self._rotated_share = rotated_share
        self._crop_px, self._most_defects = crop_px, most_defects

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
        made = Made(clean, np.zeros_like(usable))
        if is_anomalous:
            for _ in range(random.integers(1, self._most_defects + 1)):
                made = self._with_one_more(made, usable, random)
        if not 0 < self._crop_px < min(usable.shape):
            return made.image, clean, made.mask, usable
        piece = _piece(made.mask, self._crop_px, random)
        return made.image[piece], clean[piece], made.mask[piece], usable[piece]

    def _with_one_more(self, before: Made, usable: BoolMask, random: np.random.Generator) -> Made:
        for _ in range(_ATTEMPTS):
            made = self._synthesis.make(before.image, random, usable)
            if made.mask.any():
                return Made(made.image, made.mask | before.mask)
        return before


def _piece(mask: BoolMask, side_px: int, random: np.random.Generator) -> tuple[slice, slice]:
    """A random square of the picture; where something is masked, one with a random pixel of that in it."""
    corner = [int(random.integers(side - side_px + 1)) for side in mask.shape]
    places = np.flatnonzero(mask)
    if len(places):
        pixel = np.unravel_index(int(random.choice(places)), mask.shape)
        corner = [
            int(np.clip(place - random.integers(side_px), 0, side - side_px))
            for place, side in zip(pixel, mask.shape, strict=True)
        ]
    return slice(corner[0], corner[0] + side_px), slice(corner[1], corner[1] + side_px)


def _turned(image: RgbImage, usable: BoolMask, random: np.random.Generator) -> tuple[RgbImage, BoolMask]:
    """Turned about the centre; what comes from outside is black, and may train."""
    angle = random.uniform(-_LARGEST_TURN_DEG, _LARGEST_TURN_DEG)
    turned = Image.fromarray(image).rotate(angle, Image.Resampling.BILINEAR)
    still_usable = Image.fromarray(usable).rotate(angle, Image.Resampling.NEAREST, fillcolor=1)
    return np.asarray(turned), np.asarray(still_usable)
