"""Scores of the pool's own images against a bank without what they put into it themselves.

An image finds its own patches at distance zero, so a mislabelled one looks perfectly normal to a bank that
holds it. Here each image is compared with the vectors of the other images only, and with groups (an image and
its near-duplicates) with those of the other groups: a mislabel copied twice must not vouch for itself.

One pass over the pool. What the fit stored is used again: a patch is searched only if the vector it was
assigned to comes from its own group. The result equals scoring each image against a bank built without it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from detectors.errors import InputError
from detectors.memory.arrays import AnyArray, Float16Array, Float32Array, FloatArray, IndexArray
from detectors.memory.bank import MemoryBank
from detectors.memory.distances import indexed_squared_distances
from detectors.memory.folded import Barred
from detectors.memory.scores import ImageScore, image_scores, patch_distances, worst_patch


@dataclass(frozen=True)
class LeftOut:
    """What the rest of the pool says of each image.

    Attributes:
        scores: (images,) float32, higher = more suspicious; NaN for an image without patches, or whose group
            filled the whole bank.
        worst_row: (images,) int64, number of the worst patch among all the pool's patches; -1 for none.
        nearest: (images,) int64, position in the bank of that patch's nearest vector; -1 for none.
    """

    scores: Float32Array
    worst_row: IndexArray
    nearest: IndexArray


class PoolFeatures(Protocol):
    """The patches that a bank was chosen from, such as `TrainingFeatures`."""

    @property
    def vectors(self) -> Float16Array:
        """(N, d) float16, grouped by image; a memory map is read image by image."""

    def rows_of(self, image: int) -> slice:
        """The rows of one image."""


def left_out_scores(
    bank: MemoryBank,
    pool: PoolFeatures,
    assignment: AnyArray,
    groups: IndexArray,
    *,
    neighbours: int = 1,
    image_score: ImageScore = "reweighted",
    b: int = 9,
    only: Sequence[int] | None = None,
    advance: Callable[[int], None] | None = None,
) -> LeftOut:
    """Score every image of the pool against the vectors of other groups.

    Args:
        bank: the bank, as trained or changed since.
        pool: the training patches.
        assignment: (N,) position of each patch's nearest vector in the bank as it was trained, ties to the
            lowest.
        groups: (images,) label of each image's group; images of one label are left out together.
        neighbours: k of the patch scores.
        image_score: as for any image.
        b: vectors in the re-weighting.
        only: score these images alone, the others are NaN; None: all.
        advance: called with the number of images done; may raise to stop.

    Raises:
        InputError: fewer than two groups, or too few vectors left for k or b.
    """
    if len(np.unique(groups)) < 2:
        raise InputError("Leaving images out needs at least two of them that are not duplicates.")
    search = _Search(bank, assignment, groups, neighbours)
    scores = np.full(len(groups), np.nan, np.float32)
    worst_row, nearest = np.full(len(groups), -1, np.int64), np.full(len(groups), -1, np.int64)
    for done, image in enumerate(range(len(groups)) if only is None else only, start=1):
        rows = pool.rows_of(image)
        if rows.start < rows.stop and not search.fills_bank(image):
            features = np.asarray(pool.vectors[rows])
            squared, positions = search.of(image, rows, features)
            distances = patch_distances(squared)
            worst = worst_patch(distances, positions[:, 0], features)
            others = _OtherGroups(bank, search.bank_groups, int(groups[image]))
            scores[image] = image_scores([worst], others, mode=image_score, neighbours=b)[0]
            worst_row[image] = rows.start + int(np.argmax(distances))
            nearest[image] = worst.nearest
        if advance is not None:
            advance(done)
    return LeftOut(scores, worst_row, nearest)


class _Search:
    """Nearest vectors of other groups, from what the fit stored where that is enough."""

    def __init__(self, bank: MemoryBank, assignment: AnyArray, groups: IndexArray, neighbours: int) -> None:
        self._bank, self._assignment, self._groups = bank, assignment, groups
        self._count = neighbours
        self.bank_groups = _groups_of(bank.source_image, groups)
        # The stored nearest vector is the nearest one only in the bank as it was trained.
        self._is_stored = neighbours == 1 and not bank.journal

    def fills_bank(self, image: int) -> bool:
        return bool((self.bank_groups == self._groups[image]).all())

    def of(self, image: int, rows: slice, features: Float16Array) -> tuple[FloatArray, IndexArray]:
        """Squared distances (P, k) and positions (P, k)."""
        group = int(self._groups[image])
        if not self._is_stored:
            return _search(self._bank, self.bank_groups, group, features, self._count)
        positions = np.asarray(self._assignment[rows], np.int64)
        places = np.arange(len(features))
        squared = indexed_squared_distances(features, places, self._bank.vectors, positions)
        own = np.flatnonzero(self.bank_groups[positions] == group)
        if len(own):
            found = _search(self._bank, self.bank_groups, group, features[own], 1)
            squared[own], positions[own] = found[0][:, 0], found[1][:, 0]
        return squared[:, None], positions[:, None]


class _OtherGroups:
    """The bank as the re-weighting of an image of one group sees it."""

    def __init__(self, bank: MemoryBank, bank_groups: IndexArray, group: int) -> None:
        self._bank, self._bank_groups, self._group = bank, bank_groups, group

    @property
    def vectors(self) -> Float16Array:
        return self._bank.vectors

    def neighbourhoods(self, positions: IndexArray, count: int) -> IndexArray:
        vectors = self._bank.vectors[positions]
        return _search(self._bank, self._bank_groups, self._group, vectors, count)[1]


def _search(
    bank: MemoryBank, bank_groups: IndexArray, group: int, features: AnyArray, count: int
) -> tuple[FloatArray, IndexArray]:
    left = int((bank_groups != group).sum())
    if left < count:
        raise InputError(
            f"{count} neighbours were asked for, but without the image that is left out "
            f"the memory bank holds {left} vectors."
        )
    return bank.search_past(features, count, Barred(bank_groups, np.full(len(features), group)))


def _groups_of(source_image: IndexArray, groups: IndexArray) -> IndexArray:
    """Group of each bank vector; images from beyond the pool are each a group of their own."""
    inside = (source_image >= 0) & (source_image < len(groups))
    _, own = np.unique(source_image, return_inverse=True)
    return np.where(inside, groups[np.where(inside, source_image, 0)], int(groups.max()) + 1 + own)
