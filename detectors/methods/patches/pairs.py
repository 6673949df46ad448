"""Pairs of patches from the same frame: how the second one lies to the first, and what is drawn."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.methods.patches.frames import Corners, TrainingFrames

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Offsets:
    """How second patches lie to first ones.

    Attributes:
        offsets_px: (n, 2) int64, (row, col) from the first patch to the second.
        labels: (n,) int64, the class of each offset; zeros where there are no classes.
    """

    offsets_px: npt.NDArray[np.int64]
    labels: Indices

    def take(self, rows: npt.NDArray[np.generic]) -> "Offsets":
        return Offsets(self.offsets_px[rows], self.labels[rows])


DrawOffsets = Callable[[np.random.Generator, int], Offsets]
"""Draws so many offsets."""


@dataclass(frozen=True)
class Pairs:
    """Pairs of patches of one size; both hold usable pixels alone.

    Attributes:
        patch_px: side of the patches.
        frames: (n,) number of the frame of each pair.
        first: (n, 2) top-left pixel (row, col) of the first patch.
        second: (n, 2) of the second one.
        labels: (n,) class of the drawn offset.
    """

    patch_px: int
    frames: Indices
    first: Corners
    second: Corners
    labels: Indices

    def __len__(self) -> int:
        return len(self.frames)

    def take(self, rows: npt.NDArray[np.generic]) -> "Pairs":
        return Pairs(self.patch_px, self.frames[rows], self.first[rows], self.second[rows], self.labels[rows])


@dataclass(frozen=True)
class PairRule:
    """How pairs of one size and task are drawn.

    Attributes:
        patch_px: side of the patches.
        draw_offsets: draws how second patches lie to first ones.
        resample_invalid: draw the first patch such that the second lies inside the frame; else the second
            is moved inside, as the authors' codes do, which changes some offsets and keeps their labels.
    """

    patch_px: int
    draw_offsets: DrawOffsets
    resample_invalid: bool = False

    def drawn(self, random: np.random.Generator, source: TrainingFrames, frames: Indices) -> Pairs:
        """One pair in each of the given frames, less those whose second patch holds an excluded pixel."""
        offsets = self.draw_offsets(random, len(frames))
        first = source.places(random, frames, self.patch_px)
        last = source.side_px - self.patch_px
        if self.resample_invalid:
            first, frames, offsets = self._inside(random, source, first, frames, offsets)
        second = np.clip(first + offsets.offsets_px, 0, last)
        pairs = Pairs(self.patch_px, frames, first, second, offsets.labels)
        return pairs.take(source.allows(frames, second, self.patch_px))

    def _inside(
        self,
        random: np.random.Generator,
        source: TrainingFrames,
        first: Corners,
        frames: Indices,
        offsets: Offsets,
    ) -> tuple[Corners, Indices, Offsets]:
        """First patches drawn again, uniformly over those whose second patch lies inside the frame."""
        last = source.side_px - self.patch_px
        low = np.maximum(0, -offsets.offsets_px)
        high = last - np.maximum(0, offsets.offsets_px)
        first = random.integers(low, high + 1)
        kept = source.allows(frames, first, self.patch_px)
        return first[kept], frames[kept], offsets.take(kept)


def jitter(limit_px: int) -> DrawOffsets:
    """Offsets uniform over the square of ±`limit_px` without its centre."""

    def draw(random: np.random.Generator, count: int) -> Offsets:
        side = 2 * limit_px + 1
        places = random.integers(side * side - 1, size=count)
        places += places >= side * side // 2
        rows, cols = np.divmod(places, side)
        return Offsets(np.stack([rows, cols], axis=1) - limit_px, np.zeros(count, np.int64))

    return draw
