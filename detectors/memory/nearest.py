"""Exact nearest neighbours in true L2."""

import numpy as np
import torch

from detectors.devices import multiplies_bfloat16
from detectors.errors import InputError
from detectors.memory.arrays import AnyArray, Float32Array, FloatArray, IndexArray
from detectors.memory.distances import (
    indexed_squared_distances,
    product_margin,
    require_finite,
    squared_norms,
)
from detectors.memory.folded import Barred, FoldedProduct, finite
from detectors.memory.products import CentreProduct
from detectors.memory.rounded import RoundedProduct, mean_vector, rounded_vectors
from detectors.memory.shortlist import Shortlist

_PRODUCT_BYTES = 8_000_000
"""A larger product leaves the cache before it is read again; a smaller one is not worth its start."""

_SHORTLISTED_AFTER_QUERIES = 2_000
"""Short vectors take as long to make as they save on so many queries; some indices live for one image."""

_SHORTLISTED_ABOVE_VECTORS, _SHORTLISTED_ABOVE_DIM = 2_048, 96
"""Smaller banks and shorter vectors are searched as fast by whole products."""


class ExactNearest:
    """Exact k nearest neighbours by blocked matrix products and an exact re-check.

    Products only bound: what is within their error margin is measured by direct difference. So distances and
    neighbours do not depend on how queries are grouped, on the other vectors, nor on the machine. Where the
    processor multiplies bfloat16 the products are of rounded vectors. Elsewhere those of short vectors
    (`Shortlist`) leave a few vectors of a large bank for most queries; for the other queries and small
    banks a product of whole vectors does.
    """

    def __init__(self, vectors: AnyArray, device: torch.device | None = None) -> None:
        """Index the vectors.

        Args:
            vectors: (M, d) floats, finite; not copied, must not change.
            device: where matrix products are computed, None: the CPU; results do not depend on it.

        Raises:
            InputError: no vectors, or NaN or infinite values in them.
        """
        require_finite(vectors, "Bank vectors")
        if len(vectors) == 0:
            raise InputError("The memory bank is empty: there is nothing to compare with.")
        self._vectors = vectors
        self._device = device
        self._mean = mean_vector(vectors)
        self._rounded: RoundedProduct | None = None
        if multiplies_bfloat16(device):
            self._rounded = RoundedProduct(rounded_vectors(vectors, self._mean))
        self._whole: CentreProduct | None = None
        self._norm_max = float(np.sqrt(squared_norms(vectors).max()))
        self._queries_seen = 0
        self._shortlist: Shortlist | None = None

    def __len__(self) -> int:
        return len(self._vectors)

    def search(self, queries: AnyArray, k: int) -> tuple[Float32Array, IndexArray]:
        """Find the k nearest vectors of each query.

        Args:
            queries: (Q, d) floats, finite.
            k: number of neighbours, 1 to the number of vectors.

        Returns:
            Distances (Q, k) float32, true L2, ascending, and the vectors' indices (Q, k) int64; ties go to
            the lowest index.

        Raises:
            InputError: fewer vectors than k, queries of another dimension, NaN or infinite values.
        """
        squared, indices = self.search_squared(queries, k)
        return np.sqrt(squared).astype(np.float32), indices

    def search_squared(
        self, queries: AnyArray, k: int, barred: Barred | None = None
    ) -> tuple[FloatArray, IndexArray]:
        """`search` with squared distances in float64, optionally past barred vectors.

        Args:
            queries: (Q, d) floats, finite.
            k: number of neighbours, 1 to the number of vectors.
            barred: vectors that a query must not find, or None.

        Returns:
            As `search`; where fewer than k vectors are not barred, infinity and index -1 fill the rest.

        Raises:
            InputError: as `search`.
        """
        self.check(queries, k)
        squared = np.empty((len(queries), k))
        indices = np.empty((len(queries), k), np.int64)
        value_bytes = 4 if self._rounded is None else 2
        rows_per_block = max(1, _PRODUCT_BYTES // (value_bytes * len(self)))
        for start in range(0, len(queries), rows_per_block):
            block = slice(start, start + rows_per_block)
            bars = None if barred is None else barred.take(block)
            squared[block], indices[block] = self._search_block(queries[block], k, bars)
        return squared, indices

    def check(self, queries: AnyArray, k: int) -> None:
        """Raise the `InputError` that `search` would raise for these arguments."""
        require_finite(queries, "Query features")
        if queries.shape[1] != self._vectors.shape[1]:
            raise InputError(
                f"Query features have {queries.shape[1]} dimensions,"
                f" the memory bank {self._vectors.shape[1]}."
            )
        if not 1 <= k <= len(self):
            raise InputError(f"{k} neighbours were asked for, the memory bank holds {len(self)} vectors.")

    def _search_block(
        self, queries: AnyArray, k: int, barred: Barred | None
    ) -> tuple[FloatArray, IndexArray]:
        rows, columns = self._candidates(queries, k, barred)
        exact = indexed_squared_distances(queries, rows, self._vectors, columns)
        order = np.lexsort((columns, exact, rows))
        rows, columns, exact = rows[order], columns[order], exact[order]
        rank = np.arange(len(rows)) - np.searchsorted(rows, rows)
        won = rank < k
        squared = np.full((len(queries), k), np.inf)
        indices = np.full((len(queries), k), -1, np.int64)
        squared[rows[won], rank[won]] = exact[won]
        indices[rows[won], rank[won]] = columns[won]
        return squared, indices

    def _candidates(self, queries: AnyArray, k: int, barred: Barred | None) -> tuple[IndexArray, IndexArray]:
        """(row, column) pairs that contain the k nearest of every row, none of them barred."""
        if self._rounded is not None:
            return self._by_rounded_products(self._rounded, queries, k, barred)
        self._queries_seen += len(queries)
        if self._shortlist is None and self._deserves_shortlist():
            self._shortlist = Shortlist(self._vectors, self._device)
        if self._shortlist is None:
            return self._by_whole_products(queries, k, barred)
        found = self._shortlist.pairs(queries, k, barred)
        if len(found.crowded) == 0:
            return found.rows, found.columns
        bars = None if barred is None else barred.take(found.crowded)
        rows, columns = self._by_whole_products(queries[found.crowded], k, bars)
        return np.append(found.rows, found.crowded[rows]), np.append(found.columns, columns)

    def _deserves_shortlist(self) -> bool:
        return (
            self._queries_seen > _SHORTLISTED_AFTER_QUERIES
            and len(self) > _SHORTLISTED_ABOVE_VECTORS
            and self._vectors.shape[1] > _SHORTLISTED_ABOVE_DIM
        )

    def _by_rounded_products(
        self, product: RoundedProduct, queries: AnyArray, k: int, barred: Barred | None
    ) -> tuple[IndexArray, IndexArray]:
        distances = product.of(rounded_vectors(queries, self._mean))
        folded = FoldedProduct(distances.values, k, barred)
        rows, columns = folded.below(finite(distances.limits(folded.bounds(k))), torch.arange(len(queries)))
        return rows.numpy(), columns.numpy()

    def _by_whole_products(
        self, queries: AnyArray, k: int, barred: Barred | None
    ) -> tuple[IndexArray, IndexArray]:
        if self._whole is None:
            wide = self._vectors.astype(np.float32)
            self._whole = CentreProduct(wide, squared_norms(self._vectors), self._device)
        folded = FoldedProduct(self._whole.of(queries.astype(np.float32)), k, barred)
        device = folded.minima.device
        norms = np.sqrt(squared_norms(queries))
        margins = np.asarray(2 * product_margin(queries.shape[1], norms, self._norm_max))
        limits = finite(folded.bounds(k) + torch.from_numpy(margins).to(device))
        rows, columns = folded.below(limits, torch.arange(len(queries), device=device))
        return rows.cpu().numpy(), columns.cpu().numpy()
