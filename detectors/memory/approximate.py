"""Approximate nearest neighbours for very large banks: an option, never the default.

Inverted lists (Sivic and Zisserman 2003), optionally with product quantisation (Jégou et al. 2011), by
faiss. Its candidates are ranked again by their true distances, so that a distance is never one to a
quantised vector: only a neighbour may be missed, and `recall` says how often.
"""

import math

import faiss
import numpy as np

from detectors.errors import InputError
from detectors.memory.arrays import AnyArray, Float32Array, FloatArray, IndexArray
from detectors.memory.distances import indexed_squared_distances, require_finite
from detectors.memory.nearest import ExactNearest

_EXTRA_CANDIDATES = 32
_CODE_BITS = 8
LEAST_VECTORS = 1_000


class InvertedLists:
    """Nearest neighbours among the vectors of the few cells nearest to a query."""

    def __init__(
        self,
        vectors: AnyArray,
        *,
        list_count: int | None = None,
        probes: int = 16,
        code_bytes: int | None = None,
    ) -> None:
        """Train the cells and file the vectors.

        Args:
            vectors: (M, d) floats, finite, at least 1,000.
            list_count: number of cells; None: about 4√M, as faiss advises, but 39 vectors a cell or more.
            probes: cells looked into for each query; more find more and take longer.
            code_bytes: bytes a vector in the index, a divisor of d; None: no quantisation.

        Raises:
            InputError: too few vectors, NaN or infinite values, or settings that do not fit them.
        """
        require_finite(vectors, "Bank vectors")
        count, dimension = vectors.shape
        if count < LEAST_VECTORS:
            raise InputError(f"Approximate search needs {LEAST_VECTORS} vectors or more, not {count}.")
        if code_bytes is not None and (code_bytes < 1 or dimension % code_bytes):
            raise InputError(f"{code_bytes} code bytes do not divide {dimension} dimensions.")
        lists = min(int(4 * math.sqrt(count)), count // 39) if list_count is None else list_count
        if not 1 <= probes <= lists <= count:
            raise InputError(f"{probes} probes of {lists} lists do not fit {count} vectors.")
        self._vectors = vectors
        self._exact = ExactNearest(vectors)
        coarse = faiss.IndexFlatL2(dimension)
        self._index: faiss.IndexIVF = (
            faiss.IndexIVFFlat(coarse, dimension, lists)
            if code_bytes is None
            else faiss.IndexIVFPQ(coarse, dimension, lists, code_bytes, _CODE_BITS)
        )
        self._index.nprobe = probes
        wide = vectors.astype(np.float32)
        self._index.train(wide)
        self._index.add(wide)

    def __len__(self) -> int:
        return len(self._vectors)

    def search(self, queries: AnyArray, k: int) -> tuple[Float32Array, IndexArray]:
        """The k nearest vectors found: true distances (Q, k) float32, ascending, and indices (Q, k) int64.

        Queries whose cells hold fewer than k vectors are searched exactly.

        Raises:
            InputError: as `ExactNearest.search`.
        """
        squared, indices = self.search_squared(queries, k)
        return np.sqrt(squared).astype(np.float32), indices

    def search_squared(self, queries: AnyArray, k: int) -> tuple[FloatArray, IndexArray]:
        """`search` with squared distances in float64."""
        self._exact.check(queries, k)
        wanted = min(len(self), k + _EXTRA_CANDIDATES)
        _, found = self._index.search(queries.astype(np.float32), wanted)
        rows, places = np.nonzero(found >= 0)
        squared = np.full(found.shape, np.inf)
        columns = found[rows, places]
        squared[rows, places] = indexed_squared_distances(queries, rows, self._vectors, columns)
        order = np.lexsort((found, squared), axis=1)[:, :k]
        nearest = np.take_along_axis(squared, order, axis=1)
        indices = np.take_along_axis(found, order, axis=1).astype(np.int64)
        short = np.flatnonzero(indices[:, -1] < 0)
        if len(short):
            nearest[short], indices[short] = self._exact.search_squared(queries[short], k)
        return nearest, indices

    def recall(self, queries: AnyArray, k: int = 1) -> float:
        """Share of the true k nearest neighbours of the queries that `search` finds, by distance; 0 to 1."""
        found, _ = self.search(queries, k)
        true, _ = self._exact.search(queries, k)
        return float(np.mean(found <= true[:, -1:]))
