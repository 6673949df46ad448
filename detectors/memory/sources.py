"""The training images behind a memory, so that a remembered patch can be shown where it came from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from detectors.memory.arrays import AnyArray
from detectors.placement import Placement

Box = tuple[float, float, float, float]
"""left, top, right, bottom in an image's pixels."""


@dataclass(frozen=True)
class SourceImages:
    """Training images by their numbers.

    Attributes:
        sizes_px: (images, 2) int32, (height, width).
        placements: (images, 3) float64, shift (rows, cols) in pixels and angle on the template; all 0
            without one.
    """

    sizes_px: npt.NDArray[np.int32]
    placements: npt.NDArray[np.float64]

    @classmethod
    def of(cls, images: Iterable[tuple[tuple[int, int], Placement | None]]) -> Self:
        """From each image's (height, width) and its placement."""
        known = list(images)
        sizes_px = np.array([size_px for size_px, _ in known], np.int32).reshape(-1, 2)
        rows = [(0.0, 0.0, 0.0) if at is None else (*at.shift_px, at.angle) for _, at in known]
        return cls(sizes_px, np.array(rows, np.float64).reshape(-1, 3))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, AnyArray]) -> Self:
        """Read what `to_arrays` wrote; KeyError without sizes.

        Artifacts from before images could be aligned name no placements: all lay where they were.
        """
        sizes_px = arrays["sizes_px"]
        return cls(sizes_px, arrays.get("placements", np.zeros((len(sizes_px), 3))))

    def to_arrays(self) -> dict[str, AnyArray]:
        """Plain arrays for an artifact."""
        return {"sizes_px": self.sizes_px, "placements": self.placements}

    def __len__(self) -> int:
        return len(self.sizes_px)

    def size_px(self, image: int) -> tuple[int, int]:
        """(height, width) of an image."""
        height_px, width_px = self.sizes_px[image]
        return int(height_px), int(width_px)

    def box_xyxy(self, image: int, cell: tuple[int, int], grid: tuple[int, int], span: int = 1) -> Box:
        """A square of `span` cells of an image's grid, given by its top-left one, in that image's pixels."""
        height_px, width_px = self.size_px(image)
        rows, cols, angle = (float(value) for value in self.placements[image])
        corners = [
            ((cell[0] + down) * height_px / grid[0] - 0.5, (cell[1] + right) * width_px / grid[1] - 0.5)
            for down in (0, span)
            for right in (0, span)
        ]
        placement = Placement((height_px, width_px), (rows, cols), angle)
        moved = np.array([placement.on_image(*corner) for corner in corners]) + 0.5
        top, left = np.clip(moved.min(axis=0), 0, (height_px, width_px)).tolist()
        bottom, right = np.clip(moved.max(axis=0), 0, (height_px, width_px)).tolist()
        return left, top, right, bottom
