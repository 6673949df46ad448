"""Why a pixel scores as it does: the remembered normal patches that its own resembles most."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from detectors.errors import InputError
from detectors.images import ImageArray
from detectors.memory.arrays import Float16Array
from detectors.memory.bank import MemoryBank
from detectors.memory.sources import Box
from detectors.placement import Placement
from detectors.regions import BoolGrid
from detectors.samples import Mask


@dataclass(frozen=True)
class Neighbour:
    """One patch of the memory that is near to a queried pixel's patch.

    Attributes:
        distance: L2 distance in the memory's feature units.
        source_image: identity of the image it came from (its number in the training sequence, or what a
            live addition named).
        cell: (row, col) of the patch (its top-left corner, if it is larger) on that image's grid.
        box_xyxy: the patch in that image's pixels; None for images that were not in the training sequence.
    """

    distance: float
    source_image: int
    cell: tuple[int, int]
    box_xyxy: Box | None


@runtime_checkable
class Explains(Protocol):
    """A detector that finds the normal patches behind a pixel's score."""

    def explain(
        self, image: ImageArray, row: int, col: int, k: int = 5, roi: Mask | None = None
    ) -> list[Neighbour]:
        """The nearest patches of the memory, and where they came from, nearest first.

        Args:
            image: (H, W, 1|3) uint8 or uint16.
            row: the pixel's row in the image, from the top.
            col: its column, from the left.
            k: how many neighbours; fewer come from a smaller memory.
            roi: (H, W) bool, True = inspected, or None.

        Raises:
            InputError: an unusable image, or a pixel outside it or outside the inspected region.
        """

    def most_alike(self, image: ImageArray, roi: Mask | None = None) -> int:
        """The source image that is nearest to the most patches of an image; arguments as `explain`."""


def cell_at(
    pixel: tuple[int, int], size_px: tuple[int, int], usable: BoolGrid, placement: Placement | None
) -> tuple[int, int]:
    """The usable cell that shows a pixel (row, col) of an image (height, width).

    Raises:
        InputError: the pixel lies outside the image, or its cell is not usable.
    """
    (row, col), (height_px, width_px) = pixel, size_px
    if not (0 <= row < height_px and 0 <= col < width_px):
        raise InputError(f"Pixel ({row}, {col}) lies outside the image of {width_px} × {height_px} pixels.")
    at = (row, col) if placement is None else placement.on_template(row, col)
    rows, cols = usable.shape
    cell = int((at[0] + 0.5) * rows // height_px), int((at[1] + 0.5) * cols // width_px)
    if not (0 <= cell[0] < rows and 0 <= cell[1] < cols and usable[cell]):
        raise InputError(f"Pixel ({row}, {col}) lies outside the inspected region.")
    return cell


def most_frequent_source(found: Iterable[tuple[MemoryBank, Float16Array]]) -> int:
    """The source image that is nearest to the most of some features (P, d), each with its bank."""
    nearest = [bank.source_image[bank.search(features, 1)[1][:, 0]] for bank, features in found]
    names, counts = np.unique(np.concatenate(nearest), return_counts=True)
    return int(names[counts.argmax()])
