"""Where an image lies on the template: pixels, masks and score maps carried between the two. Torch-free.

Positions are (row, col) of pixel centres. Template position t shows image position c + R(t - c) + s, with c
the middle of the image, R a rotation and s a shift. Whole-pixel shifts without rotation copy pixels exactly.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from detectors import regions
from detectors.maps import FloatMap

FloatArray = npt.NDArray[np.float64]

_HALF = 0.5 - 1e-6
"""A cell of which this much is known is known; the rest is the noise of float arithmetic."""


@dataclass(frozen=True)
class Placement:
    """A rotation about the middle of the image, then a shift.

    Attributes:
        size_px: (height, width) of the image, and of the template.
        shift_px: (rows, cols) s; whole numbers if there is no rotation.
        angle: of R in radians, positive turns the row axis towards the column axis.
    """

    size_px: tuple[int, int]
    shift_px: tuple[float, float]
    angle: float = 0.0

    def aligned(self, pixels: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The image (H, W, …) as the template's frame sees it; beyond its edges it is mirrored."""
        if not self.angle:
            rows, cols = (
                _mirrored(np.arange(size) + round(shift), size)
                for size, shift in zip(self.size_px, self.shift_px, strict=True)
            )
            return pixels[rows][:, cols]
        planes = pixels.reshape(*pixels.shape[:2], -1)
        warped = [
            ndimage.affine_transform(
                planes[:, :, plane].astype(np.float32),
                self._rotation(),
                self._offset(),
                order=1,
                mode="mirror",
            )
            for plane in range(planes.shape[2])
        ]
        together = np.stack(warped, axis=2).reshape(pixels.shape)
        return (np.rint(together) if pixels.dtype.kind == "u" else together).astype(pixels.dtype)

    def aligned_mask(self, mask: regions.BoolGrid, *, outside: bool) -> regions.BoolGrid:
        """A mask (H, W) as the template's frame sees it, with a value for what lies outside the image."""
        row, col = self._image_positions()
        known = self._is_inside(row, col)
        result = np.full(mask.shape, outside)
        result[known] = mask[np.rint(row[known]).astype(np.int64), np.rint(col[known]).astype(np.int64)]
        return result

    def covered(self, grid: tuple[int, int]) -> regions.BoolGrid:
        """(rows, cols), True = cells of the template's frame that lie in the image whole."""
        beyond = ~self._is_inside(*self._image_positions())
        return ~regions.touched(beyond, grid, 0)

    def back(self, cells: FloatMap, usable: regions.BoolGrid) -> FloatMap:
        """A map on the template's grid as a map of the image, on as many cells; 0 where nothing is known.

        Args:
            cells: (rows, cols), 0 where not usable.
            usable: (rows, cols) on the template's grid; other cells lend nothing.
        """
        centres = [
            (np.arange(count) + 0.5) * size / count - 0.5
            for count, size in zip(cells.shape, self.size_px, strict=True)
        ]
        row, col = self.on_template(*np.meshgrid(*centres, indexing="ij"))
        inside = self._is_inside(row, col)
        places = np.stack(
            [
                # Rounded, so that a shift by whole cells moves the map by whole cells.
                np.clip(np.round((axis + 0.5) * count / size - 0.5, 6), 0, count - 1)
                for axis, count, size in zip((row, col), cells.shape, self.size_px, strict=True)
            ]
        )
        known = ndimage.map_coordinates(usable.astype(np.float64), places, order=1)
        values = ndimage.map_coordinates(np.where(usable, cells, 0).astype(np.float64), places, order=1)
        seen = inside & (known > _HALF)
        return np.where(seen, values / np.maximum(known, _HALF), 0).astype(np.float32)

    def on_template(self, row: Any, col: Any) -> tuple[Any, Any]:
        """Positions in the image to positions on the template."""
        return self._turned(row - self.shift_px[0], col - self.shift_px[1], -self.angle)

    def on_image(self, row: Any, col: Any) -> tuple[Any, Any]:
        """Positions on the template to positions in the image."""
        row, col = self._turned(row, col, self.angle)
        return row + self.shift_px[0], col + self.shift_px[1]

    def _turned(self, row: Any, col: Any, angle: float) -> tuple[Any, Any]:
        middle_row, middle_col = self._middle
        down, right = row - middle_row, col - middle_col
        cosine, sine = math.cos(angle), math.sin(angle)
        return cosine * down - sine * right + middle_row, sine * down + cosine * right + middle_col

    def _image_positions(self) -> tuple[FloatArray, FloatArray]:
        """Where each pixel of the template's frame lies in the image."""
        rows, cols = np.mgrid[: self.size_px[0], : self.size_px[1]].astype(np.float64)
        row, col = self.on_image(rows, cols)
        return row, col

    def _is_inside(self, row: FloatArray, col: FloatArray) -> regions.BoolGrid:
        height_px, width_px = self.size_px
        return np.asarray((row > -0.5) & (row < height_px - 0.5) & (col > -0.5) & (col < width_px - 0.5))

    @property
    def _middle(self) -> tuple[float, float]:
        return (self.size_px[0] - 1) / 2, (self.size_px[1] - 1) / 2

    def _rotation(self) -> FloatArray:
        cosine, sine = math.cos(self.angle), math.sin(self.angle)
        return np.array([[cosine, -sine], [sine, cosine]])

    def _offset(self) -> FloatArray:
        middle = np.array(self._middle)
        return middle + np.array(self.shift_px) - self._rotation() @ middle


def _mirrored(positions: npt.NDArray[np.int64], size: int) -> npt.NDArray[np.int64]:
    """Positions beyond an edge, mirrored at the middle of the outermost pixel."""
    if size == 1:
        return np.zeros_like(positions)
    period = 2 * (size - 1)
    folded = positions % period
    return np.minimum(folded, period - folded)
