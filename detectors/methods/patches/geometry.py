"""Where patches lie, and how their scores spread to the map. Torch-free.

Patches are squares given by their top-left pixel (row, col) in a square frame. A map's cell is a square of
`cell_px` pixels; patch sides and strides are whole numbers of cells, so the mean over the patches that
cover a pixel is the same for all pixels of a cell, and the map on cells is the exact map on pixels.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from detectors.maps import FloatMap
from detectors.regions import BoolGrid

CELL_PX = 4
"""Side of a map's cell: the finest stride of the published settings."""


@dataclass(frozen=True)
class PatchGrid:
    """The patches of one scale in a square frame.

    Attributes:
        frame_px: side of the frame.
        patch_px: side of a patch.
        stride_px: from one patch to the next; the last one is flush with the frame's edge, so that every
            pixel is covered.
    """

    frame_px: int
    patch_px: int
    stride_px: int

    @cached_property
    def starts_px(self) -> npt.NDArray[np.int64]:
        """(n,) top (or left) pixels of the patches along one axis."""
        last = self.frame_px - self.patch_px
        starts = np.arange(0, last + 1, self.stride_px)
        return starts if starts[-1] == last else np.append(starts, last)

    @property
    def side(self) -> int:
        """Patches along one axis, n."""
        return len(self.starts_px)

    @cached_property
    def corners_cells(self) -> npt.NDArray[np.int32]:
        """(n², 2) top-left cell (row, col) of each patch, row by row."""
        rows, cols = np.meshgrid(self.starts_px, self.starts_px, indexing="ij")
        return (np.stack([rows.ravel(), cols.ravel()], axis=1) // CELL_PX).astype(np.int32)

    def whole(self, usable: BoolGrid) -> BoolGrid:
        """(n, n) bool: patches of which every cell is usable; `usable` is (cells, cells)."""
        return _window_sums(~usable, self._starts, self._span) == 0

    def spread(self, scores: npt.NDArray[np.floating], counted: BoolGrid | None = None) -> FloatMap:
        """The mean score of the patches that cover each cell.

        Args:
            scores: (n, n), one per patch.
            counted: (n, n) bool, patches that count, or None for all.

        Returns:
            (cells, cells) float32; 0 where no counted patch covers.
        """
        weights = np.ones(scores.shape) if counted is None else counted.astype(np.float64)
        total, count = self._covering @ (scores * weights) @ self._covering.T, self.counts(weights)
        return (total / np.maximum(count, 1)).astype(np.float32)

    def counts(self, weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """(cells, cells): how many (weighted) patches cover each cell."""
        count: npt.NDArray[np.float64] = self._covering @ weights @ self._covering.T
        return count

    @cached_property
    def _covering(self) -> npt.NDArray[np.float64]:
        """(cells, n): 1 where a patch covers a cell of its axis; covering is separable."""
        cells = np.arange(self.frame_px // CELL_PX)[:, None]
        return ((cells >= self._starts) & (cells < self._starts + self._span)).astype(np.float64)

    @property
    def _starts(self) -> npt.NDArray[np.int64]:
        return self.starts_px // CELL_PX

    @property
    def _span(self) -> int:
        return self.patch_px // CELL_PX


def whole_places(usable_px: BoolGrid, patch_px: int) -> BoolGrid:
    """Top-left pixels at which a patch holds usable pixels alone: (S, S) bool to (S-K+1, S-K+1) bool."""
    starts = np.arange(len(usable_px) - patch_px + 1)
    return _window_sums(~usable_px, starts, patch_px) == 0


def _window_sums(values: BoolGrid, starts: npt.NDArray[np.int64], span: int) -> npt.NDArray[np.int64]:
    """Sums over the squares of side `span` that start at each (row, col) of `starts`."""
    sums = np.zeros((len(values) + 1, values.shape[1] + 1), dtype=np.int64)
    sums[1:, 1:] = values.cumsum(axis=0).cumsum(axis=1)
    rows = sums[starts + span] - sums[starts]
    return rows[:, starts + span] - rows[:, starts]
