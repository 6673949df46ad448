"""The memory bank: feature vectors of normal patches, each with the image and cell it came from."""

import numpy as np
import torch

from detectors.errors import ArtifactError, InputError
from detectors.memory.arrays import (
    AnyArray,
    Float16Array,
    Float32Array,
    FloatArray,
    IndexArray,
    Int32Array,
)
from detectors.memory.folded import Barred
from detectors.memory.nearest import ExactNearest
from detectors.memory.operations import Operation, OperationKind
from detectors.memory.rows import BankRows, checked_rows, no_rows


class MemoryBank:
    """Vectors that can be searched, and changed in place with an exact way back.

    The order of the vectors is part of the state: ties between equally near vectors go to the lower position,
    added vectors come last, and an undone removal puts them back where they were.
    """

    def __init__(
        self,
        vectors: Float16Array,
        source_image: IndexArray,
        cell: Int32Array,
        cover_radius: float,
    ) -> None:
        """Hold the given vectors.

        Args:
            vectors: (M, d) float16, finite; M may be 0 only after removals.
            source_image: (M,) int64, identity of the image of each vector.
            cell: (M, 2) int32, (row, column) of each vector on its image's feature grid.
            cover_radius: largest distance of a training patch to the bank, in feature units.

        Raises:
            InputError: lengths that differ, NaN or infinite vectors, a type other than float16.
        """
        self._rows = checked_rows(vectors, source_image, cell)
        if not np.isfinite(cover_radius) or cover_radius < 0:
            raise InputError(f"The cover radius must be finite and not negative, not {cover_radius}.")
        self._cover_radius = float(cover_radius)
        self._journal: list[Operation] = []
        self._nearest: ExactNearest | None = None
        self.device: torch.device | None = None  # where products are computed; results do not depend on it

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def vectors(self) -> Float16Array:
        """(M, d) float16."""
        return self._rows.vectors

    @property
    def source_image(self) -> IndexArray:
        """(M,) int64, identity of each vector's image."""
        return self._rows.source_image

    @property
    def cell(self) -> Int32Array:
        """(M, 2) int32, (row, column) of each vector on its image's grid."""
        return self._rows.cell

    @property
    def cover_radius(self) -> float:
        """Largest distance of a training patch to the bank, in feature units."""
        return self._cover_radius

    @property
    def journal(self) -> tuple[Operation, ...]:
        """Every operation since the bank was made, oldest first."""
        return tuple(self._journal)

    def search(self, queries: AnyArray, k: int) -> tuple[Float32Array, IndexArray]:
        """The k nearest vectors of each query: distances (Q, k) float32 and positions (Q, k) int64.

        Raises:
            InputError: an empty bank, fewer vectors than k, queries that are not finite (Q, d) floats.
        """
        return self._index().search(queries, k)

    def search_other_images(self, queries: AnyArray, images: IndexArray) -> tuple[FloatArray, IndexArray]:
        """The nearest vector of each query that did not come from a given image.

        Args:
            queries: (Q, d) floats, finite.
            images: (Q,) the image barred for each query, such as its own (leave-one-image-out).

        Returns:
            Squared distances (Q,) float64 and positions (Q,) int64; infinity and -1 where there is none.

        Raises:
            InputError: as `search`.
        """
        squared, positions = self.search_past(queries, 1, Barred(self.source_image, images))
        return squared[:, 0], positions[:, 0]

    def search_past(self, queries: AnyArray, k: int, barred: Barred) -> tuple[FloatArray, IndexArray]:
        """`search_squared` past vectors that the queries must not find.

        Args:
            queries: (Q, d) floats, finite.
            k: number of neighbours.
            barred: label of each vector of the bank, and the label barred for each query.

        Returns:
            As `search_squared`; where fewer than k vectors are not barred, infinity and -1 fill the rest.
        """
        return self._index().search_squared(queries, k, barred)

    def search_squared(self, queries: AnyArray, k: int) -> tuple[FloatArray, IndexArray]:
        """`search` with squared distances in float64."""
        return self._index().search_squared(queries, k)

    def neighbours_of(self, position: int, count: int) -> IndexArray:
        """Positions of the `count` vectors nearest to one of them, itself included, nearest first.

        Raises:
            InputError: no such vector, or fewer vectors than `count`.
        """
        return self.neighbourhoods(np.array([position]), count)[0]

    def neighbourhoods(self, positions: IndexArray, count: int) -> IndexArray:
        """`neighbours_of` each of (n,) positions: (n, count) positions."""
        self._require_inside(positions)
        return self.search(self.vectors[positions], count)[1]

    def add(self, rows: BankRows) -> Operation:
        """Append vectors; returns the operation done."""
        return self.apply(self.planned("add", rows=rows))

    def remove(self, positions: IndexArray) -> Operation:
        """Take out the vectors at `positions` (repeats count once); returns the operation done.

        Raises:
            InputError: a position outside the bank.
        """
        return self.apply(self.planned("remove", positions))

    def replace(self, positions: IndexArray, rows: BankRows) -> Operation:
        """Take out vectors and append others in one operation; returns it."""
        return self.apply(self.planned("replace", positions, rows))

    def planned(
        self,
        kind: OperationKind,
        positions: IndexArray | None = None,
        rows: BankRows | None = None,
        *,
        cover_radius: float | None = None,
        leaving: IndexArray | None = None,
    ) -> Operation:
        """An operation on this state of the bank, not done yet.

        Args:
            kind: what the change is for.
            positions: vectors to take out, or None.
            rows: vectors to append, or None.
            cover_radius: the new one; None: unchanged.
            leaving: identities of images that leave the pool, or None.

        Raises:
            InputError: a position outside the bank, or rows that do not fit it.
        """
        positions = np.unique(np.empty(0, np.int64) if positions is None else positions).astype(np.int64)
        self._require_inside(positions)
        rows = no_rows(self.vectors.shape[1]) if rows is None else rows
        rows = checked_rows(rows.vectors, rows.source_image, rows.cell)
        if rows.vectors.shape[1] != self.vectors.shape[1]:
            raise InputError(
                f"Added vectors have {rows.vectors.shape[1]} dimensions, the bank {self.vectors.shape[1]}."
            )
        first = len(self) - len(positions)
        return Operation(
            kind=kind,
            removed_positions=positions,
            removed=self._rows.take(positions),
            inserted_positions=np.arange(first, first + len(rows), dtype=np.int64),
            inserted=rows,
            radius_before=self.cover_radius,
            radius_after=self.cover_radius if cover_radius is None else cover_radius,
            leaving=np.empty(0, np.int64) if leaving is None else leaving.astype(np.int64),
            joining=np.empty(0, np.int64),
        )

    def positions_from(self, source_image: int) -> IndexArray:
        """Positions of all vectors that came from one image."""
        return np.flatnonzero(self.source_image == source_image)

    def apply(self, operation: Operation) -> Operation:
        """Do an operation from a journal, or an inverse; returns it.

        Raises:
            ArtifactError: the rows to be removed are not those in the bank: the operation belongs to
                another state.
        """
        self._require_same(operation)
        kept = np.ones(len(self), bool)
        kept[operation.removed_positions] = False
        size = int(kept.sum()) + len(operation.inserted)
        inserted = np.zeros(size, bool)
        inserted[operation.inserted_positions] = True
        self._rows = BankRows(
            _merged(self.vectors[kept], operation.inserted.vectors, inserted),
            _merged(self.source_image[kept], operation.inserted.source_image, inserted),
            _merged(self.cell[kept], operation.inserted.cell, inserted),
        )
        self._cover_radius = operation.radius_after
        self._journal.append(operation)
        self._nearest = None
        return operation

    def undo(self) -> Operation:
        """Do `undoing()`; returns it."""
        return self.apply(self.undoing())

    def undoing(self) -> Operation:
        """The inverse of the last operation that still stands; done again and again it goes further back.

        Raises:
            InputError: everything is undone, or nothing was done.
        """
        standing: list[Operation] = []
        for operation in self._journal:
            if operation.kind == "undo":
                standing.pop()
            else:
                standing.append(operation)
        if not standing:
            raise InputError("There is nothing to undo: the memory bank is as it was trained.")
        return standing[-1].inverse()

    def to_arrays(self) -> dict[str, AnyArray]:
        """The bank as plain arrays (its journal is kept apart, one entry an operation)."""
        return {
            "bank_vectors": self.vectors,
            "bank_source_image": self.source_image,
            "bank_cell": self.cell,
            "bank_cover_radius": np.array([self.cover_radius]),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, AnyArray]) -> "MemoryBank":
        """Read what `to_arrays` wrote.

        Raises:
            ArtifactError: an array is missing or does not fit the others.
        """
        try:
            radius = float(arrays["bank_cover_radius"][0])
            return cls(arrays["bank_vectors"], arrays["bank_source_image"], arrays["bank_cell"], radius)
        except (KeyError, IndexError) as error:
            raise ArtifactError(f"The memory bank's arrays are incomplete: {error} is missing.") from error
        except InputError as error:
            raise ArtifactError(f"The memory bank cannot be read: {error}") from error

    def copy(self) -> "MemoryBank":
        """A bank of its own with the same state and journal; arrays are shared, as they never change."""
        twin = MemoryBank(self.vectors, self.source_image, self.cell, self.cover_radius)
        twin._journal = list(self._journal)
        twin._nearest, twin.device = self._nearest, self.device
        return twin

    def without(self, removed: AnyArray) -> "MemoryBank":
        """A bank of the vectors for which `removed` (M,) is false, with an empty journal."""
        kept = self._rows.take(~removed)
        return MemoryBank(kept.vectors, kept.source_image, kept.cell, self.cover_radius)

    def _index(self) -> ExactNearest:
        if self._nearest is None:
            self._nearest = ExactNearest(self.vectors, self.device)
        return self._nearest

    def _require_inside(self, positions: AnyArray) -> None:
        if len(positions) and not 0 <= int(np.min(positions)) <= int(np.max(positions)) < len(self):
            raise InputError(f"A position lies outside the memory bank of {len(self)} vectors.")

    def _require_same(self, operation: Operation) -> None:
        positions = operation.removed_positions
        inside = len(positions) == 0 or (positions.min() >= 0 and positions.max() < len(self))
        if not inside or not np.array_equal(self.vectors[positions], operation.removed.vectors):
            raise ArtifactError("The operation does not belong to this state of the memory bank.")


def _merged(kept: AnyArray, inserted: AnyArray, is_inserted: AnyArray) -> AnyArray:
    result = np.empty((len(is_inserted), *kept.shape[1:]), kept.dtype)
    result[~is_inserted] = kept
    result[is_inserted] = inserted
    return result
