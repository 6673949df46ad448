"""Explaining PatchCore: which normal patches a pixel resembles, and which training images stand out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from detectors.base import Progress
from detectors.errors import InputError
from detectors.features.extractor import PatchFeatures
from detectors.features.spill import TrainingFeatures
from detectors.memory.explained import Neighbour, cell_at
from detectors.memory.left_out import LeftOut, left_out_scores
from detectors.memory.sources import Box
from detectors.methods.patchcore_hyperparameters import PatchCoreHyperparameters
from detectors.methods.patchcore_state import Fitted

Grid = tuple[int, int]


@dataclass(frozen=True)
class Suspect:
    """A training image, and how little the rest of the pool resembles it.

    Attributes:
        image: its number in the training sequence.
        score: image score against the memory without its group's patches; higher = more suspicious.
        cell: (row, col) of its worst patch.
        box_xyxy: that patch in the image's pixels.
        nearest_image: the image whose patch comes nearest to the worst one.
    """

    image: int
    score: float
    cell: tuple[int, int]
    box_xyxy: Box
    nearest_image: int


def neighbours(
    fitted: Fitted,
    features: PatchFeatures,
    pixel: tuple[int, int],
    k: int,
    grid_of: Callable[[int, int], Grid],
) -> list[Neighbour]:
    """The k nearest bank patches of the cell that holds a pixel (row, col), nearest first."""
    cell = cell_at(pixel, features.size_px, features.usable, features.placement)
    distances, positions = fitted.bank.search(features.grid[cell][None], min(k, len(fitted.bank)))
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
    images = len(fitted.sources)
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
        box_xyxy=fitted.sources.box_xyxy(image, (row, col), grid_of(*fitted.sources.size_px(image))),
        nearest_image=int(fitted.bank.source_image[found.nearest[image]]),
    )


def _neighbour(
    fitted: Fitted, position: int, distance: float, grid_of: Callable[[int, int], Grid]
) -> Neighbour:
    bank = fitted.bank
    source = int(bank.source_image[position])
    row, col = (int(value) for value in bank.cell[position])
    box = None
    if 0 <= source < len(fitted.sources):
        box = fitted.sources.box_xyxy(source, (row, col), grid_of(*fitted.sources.size_px(source)))
    return Neighbour(distance, source, (row, col), box)
