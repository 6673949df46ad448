"""How a bank is searched when images are scored: exactly, or by inverted lists for very large banks."""

from typing import Literal

import numpy as np

from detectors.memory.approximate import LEAST_VECTORS, InvertedLists
from detectors.memory.arrays import AnyArray, FloatArray, IndexArray
from detectors.memory.bank import MemoryBank

SearchKind = Literal["exact", "ivf", "pq"]

_DIMENSIONS_PER_CODE_BYTE = 4


class BankSearch:
    """Searches a bank by one method; lists are made at the first search after a change of the bank."""

    def __init__(self, kind: SearchKind) -> None:
        """Hold the method: `exact`, `ivf` (inverted lists) or `pq` (with product quantisation)."""
        self._kind = kind
        self._lists: InvertedLists | None = None
        self._vectors: AnyArray | None = None

    def search_squared(self, bank: MemoryBank, queries: AnyArray, k: int) -> tuple[FloatArray, IndexArray]:
        """As `MemoryBank.search_squared`; small banks are searched exactly whatever the method."""
        if self._kind == "exact" or len(bank) < LEAST_VECTORS:
            return bank.search_squared(queries, k)
        return self._lists_of(bank).search_squared(queries, k)

    def _lists_of(self, bank: MemoryBank) -> InvertedLists:
        if self._lists is None or self._vectors is not bank.vectors:
            self._lists = InvertedLists(bank.vectors, code_bytes=self._code_bytes(bank.vectors.shape[1]))
            self._vectors = bank.vectors
        return self._lists

    def _code_bytes(self, dimension: int) -> int | None:
        """About one byte for four dimensions: the nearest number below that divides the dimension."""
        if self._kind == "ivf":
            return None
        counts = np.arange(1, max(1, dimension // _DIMENSIONS_PER_CODE_BYTE) + 1)
        return int(counts[dimension % counts == 0].max())
