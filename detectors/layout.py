"""How an image is cut into network inputs, and how their cell grids are put together again.

Three ways, one description: the whole image as one input (the default: every pixel is inspected), the
paper's crop (the short side resized, the centre square inspected), or overlapping tiles for large images
with small defects. In each, the image is resized to a whole number of cells, so that tiles meet exactly on
cell borders; every cell of the image belongs to exactly one tile: the one in which it lies farther from the
edge.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Axis:
    """One axis, in cells: tile k starts at `starts[k]` and owns cells `owned[k]` to below `owned[k + 1]`."""

    cells: int
    starts: tuple[int, ...]
    owned: tuple[int, ...]


@dataclass(frozen=True)
class Layout:
    """The cells of one image: (rows, cols) over the whole image, cut into square tiles."""

    rows: Axis
    cols: Axis
    tile_cells: int
    cell_px: int

    @property
    def grid(self) -> tuple[int, int]:
        return self.rows.cells, self.cols.cells

    @property
    def frame_px(self) -> tuple[int, int]:
        """(height, width) to which the image is resized before it is cut."""
        return self.rows.cells * self.cell_px, self.cols.cells * self.cell_px

    @property
    def tile_count(self) -> int:
        return len(self.rows.starts) * len(self.cols.starts)

    def cut(self, frame: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """(frame height, frame width, C) to (tiles, side, side, C)."""
        side = self.tile_cells * self.cell_px
        tiles = []
        for row in self.rows.starts:
            for col in self.cols.starts:
                top, left = row * self.cell_px, col * self.cell_px
                tiles.append(frame[top : top + side, left : left + side])
        return np.stack(tiles)

    def stitch(self, grids: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """(tiles, t, t, …) to (rows, cols, …), each cell from the tile that owns it; 0 where none does."""
        if grids.shape[0] == 1 and self.grid == grids.shape[1:3]:
            return grids[0]
        whole = np.zeros((*self.grid, *grids.shape[3:]), dtype=grids.dtype)
        numbers = iter(grids)
        for r, row in enumerate(self.rows.starts):
            for c, col in enumerate(self.cols.starts):
                top, bottom = self.rows.owned[r], self.rows.owned[r + 1]
                left, right = self.cols.owned[c], self.cols.owned[c + 1]
                tile = next(numbers)
                whole[top:bottom, left:right] = tile[top - row : bottom - row, left - col : right - col]
        return whole

    def covered(self) -> npt.NDArray[np.bool_]:
        """(rows, cols) bool: cells that some tile owns; False only outside a centre crop."""
        inside = np.zeros(self.grid, dtype=bool)
        inside[self.rows.owned[0] : self.rows.owned[-1], self.cols.owned[0] : self.cols.owned[-1]] = True
        return inside


@dataclass(frozen=True)
class Framing:
    """The settings from which each image's layout follows.

    Attributes:
        image_size_px: side of the network's square input.
        cell_px: side of one cell of the map, in network pixels; divides `image_size_px`.
        resize_px: length to which the image's short side is resized before the centre square is cropped,
            the long side in proportion, both to the nearest number of cells that leaves as many on either
            side of the crop; 0: no crop.
        tile_size_px: side of a tile in the image's own pixels; 0: no tiling.
        tile_overlap: the least part of a tile that it shares with its neighbour.
    """

    image_size_px: int
    cell_px: int
    resize_px: int = 0
    tile_size_px: int = 0
    tile_overlap: float = 0.25

    def layout(self, height_px: int, width_px: int) -> Layout:
        """The layout of an image of this size."""
        short_px = min(height_px, width_px)
        rows, cols = (self._axis(size_px, short_px) for size_px in (height_px, width_px))
        return Layout(rows, cols, self._tile_cells, self.cell_px)

    @property
    def _tile_cells(self) -> int:
        return self.image_size_px // self.cell_px

    def _axis(self, size_px: int, short_px: int) -> Axis:
        tile = self._tile_cells
        if self.tile_size_px:
            return _tiled_axis(round(size_px / self.tile_size_px * tile), tile, self.tile_overlap)
        if self.resize_px:
            cells = self.resize_px * size_px / (short_px * self.cell_px)
            margin = max(0, round((cells - tile) / 2))
            return Axis(tile + 2 * margin, (margin,), (margin, margin + tile))
        return Axis(tile, (0,), (0, tile))


def _tiled_axis(cells: int, tile: int, overlap: float) -> Axis:
    cells = max(cells, tile)
    step = max(1, tile - int(np.ceil(overlap * tile)))
    count = 1 + -(-(cells - tile) // step)
    starts = tuple(min(number * step, cells - tile) for number in range(count))
    middles = tuple((start + after + tile) // 2 for start, after in pairwise(starts))
    return Axis(cells, starts, (0, *middles, cells))
