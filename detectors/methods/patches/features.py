"""The patches of one image at every size: their features, and how their scores spread to its map.

A size is called by its pixels as a text, such as `64`: the name of its bank for `memory.live_scales`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.layout import Layout
from detectors.maps import FloatMap
from detectors.memory.arrays import Float16Array, Float32Array, Int32Array
from detectors.methods.patches.frames import usable_tiles
from detectors.methods.patches.geometry import PatchGrid
from detectors.placement import Placement
from detectors.regions import BoolGrid


@dataclass(frozen=True)
class ImagePatches:
    """The patches of one image; P of a size are all tiles' grids, row by row.

    Attributes:
        features: by size, (P, D) float16; the rest can be made again without the network.
        grids: by size, where the patches lie in a tile.
        usable: (rows, cols) bool, the image's usable cells.
        layout: where its tiles lie.
        placement: where the image lies on the template that all of this belongs to, or None.
    """

    features: Mapping[str, Float16Array]
    grids: Mapping[str, PatchGrid]
    usable: BoolGrid
    layout: Layout
    placement: Placement | None = None

    def cells(self, size: str) -> Int32Array:
        """(P, 2) int32: the top-left cell (row, col) of each patch on the image's grid."""
        corners = [(row, col) for row in self.layout.rows.starts for col in self.layout.cols.starts]
        within = self.grids[size].corners_cells
        return np.concatenate([within + np.array(corner, dtype=np.int32) for corner in corners])

    def inside(self, size: str, region: BoolGrid) -> npt.NDArray[np.bool_]:
        """(P,) bool: patches of which every cell lies in a region (rows, cols) of the image's grid."""
        tiles = usable_cells(self.layout, region)
        return np.concatenate([self.grids[size].whole(tile).ravel() for tile in tiles])

    def spread(self, size: str, scores: Float32Array) -> FloatMap:
        """Scores (P,) as the image's map of their means.

        Where patches lie wholly in the usable region, these alone count; a cell that none of them covers
        takes the mean over all patches that cover it.
        """
        grid = self.grids[size]
        tiles = scores.reshape(-1, grid.side, grid.side)
        usable = usable_cells(self.layout, self.usable)
        spread = np.stack([_spread(grid, values, own) for values, own in zip(tiles, usable, strict=True)])
        stitched: FloatMap = self.layout.stitch(spread)
        return stitched


def usable_cells(layout: Layout, usable: BoolGrid) -> npt.NDArray[np.bool_]:
    """(tiles, cells, cells) bool: an image's usable cells, tile by tile."""
    return usable_tiles(layout, usable)[:, :: layout.cell_px, :: layout.cell_px]


def _spread(grid: PatchGrid, scores: Float32Array, usable: BoolGrid) -> FloatMap:
    everything = grid.spread(scores)
    whole = grid.whole(usable)
    if whole.all():
        return everything
    covered = grid.counts(whole.astype(np.float64)) > 0
    return np.where(covered, grid.spread(scores, whole), everything)
