"""What every kind of made-up defect is: a normal picture in, a changed one and its mask out. Torch-free."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from detectors.synthesis.pixels import BoolMask, RgbImage, is_grey, luma, pixels_of


class Made(NamedTuple):
    """A made-up defect.

    Attributes:
        image: (H, W, 3) uint8; bit for bit the normal picture outside the mask.
        mask: (H, W) bool, True on the defect; may be empty, and the picture is then a normal one.
    """

    image: RgbImage
    mask: BoolMask


class Synthesis(ABC):
    """One kind of made-up defect. `make` keeps no state: same picture, same generator, same result."""

    def make(self, image: RgbImage, random: np.random.Generator, allowed: BoolMask | None = None) -> Made:
        """Spoil a normal picture.

        Args:
            image: (H, W, 3) uint8; not changed.
            random: where all chance comes from.
            allowed: (H, W) bool, where the picture may be changed, such as the product; None: everywhere.

        Returns:
            The picture and its mask, inside `allowed`. A picture without colour gets a defect without
            colour: a detector would otherwise learn no more than that colour is wrong.
        """
        everywhere = np.ones(image.shape[:2], dtype=bool)
        changed, mask = self._spoiled(image, random, everywhere if allowed is None else allowed)
        if allowed is not None:
            mask = mask & allowed
        places = np.flatnonzero(mask)
        defect = pixels_of(changed)[places]
        if is_grey(image):
            defect = luma(defect[None])[0, :, None]
        result = np.ascontiguousarray(image).copy()
        pixels_of(result)[places] = defect
        return Made(result, mask)

    @abstractmethod
    def _spoiled(self, image: RgbImage, random: np.random.Generator, allowed: BoolMask) -> Made:
        """A changed picture, and where it counts; what it shows elsewhere does not matter."""


class MixedSynthesis(Synthesis):
    """Several kinds, each with its share of the samples."""

    def __init__(self, kinds: Sequence[Synthesis], shares: Sequence[float]) -> None:
        self._kinds = tuple(kinds)
        self._shares = np.asarray(shares, dtype=np.float64) / sum(shares)

    def _spoiled(self, image: RgbImage, random: np.random.Generator, allowed: BoolMask) -> Made:
        kind = self._kinds[random.choice(len(self._kinds), p=self._shares)]
        return kind._spoiled(image, random, allowed)


def many(
    synthesis: Synthesis, images: Sequence[RgbImage], count: int, seed: int, *, workers: int = 1
) -> Iterator[tuple[RgbImage, Made]]:
    """Samples 0 to `count`, in order, each with the normal picture from which it was made.

    Sample k depends on the seed and k alone, whatever the number of workers (threads).
    """

    def one(number: int) -> tuple[RgbImage, Made]:
        random = np.random.default_rng(np.random.SeedSequence((seed, number)))
        image = images[int(random.integers(len(images)))]
        return image, synthesis.make(image, random)

    if workers == 1:
        yield from map(one, range(count))
        return
    with ThreadPoolExecutor(workers) as pool:
        for first in range(0, count, 8 * workers):
            yield from pool.map(one, range(first, min(first + 8 * workers, count)))
