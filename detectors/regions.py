"""Regions on the cell grid: cells that a mask touches, cells of a region of interest, smoothing in them."""

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from detectors.maps import FloatMap

BoolGrid = npt.NDArray[np.bool_]


def cell_fraction(mask: BoolGrid, grid: tuple[int, int]) -> FloatMap:
    """The part of each cell that a mask covers: (H, W) bool to (rows, cols) float32 in [0, 1]."""
    counts = np.asarray(mask, dtype=np.int64)
    for axis, cells in enumerate(grid):
        counts = _summed(counts, axis, cells)
    whole = _summed(np.ones((mask.shape[0], 1), dtype=np.int64), 0, grid[0])
    whole = whole * _summed(np.ones((1, mask.shape[1]), dtype=np.int64), 1, grid[1])
    return (counts / whole).astype(np.float32)


def touched(mask: BoolGrid, grid: tuple[int, int], margin_cells: int) -> BoolGrid:
    """Cells that a mask touches, and those within `margin_cells` of them (their features see the mask)."""
    hit = cell_fraction(mask, grid) > 0
    if margin_cells and hit.any():
        square = np.ones((2 * margin_cells + 1,) * 2, dtype=bool)
        hit = ndimage.binary_dilation(hit, structure=square)
    return np.asarray(hit, dtype=bool)


def inside(roi: BoolGrid, grid: tuple[int, int]) -> BoolGrid:
    """Cells of which at least half lies in the region of interest."""
    return cell_fraction(roi, grid) >= 0.5


def smoothed(cells: FloatMap, usable: BoolGrid, sigma_cells: float) -> FloatMap:
    """Gaussian smoothing on the native grid, borders reflected; unusable cells stay 0 and lend nothing."""
    if usable.all():
        return _gaussian(cells, sigma_cells)
    weights = _gaussian(usable.astype(np.float32), sigma_cells)
    values = _gaussian(np.where(usable, cells, 0).astype(np.float32), sigma_cells)
    return np.where(usable, values / np.maximum(weights, np.float32(1e-6)), 0).astype(np.float32)


def _gaussian(cells: FloatMap, sigma_cells: float) -> FloatMap:
    if sigma_cells <= 0:
        return cells
    return np.asarray(
        ndimage.gaussian_filter(cells, sigma_cells, mode="reflect", truncate=4), dtype=np.float32
    )


def _summed(counts: npt.NDArray[np.int64], axis: int, cells: int) -> npt.NDArray[np.int64]:
    """Sum over each cell's pixels along an axis; where pixels are larger, a cell sees its pixel."""
    size = counts.shape[axis]
    starts = np.arange(cells) * size // cells
    if size < cells:
        return np.take(counts, starts, axis=axis)
    return np.add.reduceat(counts, starts, axis=axis)
