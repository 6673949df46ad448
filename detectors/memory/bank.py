"""The memory bank: feature vectors of normal patches, each with the image and cell it came from."""

import numpy as np

from detectors.errors import ArtifactError, InputError
from detectors.memory.arrays import AnyArray, Float16Array, Float32Array, IndexArray, Int32Array
from detectors.memory.distances import require_finite
from detectors.memory.nearest import ExactNearest
from detectors.memory.operations import BankRows, Operation, OperationKind


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
        if self._nearest is None:
            self._nearest = ExactNearest(self.vectors)
        return self._nearest.search(queries, k)

    def neighbours_of(self, bank_index: int, count: int) -> IndexArray:
        """Positions of the `count` vectors nearest to one of them, itself included, nearest first.

        Raises:
            InputError: no such vector, or fewer vectors than `count`.
        """
        if not 0 <= bank_index < len(self):
            raise InputError(f"The memory bank has no vector {bank_index}; it holds {len(self)}.")
        return self.search(self.vectors[bank_index : bank_index + 1], count)[1][0]

    def add(self, rows: BankRows, *, cover_radius: float | None = None) -> Operation:
        """Append vectors; returns the operation done. `cover_radius` is the new one (None: unchanged)."""
        return self._change("add", np.empty(0, np.int64), rows, cover_radius)

    def remove(self, positions: IndexArray, *, cover_radius: float | None = None) -> Operation:
        """Take out the vectors at `positions` (repeats count once); returns the operation done.

        Raises:
            InputError: a position outside the bank.
        """
        return self._change("remove", positions, self._rows.take(np.empty(0, np.int64)), cover_radius)

    def replace(
        self, positions: IndexArray, rows: BankRows, *, cover_radius: float | None = None
    ) -> Operation:
        """Take out vectors and append others in one operation; returns it."""
        return self._change("replace", positions, rows, cover_radius)

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
        """Undo the last operation by doing its inverse, which the journal records too.

        Raises:
            InputError: nothing was done yet.
        """
        if not self._journal:
            raise InputError("There is nothing to undo: the memory bank is as it was trained.")
        return self.apply(self._journal[-1].inverse())

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

    def _change(
        self, kind: OperationKind, positions: IndexArray, rows: BankRows, cover_radius: float | None
    ) -> Operation:
        positions = np.unique(positions).astype(np.int64)
        if len(positions) and not (positions[0] >= 0 and positions[-1] < len(self)):
            raise InputError(f"A position to remove lies outside the memory bank of {len(self)} vectors.")
        rows = checked_rows(rows.vectors, rows.source_image, rows.cell)
        if rows.vectors.shape[1] != self.vectors.shape[1]:
            raise InputError(
                f"Added vectors have {rows.vectors.shape[1]} dimensions, the bank {self.vectors.shape[1]}."
            )
        first = len(self) - len(positions)
        radius = self.cover_radius if cover_radius is None else cover_radius
        inserted_positions = np.arange(first, first + len(rows), dtype=np.int64)
        removed = self._rows.take(positions)
        return self.apply(
            Operation(kind, positions, removed, inserted_positions, rows, self.cover_radius, radius)
        )

    def _require_same(self, operation: Operation) -> None:
        positions = operation.removed_positions
        inside = len(positions) == 0 or (positions.min() >= 0 and positions.max() < len(self))
        if not inside or not np.array_equal(self.vectors[positions], operation.removed.vectors):
            raise ArtifactError("The operation does not belong to this state of the memory bank.")


def checked_rows(vectors: Float16Array, source_image: IndexArray, cell: Int32Array) -> BankRows:
    """Rows with the right types and matching lengths.

    Raises:
        InputError: lengths that differ, NaN or infinite vectors, a type other than float16.
    """
    require_finite(vectors, "Bank vectors")
    if vectors.dtype != np.float16:
        raise InputError(f"Bank vectors must be float16, not {vectors.dtype}.")
    if source_image.shape != (len(vectors),) or cell.shape != (len(vectors), 2):
        raise InputError(
            f"{len(vectors)} bank vectors came with source images {source_image.shape}"
            f" and cells {cell.shape}."
        )
    return BankRows(vectors, source_image.astype(np.int64), cell.astype(np.int32))


def _merged(kept: AnyArray, inserted: AnyArray, is_inserted: AnyArray) -> AnyArray:
    result = np.empty((len(is_inserted), *kept.shape[1:]), kept.dtype)
    result[~is_inserted] = kept
    result[is_inserted] = inserted
    return result
