"""Explaining PatchCore: which normal patches a pixel resembles, and which training images stand out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from detectors.base import Progress
from detectors.errors import InputError
from detectors.features.extractor import PatchFeatures
from detectors.features.spill import TrainingFeatures
from detectors.memory.left_out import LeftOut, left_out_scores
from detectors.methods.patchcore_hyperparameters import PatchCoreHyperparameters
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


@dataclass(frozen=True)
class Suspect:
    """A training image, and how little the rest of the pool resembles it.

    Attributes:
        image: its number in the training sequence.
        score: image score against the memory without its group's patches; higher = more suspicious.
        cell: (row, col) of its worst patch.
        box_xyxy: that patch in the image's pixels (left, top, right, bottom).
        nearest_image: the image whose patch comes nearest to the worst one.
    """

    image: int
    score: float
    cell: tuple[int, int]
    box_xyxy: tuple[float, float, float, float]
    nearest_image: int


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
    cell = _cell_of(features, row, col)
    if cell is None or not features.usable[cell]:
        raise InputError(f"Pixel ({row}, {col}) lies outside the inspected region.")
    distances, positions = fitted.bank.search(features.grid[cell][None], k)
    return [
        _neighbour(fitted, int(position), float(distance), grid_of)
        for distance, position in zip(distances[0], positions[0], strict=True)
    ]


def left_out(
    fitted: Fitted,
    training: TrainingFeatures,
    chosen: PatchCoreHyperparameters,
    groups: Sequence[int] | None,
    progress: Progress,
    only: Sequence[int] | None = None,
) -> LeftOut:
    """Score training images (`only` some, or all) against the bank's vectors from the other groups."""
    images = len(fitted.sizes_px)
    if groups is not None and len(groups) != images:
        raise InputError(f"There are {images} training images but {len(groups)} groups.")
    if images < 2:
        raise InputError("Leaving one image out needs at least two training images.")
    total = images if only is None else len(only)
    return left_out_scores(
        fitted.bank,
        training,
        fitted.assignment,
        np.arange(images) if groups is None else np.asarray(groups, np.int64),
        neighbours=chosen.k_neighbors,
        image_score=chosen.image_score,  # type: ignore[arg-type]  # its choices are the known modes
        b=chosen.b,
        only=only,
        advance=lambda done: progress(done / total, f"Scored training image {done} of {total}"),
    )


def suspects(
    fitted: Fitted,
    training: TrainingFeatures,
    found: LeftOut,
    grid_of: Callable[[int, int], Grid],
) -> list[Suspect]:
    """Training images by falling score; those that nothing can be said of are left out."""
    known = np.flatnonzero(np.isfinite(found.scores))
    ranked = known[np.argsort(-found.scores[known], kind="stable")]
    return [_suspect(fitted, training, found, int(image), grid_of) for image in ranked]


def _suspect(
    fitted: Fitted,
    training: TrainingFeatures,
    found: LeftOut,
    image: int,
    grid_of: Callable[[int, int], Grid],
) -> Suspect:
    row, col = (int(value) for value in training.cells[found.worst_row[image]])
    return Suspect(
        image=image,
        score=float(found.scores[image]),
        cell=(row, col),
        box_xyxy=fitted.box_xyxy(image, (row, col), grid_of(*_size_px(fitted, image))),
        nearest_image=int(fitted.bank.source_image[found.nearest[image]]),
    )


def _neighbour(
    fitted: Fitted, position: int, distance: float, grid_of: Callable[[int, int], Grid]
) -> Neighbour:
    bank = fitted.bank
    source = int(bank.source_image[position])
    row, col = (int(value) for value in bank.cell[position])
    box = None
    if 0 <= source < len(fitted.sizes_px):
        box = fitted.box_xyxy(source, (row, col), grid_of(*_size_px(fitted, source)))
    return Neighbour(distance, source, (row, col), box)


def _size_px(fitted: Fitted, image: int) -> tuple[int, int]:
    height_px, width_px = fitted.sizes_px[image]
    return int(height_px), int(width_px)


def _cell_of(features: PatchFeatures, row: int, col: int) -> tuple[int, int] | None:
    """The cell that shows a pixel; None for a pixel that the template does not reach."""
    (height_px, width_px), (rows, cols) = features.size_px, features.usable.shape
    place = (row, col) if features.placement is None else features.placement.on_template(row, col)
    cell = int((place[0] + 0.5) * rows // height_px), int((place[1] + 0.5) * cols // width_px)
    return cell if 0 <= cell[0] < rows and 0 <= cell[1] < cols else None
