"""Explaining PatchCore: which normal patches a pixel resembles, and which training images stand out."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.base import Progress
from detectors.errors import InputError
from detectors.features.extractor import PatchFeatures
from detectors.features.spill import TrainingFeatures
from detectors.memory.bank import MemoryBank
from detectors.methods.patchcore_state import Fitted

Grid = tuple[int, int]


@dataclass(frozen=True)
class Neighbour:
    """One patch of the memory that is near to a queried pixel's patch.

    Attributes:
        distance: L2 distance in feature units.
        source_image: identity of the image it came from (its number in the training sequence, or what a
            live addition named).
        cell: (row, col) on that image's grid.
        box_xyxy: the patch in that image's pixels (left, top, right, bottom); None for images that were
            not in the training sequence.
    """

    distance: float
    source_image: int
    cell: tuple[int, int]
    box_xyxy: tuple[float, float, float, float] | None


def neighbours(
    fitted: Fitted,
    features: PatchFeatures,
    pixel: tuple[int, int],
    k: int,
    grid_of: Callable[[int, int], Grid],
) -> list[Neighbour]:
    """The k nearest bank patches of the cell that holds a pixel (row, col), nearest first."""
    (row, col), (height_px, width_px) = pixel, features.size_px
    if not (0 <= row < height_px and 0 <= col < width_px):
        raise InputError(f"Pixel ({row}, {col}) lies outside the image of {width_px} × {height_px} pixels.")
    rows, cols = features.usable.shape
    cell = (row * rows // height_px, col * cols // width_px)
    if not features.usable[cell]:
        raise InputError(f"Pixel ({row}, {col}) lies outside the inspected region.")
    distances, positions = fitted.bank.search(features.grid[cell][None], k)
    return [
        _neighbour(fitted, int(position), float(distance), grid_of)
        for distance, position in zip(distances[0], positions[0], strict=True)
    ]


def leave_one_image_out(
    fitted: Fitted,
    training: TrainingFeatures,
    patch_scores: Callable[[MemoryBank, npt.NDArray[np.float16]], tuple[npt.NDArray[np.float32], float]],
    progress: Progress,
) -> npt.NDArray[np.float32]:
    """Score every training image against the bank's vectors from the other images."""
    images = len(fitted.sizes_px)
    if images < 2:
        raise InputError("Leaving one image out needs at least two training images.")
    bank = fitted.bank
    scores = np.full(images, np.nan, dtype=np.float32)
    for image in range(images):
        rows = np.asarray(training.vectors[training.rows_of(image)])
        own = bank.source_image == image
        if len(rows) and not own.all():
            scores[image] = patch_scores(bank.without(own), rows)[1]
        progress((image + 1) / images, f"Scored training image {image + 1} of {images}")
    return scores


def _neighbour(
    fitted: Fitted, position: int, distance: float, grid_of: Callable[[int, int], Grid]
) -> Neighbour:
    bank = fitted.bank
    source = int(bank.source_image[position])
    row, col = (int(value) for value in bank.cell[position])
    box = None
    if 0 <= source < len(fitted.sizes_px):
        height_px, width_px = (int(value) for value in fitted.sizes_px[source])
        box = _box(row, col, grid_of(height_px, width_px), (height_px, width_px))
    return Neighbour(distance, source, (row, col), box)


def _box(row: int, col: int, grid: Grid, size_px: tuple[int, int]) -> tuple[float, float, float, float]:
    cell_height_px, cell_width_px = size_px[0] / grid[0], size_px[1] / grid[1]
    return (
        col * cell_width_px,
        row * cell_height_px,
        (col + 1) * cell_width_px,
        (row + 1) * cell_height_px,
    )
