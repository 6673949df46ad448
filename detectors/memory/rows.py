"""What a memory bank stores for each vector."""

from dataclasses import dataclass

import numpy as np

from detectors.errors import InputError
from detectors.memory.arrays import AnyArray, Float16Array, IndexArray, Int32Array
from detectors.memory.distances import require_finite


@dataclass(frozen=True, eq=False)
class BankRows:
    """Some rows of a bank: what is stored for each vector.

    Attributes:
        vectors: (n, d) float16.
        source_image: (n,) int64, identity of the image that the patch came from.
        cell: (n, 2) int32, the patch's (row, column) on that image's feature grid.
    """

    vectors: Float16Array
    source_image: IndexArray
    cell: Int32Array

    def __len__(self) -> int:
        return len(self.vectors)

    def take(self, positions: AnyArray) -> "BankRows":
        """The rows at `positions` (indices or a mask)."""
        return BankRows(self.vectors[positions], self.source_image[positions], self.cell[positions])


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


def no_rows(dimension: int) -> BankRows:
    """Zero rows of vectors with `dimension` features."""
    return BankRows(np.empty((0, dimension), np.float16), np.empty(0, np.int64), np.empty((0, 2), np.int32))
