"""Exact nearest neighbours in true L2."""

from typing import NamedTuple

import numpy as np
import torch

from detectors.errors import InputError
from detectors.memory.arrays import AnyArray, Float32Array, FloatArray, IndexArray
from detectors.memory.distances import (
    indexed_squared_distances,
    product_margin,
    require_finite,
    squared_norms,
)

_PRODUCT_ELEMENTS = 4_000_000
_GROUP_SIZE = 64


class Barred(NamedTuple):
    """Vectors that a query must not find: those with its label.

    Attributes:
        labels: (M,) label of each indexed vector.
        of_query: (Q,) the label barred for each query.
    """

    labels: IndexArray
    of_query: IndexArray


class ExactNearest:
    """Exact k nearest neighbours by blocked matrix products and an exact re-check.

    One product bounds every distance. Columns are folded into groups of up to 64, and the k-th smallest group
    minimum is an upper bound of the k-th smallest distance: only the few groups below it, with the product's
    error margin, are looked at again, by direct difference. So distances and neighbours do not depend on how
    queries are grouped, nor on the other vectors.
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
        norms_squared = squared_norms(vectors)
        self._norm_max = float(np.sqrt(norms_squared.max()))
        self._tensor = torch.from_numpy(vectors.astype(np.float32)).to(device)
        self._offsets = torch.from_numpy(norms_squared.astype(np.float32)).to(device)

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
        rows_per_block = max(1, _PRODUCT_ELEMENTS // len(self))
        for start in range(0, len(queries), rows_per_block):
            block = slice(start, start + rows_per_block)
            bars = None if barred is None else Barred(barred.labels, barred.of_query[block])
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
        device = self._tensor.device
        wide = torch.from_numpy(queries.astype(np.float32)).to(device)
        product = torch.addmm(self._offsets, wide, self._tensor.T, alpha=-2)
        if barred is not None:
            _bar(product, barred)
        group_size = max(1, min(_GROUP_SIZE, len(self) // (4 * k)))
        group_count = len(self) // group_size
        folded = product[:, : group_size * group_count].view(len(queries), group_size, group_count)
        minima = folded.amin(1)
        norms = np.sqrt(squared_norms(queries))
        margins = np.asarray(2 * product_margin(queries.shape[1], norms, self._norm_max))
        margin = torch.from_numpy(margins).to(device)
        limits = (minima.kthvalue(k, dim=1).values + margin).to(torch.float32)
        # Where fewer than k vectors are left the limit is infinite; the barred ones, infinite too, stay out.
        return _below(product, minima, limits.clamp(max=torch.finfo(torch.float32).max), group_size)


def _bar(product: torch.Tensor, barred: Barred) -> None:
    for label in np.unique(barred.of_query):
        rows = torch.from_numpy(np.flatnonzero(barred.of_query == label)).to(product.device)
        columns = torch.from_numpy(np.flatnonzero(barred.labels == label)).to(product.device)
        product[rows[:, None], columns] = torch.inf


def _below(
    product: torch.Tensor, minima: torch.Tensor, limits: torch.Tensor, group_size: int
) -> tuple[IndexArray, IndexArray]:
    """Positions of all entries of `product` not above their row's limit, found through the group minima."""
    group_count = minima.shape[1]
    rows, groups = torch.nonzero(minima <= limits[:, None], as_tuple=True)
    columns = groups[:, None] + group_count * torch.arange(group_size, device=product.device)
    near = product[rows[:, None], columns] <= limits[rows, None]
    tail_start = group_size * group_count
    tail_rows, tail_columns = torch.nonzero(product[:, tail_start:] <= limits[:, None], as_tuple=True)
    all_rows = torch.cat([rows[:, None].expand_as(columns)[near], tail_rows])
    all_columns = torch.cat([columns[near], tail_columns + tail_start])
    return all_rows.cpu().numpy(), all_columns.cpu().numpy()
