"""Prepared training frames on disk: each image is read once, and memory stays flat. Torch-free."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.base import FitContext
from detectors.errors import InputError
from detectors.samples import Sample


@dataclass(frozen=True)
class Frames:
    """Network inputs of a pool, tile by tile; only methods whose cell is one pixel can use it.

    Attributes:
        tiles: (N, S, S, 3) uint8 or float32, values 0…255, a memory map.
        usable: (N, S, S) bool, pixels that may train, a memory map.
    """

    tiles: npt.NDArray[Any]
    usable: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.tiles)

    @classmethod
    def of(cls, samples: Sequence[Sample], context: FitContext) -> "Frames":
        """Prepare every sample that has usable pixels.

        Raises:
            InputError: nothing is left after exclusion.
        """
        tiles = _Spill(context.scratch / "frames.tiles")
        usable = _Spill(context.scratch / "frames.usable")
        for number, sample in enumerate(samples, start=1):
            allowed = sample.layout.cut(sample.usable)
            for tile, pixels in zip(sample.tiles, allowed, strict=True):
                if pixels.any():
                    tiles.append(tile)
                    usable.append(pixels)
            context.progress(number / len(samples), f"Read image {number} of {len(samples)}")
        if not tiles.count:
            raise InputError("The masks exclude every pixel of every training image; nothing is left.")
        return cls(tiles.finished(), usable.finished())


class _Spill:
    """Arrays of one shape, appended to a file."""

    def __init__(self, path: Path) -> None:
        self._path, self._stream = path, path.open("wb")
        self.count = 0
        self._like: npt.NDArray[Any] = np.zeros(0)

    def append(self, array: npt.NDArray[Any]) -> None:
        np.ascontiguousarray(array).tofile(self._stream)
        self._like, self.count = array, self.count + 1

    def finished(self) -> npt.NDArray[Any]:
        self._stream.close()
        return np.memmap(self._path, self._like.dtype, "r", shape=(self.count, *self._like.shape))
