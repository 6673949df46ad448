"""The k nearest bank vectors of patches, kept exact while the bank changes.

For k = 1, the usual case, the nearest vector of another image is kept as well: after an operation a patch is
searched again only if it lost its nearest vector and that second one cannot stand in. For k > 1 a patch that
lost any of its k is searched again. Everything else follows from the distances to the inserted vectors.
Squared distances are float64 by direct difference, ties go to the lower position: the result equals a fresh
search bit for bit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detectors.memory.arrays import AnyArray, BoolArray, Float32Array, FloatArray, IndexArray
from detectors.memory.bank import MemoryBank
from detectors.memory.distances import indexed_squared_distances, product_margin, squared_norms
from detectors.memory.operations import Operation
from detectors.memory.products import CentreProduct
from detectors.memory.scores import patch_distances

NO_VECTOR = -1
_PRODUCT_ELEMENTS = 4_000_000


@dataclass(frozen=True)
class Neighbours:
    """Nearest vectors of P patches.

    Attributes:
        squared: (P, k) float64, squared distances to the k nearest vectors, ascending.
        positions: (P, k) their positions in the bank.
        second_squared: (P,) squared distance to the nearest vector of another image than the nearest one's;
            NaN where it is not known (always for k > 1), infinity where there is none.
        second: (P,) its position, or -1.
        norms_squared: (P,) float64, squared norm of the patch itself; kept because every change needs it.
    """

    squared: FloatArray
    positions: IndexArray
    second_squared: FloatArray
    second: IndexArray
    norms_squared: FloatArray

    @property
    def distances(self) -> Float32Array:
        """(P,) float32, the patches' scores: mean L2 distance to their k nearest vectors."""
        return patch_distances(self.squared)

    @property
    def first(self) -> IndexArray:
        """(P,) position of the nearest vector."""
        return self.positions[:, 0]

    def take(self, rows: AnyArray | slice) -> "Neighbours":
        """Those of some patches."""
        return Neighbours(
            self.squared[rows],
            self.positions[rows],
            self.second_squared[rows],
            self.second[rows],
            self.norms_squared[rows],
        )

    def put(self, rows: IndexArray, other: "Neighbours") -> None:
        """Overwrite those of some patches; only for arrays that nobody else holds."""
        self.squared[rows], self.positions[rows] = other.squared, other.positions
        self.second_squared[rows], self.second[rows] = other.second_squared, other.second


def joined(parts: Sequence[Neighbours]) -> Neighbours:
    """The patches of several parts, one after the other."""
    return Neighbours(
        np.concatenate([part.squared for part in parts]),
        np.concatenate([part.positions for part in parts]),
        np.concatenate([part.second_squared for part in parts]),
        np.concatenate([part.second for part in parts]),
        np.concatenate([part.norms_squared for part in parts]),
    )


