"""The two nearest bank vectors of patches, from distinct images, kept exact while the bank changes.

After an operation, a patch is searched again only if it lost its nearest vector and the second one cannot
stand in. Everything else follows from the distances to the inserted vectors. Squared distances are float64
by direct difference, ties go to the lower position: the result equals a fresh search bit for bit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detectors.memory.arrays import AnyArray, BoolArray, Float32Array, FloatArray, IndexArray
from detectors.memory.bank import MemoryBank
from detectors.memory.distances import indexed_squared_distances, product_margin, squared_norms
from detectors.memory.operations import Operation
from detectors.memory.products import CentreProduct

NO_VECTOR = -1
_PRODUCT_ELEMENTS = 4_000_000


@dataclass(frozen=True)
class Neighbours:
    """Nearest vectors of P patches.

    Attributes:
        first_squared: (P,) float64, squared distance to the nearest vector.
        first: (P,) its position in the bank.
        second_squared: (P,) squared distance to the nearest vector of any other image; NaN where it is not
            known, infinity where there is none.
        second: (P,) its position, or -1.
        norms_squared: (P,) float64, squared norm of the patch itself; kept because every change needs it.
    """

    first_squared: FloatArray
    first: IndexArray
    second_squared: FloatArray
    second: IndexArray
    norms_squared: FloatArray

    @property
    def distances(self) -> Float32Array:
        """(P,) float32, true L2, as a search gives them."""
        return np.sqrt(self.first_squared).astype(np.float32)

    def take(self, rows: AnyArray | slice) -> "Neighbours":
        """Those of some patches."""
        return Neighbours(
            self.first_squared[rows],
            self.first[rows],
            self.second_squared[rows],
            self.second[rows],
            self.norms_squared[rows],
        )

    def put(self, rows: IndexArray, other: "Neighbours") -> None:
        """Overwrite those of some patches; only for arrays that nobody else holds."""
        self.first_squared[rows], self.first[rows] = other.first_squared, other.first
        self.second_squared[rows], self.second[rows] = other.second_squared, other.second


def joined(parts: Sequence[Neighbours]) -> Neighbours:
    """The patches of several parts, one after the other."""
    return Neighbours(
        np.concatenate([part.first_squared for part in parts]),
        np.concatenate([part.first for part in parts]),
        np.concatenate([part.second_squared for part in parts]),
        np.concatenate([part.second for part in parts]),
        np.concatenate([part.norms_squared for part in parts]),
    )


def found_neighbours(bank: MemoryBank, features: AnyArray) -> Neighbours:
    """Search the bank for patches (P, d).

    Raises:
        InputError: an empty bank, or features that are not finite (P, d) floats.
    """
    squared, positions = bank.search_squared(features, min(2, len(bank)))
    second_squared, second = squared[:, -1].copy(), positions[:, -1].copy()
    images = bank.source_image[positions]
    same = np.flatnonzero(images[:, 0] == images[:, -1])
    if len(same):
        second_squared[same], second[same] = bank.search_other_images(features[same], images[same, 0])
    norms = squared_norms(features)
    return Neighbours(squared[:, 0].copy(), positions[:, 0].copy(), second_squared, second, norms)


class Transition:
    """One operation, prepared once and then followed by the patches of any number of images."""

    def __init__(self, operation: Operation, before: MemoryBank, after: MemoryBank) -> None:
        """Prepare.

        Args:
            operation: the change from `before` to `after`.
            before: the bank that the neighbours to be carried over refer to.
            after: the bank with the operation done.
        """
        self._after = after
        self._moved = operation.moved(len(before))
        kept_images = before.source_image[self._moved >= 0]
        self._image_stays = np.isin(before.source_image, kept_images)
        self._image_before = before.source_image
        self._inserted = operation.inserted
        self._inserted_positions = operation.inserted_positions
        inserted = operation.inserted.vectors.astype(np.float32)
        norms = squared_norms(inserted)
        self._norm_max = float(np.sqrt(norms.max(initial=0.0)))
        self._product = CentreProduct(inserted, norms)

    def carried(self, neighbours: Neighbours, features: AnyArray) -> Neighbours:
        """Neighbours in the bank after, from those in the bank before.

        Args:
            neighbours: of P patches, in the bank before.
            features: (P, d) float16, the same patches.
        """
        result, lost = self._without_removed(neighbours)
        if len(self._inserted):
            self._insert(result, features, np.flatnonzero(~lost))
        again = np.flatnonzero(lost)
        if len(again):
            result.put(again, found_neighbours(self._after, features[again]))
        return result

    def _without_removed(self, old: Neighbours) -> tuple[Neighbours, BoolArray]:
        """New positions where known, and which patches must be searched again."""
        first = self._moved[old.first]
        had_second = old.second >= 0
        second = np.where(had_second, self._moved[old.second], NO_VECTOR)
        second_squared = np.where(had_second & (second < 0), np.nan, old.second_squared)
        first_squared = old.first_squared.copy()
        gone = first < 0
        # The second stands in only if nothing of the first one's image is left between the two.
        promoted = gone & (second >= 0) & ~self._image_stays[old.first]
        first[promoted], first_squared[promoted] = second[promoted], second_squared[promoted]
        second[promoted], second_squared[promoted] = NO_VECTOR, np.nan
        kept = Neighbours(first_squared, first, second_squared, second, old.norms_squared)
        return kept, gone & ~promoted

    def _insert(self, state: Neighbours, features: AnyArray, rows: IndexArray) -> None:
        """Merge the inserted vectors into the neighbours of `rows`, in place."""
        patch, squared, position = self._entries(state, features, rows)
        if len(patch) == 0:
            return
        images = self._after.source_image
        touched, lead, counts = np.unique(patch, return_index=True, return_counts=True)
        leading_image = images[position[lead]]
        from_other = np.flatnonzero(images[position] != np.repeat(leading_image, counts))
        owner, best = np.unique(np.repeat(np.arange(len(touched)), counts)[from_other], return_index=True)
        second_squared, second = np.full(len(touched), np.inf), np.full(len(touched), NO_VECTOR)
        second_squared[owner] = squared[from_other[best]]
        second[owner] = position[from_other[best]]
        # An unknown second stays unknown unless the old first, now beaten by another image, takes its place.
        unknown = np.isnan(state.second_squared[touched]) & (images[state.first[touched]] == leading_image)
        second_squared[unknown], second[unknown] = np.nan, NO_VECTOR
        norms = state.norms_squared[touched]
        state.put(touched, Neighbours(squared[lead], position[lead], second_squared, second, norms))

    def _entries(
        self, state: Neighbours, features: AnyArray, rows: IndexArray
    ) -> tuple[IndexArray, FloatArray, IndexArray]:
        """Old neighbours and near inserted vectors of every patch that has any of the latter, best first."""
        pairs, columns = self._near_inserted(state, features, rows)
        exact = indexed_squared_distances(features, pairs, self._inserted.vectors, columns)
        touched = np.unique(pairs)
        known = touched[state.second[touched] >= 0]
        patch = np.concatenate([touched, known, pairs])
        squared = np.concatenate([state.first_squared[touched], state.second_squared[known], exact])
        position = np.concatenate(
            [state.first[touched], state.second[known], self._inserted_positions[columns]]
        )
        order = np.lexsort((position, squared, patch))
        return patch[order], squared[order], position[order]

    def _near_inserted(
        self, state: Neighbours, features: AnyArray, rows: IndexArray
    ) -> tuple[IndexArray, IndexArray]:
        """(patch, inserted vector) pairs that may be nearer than the patch's second neighbour."""
        pairs, columns = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        step = max(1, _PRODUCT_ELEMENTS // max(1, len(self._inserted)))
        for start in range(0, len(rows), step):
            block = rows[start : start + step]
            local, inserted = self._near_in_block(state.take(block), features[block])
            pairs.append(block[local])
            columns.append(inserted)
        return np.concatenate(pairs), np.concatenate(columns)

    def _near_in_block(self, state: Neighbours, features: AnyArray) -> tuple[IndexArray, IndexArray]:
        norms = state.norms_squared
        # Where the second is not known, only a vector nearer than the first can matter.
        reach = np.where(np.isnan(state.second_squared), state.first_squared, state.second_squared)
        margin = product_margin(features.shape[1], np.sqrt(norms), self._norm_max)
        limits = reach - norms + margin
        product = self._product.of(features.astype(np.float32)).numpy()
        near = np.flatnonzero(product.min(axis=1) <= limits)
        local, columns = np.nonzero(product[near] <= limits[near, None])
        return near[local], columns
