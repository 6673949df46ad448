"""Which normal patches a pixel resembles, for detectors with a memory for each patch size."""

from collections.abc import Callable
from typing import Any

import numpy as np

from detectors.memory.explained import Neighbour, cell_at
from detectors.methods.patches.features import ImagePatches
from detectors.methods.patches.fitted import Fitted
from detectors.methods.patches.geometry import CELL_PX

Grid = tuple[int, int]


def neighbours(
    fitted: Fitted[Any],
    patches: ImagePatches,
    size_px: tuple[int, int],
    pixel: tuple[int, int],
    k: int,
    grid_of: Callable[[int, int], Grid],
) -> list[Neighbour]:
    """The k nearest normal patches of the size at which a pixel stands out most, nearest first.

    Every size looks at its patch in whose middle the pixel lies best. Distances are in units of the size's
    own spread of normal embeddings, so that sizes can be compared.

    Args:
        fitted: the memories.
        patches: of the image, with features.
        size_px: (height, width) of the image.
        pixel: (row, col) in the image.
        k: how many.
        grid_of: the grid (rows, cols) of an image of some height and width.
    """
    cell = cell_at(pixel, size_px, patches.usable, patches.placement)
    found = {patch_px: _search(fitted, patches, patch_px, cell, k) for patch_px in fitted.memories}
    patch_px = max(found, key=lambda size: found[size][0][0])
    span = patch_px // CELL_PX
    bank, sources = fitted.memories[patch_px].bank, fitted.sources
    nearest = []
    for distance, position in zip(*found[patch_px], strict=True):
        image = int(bank.source_image[position])
        row, col = (int(value) for value in bank.cell[position])
        box = None
        if 0 <= image < len(sources):
            box = sources.box_xyxy(image, (row, col), grid_of(*sources.size_px(image)), span)
        nearest.append(Neighbour(float(distance), image, (row, col), box))
    return nearest


def _search(fitted: Fitted[Any], patches: ImagePatches, patch_px: int, cell: Grid, k: int) -> Any:
    """Distances and positions in the bank, nearest first, of the patch around a cell."""
    size, bank = str(patch_px), fitted.memories[patch_px].bank
    number = _patch_around(patches, size, cell)
    distances, positions = bank.search(patches.features[size][number][None], min(k, len(bank)))
    return distances[0], positions[0]


def _patch_around(patches: ImagePatches, size: str, cell: Grid) -> int:
    """The patch whose middle is nearest to a cell, of those that hold usable cells alone where there are any.

    The same patches count as for the map.
    """
    middles = patches.cells(size) + (int(size) // CELL_PX - 1) / 2
    away = np.abs(middles - np.array(cell)).max(axis=1)
    whole = patches.inside(size, patches.usable) & (away < int(size) / CELL_PX / 2)
    return int(np.where(whole, away, away + away.max() + 1).argmin())
