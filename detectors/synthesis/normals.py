"""The training pool as pictures of one size, for methods that learn from made-up defects. Torch-free."""

from collections.abc import Sequence
from pathlib import Path
from typing import overload

import numpy as np

from detectors.base import Progress
from detectors.errors import InputError
from detectors.samples import Sample
from detectors.synthesis.pixels import BoolMask, RgbImage


class NormalPictures(Sequence[RgbImage]):
    """Every tile of every prepared sample, on disk; memory holds what the system chooses to cache."""

    def __init__(self, samples: Sequence[Sample], folder: Path, progress: Progress) -> None:
        """Prepare each sample once; tiles without a usable pixel are left out.

        Args:
            samples: prepared samples; their `usable` cells are what may train.
            folder: an existing folder for two files.
            progress: heard once per sample.

        Raises:
            InputError: nothing is left.
        """
        count = 0
        side_px = 0
        pictures_path, usable_path = folder / "pictures.u8", folder / "usable.u8"
        with pictures_path.open("wb") as pictures, usable_path.open("wb") as usable:
            for number, sample in enumerate(samples, start=1):
                for tile, mask in zip(sample.tiles, _usable_pixels(sample), strict=True):
                    if mask.any():
                        pictures.write(np.ascontiguousarray(np.rint(tile), dtype=np.uint8).tobytes())
                        usable.write(mask.tobytes())
                        count, side_px = count + 1, tile.shape[0]
                progress(number / len(samples), f"Read image {number} of {len(samples)}")
        if count == 0:
            raise InputError("The masks exclude every pixel of every training image.")
        shape = count, side_px, side_px
        self._pictures = np.memmap(pictures_path, np.uint8, "r", shape=(*shape, 3))
        self._usable = np.memmap(usable_path, np.bool_, "r", shape=shape)

    def __len__(self) -> int:
        return len(self._pictures)

    @overload
    def __getitem__(self, index: int) -> RgbImage: ...
    @overload
    def __getitem__(self, index: slice) -> list[RgbImage]: ...
    def __getitem__(self, index: int | slice) -> RgbImage | list[RgbImage]:
        if isinstance(index, slice):
            return list(np.asarray(self._pictures[index]))
        return np.asarray(self._pictures[index])

    def usable(self, index: int) -> BoolMask:
        """(S, S) bool: the pixels of a picture that may train."""
        return np.asarray(self._usable[index])


def _usable_pixels(sample: Sample) -> BoolMask:
    """(T, S, S) bool: the usable cells as pixels of each tile."""
    cell_px = sample.layout.cell_px
    pixels = sample.usable.repeat(cell_px, axis=0).repeat(cell_px, axis=1)
    return np.asarray(sample.layout.cut(pixels[:, :, None])[:, :, :, 0])