def found_neighbours(bank: MemoryBank, features: AnyArray, k: int = 1) -> Neighbours:
    """Search the bank for patches (P, d).

    Raises:
        InputError: an empty bank, fewer vectors than k, or features that are not finite (P, d) floats.
    """
    norms = squared_norms(features)
    if k > 1:
        squared, positions = bank.search_squared(features, k)
        unknown = np.full(len(features), np.nan)
        return Neighbours(squared, positions, unknown, np.full(len(features), NO_VECTOR), norms)
    squared, positions = bank.search_squared(features, min(2, len(bank)))
    second_squared, second = squared[:, -1].copy(), positions[:, -1].copy()
    images = bank.source_image[positions]
    same = np.flatnonzero(images[:, 0] == images[:, -1])
    if len(same):
        second_squared[same], second[same] = bank.search_other_images(features[same], images[same, 0])
    return Neighbours(squared[:, :1].copy(), positions[:, :1].copy(), second_squared, second, norms)


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
        self._one_image = len(np.unique(operation.inserted.source_image)) == 1
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
            k = neighbours.positions.shape[1]
            result.put(again, found_neighbours(self._after, features[again], k))
        return result

    def _without_removed(self, old: Neighbours) -> tuple[Neighbours, BoolArray]:
        """New positions where known, and which patches must be searched again."""
        positions, squared = self._moved[old.positions], old.squared.copy()
        had_second = old.second >= 0
        second = np.where(had_second, self._moved[old.second], NO_VECTOR)
        second_squared = np.where(had_second & (second < 0), np.nan, old.second_squared)
        gone = (positions < 0).any(axis=1)
        # The second stands in only if nothing of the first one's image is left between the two.
        promoted = gone & (second >= 0) & ~self._image_stays[old.first]
        positions[promoted, 0], squared[promoted, 0] = second[promoted], second_squared[promoted]
        second[promoted], second_squared[promoted] = NO_VECTOR, np.nan
        kept = Neighbours(squared, positions, second_squared, second, old.norms_squared)
        return kept, gone & ~promoted

    def _insert(self, state: Neighbours, features: AnyArray, rows: IndexArray) -> None:
        """Merge the inserted vectors into the neighbours of `rows`, in place."""
        patch, squared, position = self._entries(state, features, rows)
        if len(patch) == 0:
            return
        touched, lead, counts = np.unique(patch, return_index=True, return_counts=True)
        best = lead[:, None] + np.arange(state.positions.shape[1])
        second_squared, second = np.full(len(touched), np.nan), np.full(len(touched), NO_VECTOR)
        if best.shape[1] == 1:
            owner = np.repeat(np.arange(len(touched)), counts)
            second_squared, second = self._second(state.take(touched), owner, squared, position)
        norms = state.norms_squared[touched]
        state.put(touched, Neighbours(squared[best], position[best], second_squared, second, norms))

    def _second(
        self, old: Neighbours, owner: IndexArray, squared: FloatArray, position: IndexArray
    ) -> tuple[FloatArray, IndexArray]:
        """Among the entries of each owner, the best of another image than the very best's."""
        images = self._after.source_image[position]
        lead = np.unique(owner, return_index=True)[1]
        from_other = np.flatnonzero(images != images[lead][owner])
        has_other, best = np.unique(owner[from_other], return_index=True)
        second_squared, second = np.full(len(lead), np.inf), np.full(len(lead), NO_VECTOR)
        second_squared[has_other] = squared[from_other[best]]
        second[has_other] = position[from_other[best]]
        # An unknown second stays unknown unless the old first, now beaten by another image, takes its place.
        first_image = self._after.source_image[old.first]
        unknown = np.isnan(old.second_squared) & (first_image == images[lead])
        second_squared[unknown], second[unknown] = np.nan, NO_VECTOR
        return second_squared, second

    def _entries(
        self, state: Neighbours, features: AnyArray, rows: IndexArray
    ) -> tuple[IndexArray, FloatArray, IndexArray]:
        """Old neighbours and near inserted vectors of every patch that has any of the latter, best first."""
        pairs, columns = self._near_inserted(state, features, rows)
        exact = indexed_squared_distances(features, pairs, self._inserted.vectors, columns)
        touched = np.unique(pairs)
        known = touched[state.second[touched] >= 0]
        k = state.positions.shape[1]
        patch = np.concatenate([np.repeat(touched, k), known, pairs])
        squared = np.concatenate([state.squared[touched].ravel(), state.second_squared[known], exact])
        position = np.concatenate(
            [state.positions[touched].ravel(), state.second[known], self._inserted_positions[columns]]
        )
        order = np.lexsort((position, squared, patch))
        return patch[order], squared[order], position[order]

    def _near_inserted(
        self, state: Neighbours, features: AnyArray, rows: IndexArray
    ) -> tuple[IndexArray, IndexArray]:
        """(patch, inserted vector) pairs that may be nearer than the patch's last known neighbour."""
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
        # Where the second is not known, only a vector nearer than the k-th can matter.
        reach = np.where(np.isnan(state.second_squared), state.squared[:, -1], state.second_squared)
        margin = product_margin(features.shape[1], np.sqrt(norms), self._norm_max)
        limits = reach - norms + margin
        products = self._product.of(features)
        product, least = products.numpy(), products.amin(1).numpy()
        near = np.flatnonzero(least <= limits)
        if self._one_image and state.positions.shape[1] == 1:
            # A patch keeps two neighbours of distinct images: of one image's vectors only the nearest counts.
            limits = np.minimum(limits, least + 2 * margin)
        local, columns = np.nonzero(product[near] <= limits[near, None])
        return near[local], columns
