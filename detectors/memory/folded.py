"""A product of queries and bank vectors, folded into groups of columns so that few entries are looked at."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from detectors.memory.arrays import IndexArray

_GROUP_SIZE = 64


class Barred(NamedTuple):
    """Vectors that a query must not find: those with its label.

    Attributes:
        labels: (M,) label of each indexed vector.
        of_query: (Q,) the label barred for each query.
    """

    labels: IndexArray
    of_query: IndexArray

    def take(self, rows: IndexArray | slice) -> "Barred":
        """The same bar for some of the queries."""
        return Barred(self.labels, self.of_query[rows])


class FoldedProduct:
    """(Q, M) values with the minimum of each group of up to 64 columns.

    The k-th smallest group minimum is an upper bound of the k-th smallest value: whoever looks for the k
    smallest reads only the groups below it.

    Attributes:
        minima: (Q, groups); the last columns, fewer than the groups, are in none.
    """

    def __init__(self, values: Tensor, k: int, barred: Barred | None) -> None:
        """Fold.

        Args:
            values: (Q, M), M at least k, float32, or bfloat16 of which none is negative; barred entries are
                set to infinity in place.
            k: how many of the smallest values are looked for.
            barred: entries that do not count, or None.
        """
        if barred is not None:
            _bar(values, barred)
        columns = values.shape[1]
        self._values = values
        self._group_size = max(1, min(_GROUP_SIZE, columns // (4 * k)))
        self._group_count = columns // self._group_size
        folded = values[:, : self._group_size * self._group_count]
        self._folded = folded.view(len(values), self._group_size, self._group_count)
        self.minima = _minima(self._folded)

    def bounds(self, k: int) -> Tensor:
        """(Q,) float32: at least the k-th smallest value of each row."""
        lowest = self.minima.amin(1) if k == 1 else self.minima.kthvalue(k, dim=1).values
        return lowest.float()

    def least(self, k: int) -> tuple[Tensor, Tensor]:
        """Small values (Q, k), ascending, and their columns: the least of each of the k lowest groups."""
        lowest = self.minima.topk(k, dim=1, largest=False)
        members = self._folded.gather(2, lowest.indices[:, None].expand(-1, self._group_size, -1))
        return lowest.values, lowest.indices + self._group_count * members.argmin(1)

    def below(self, limits: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Rows and columns of all entries not above their row's limit, of some rows.

        Args:
            limits: (Q,) float32, finite.
            rows: (n,) the rows looked at, ascending.
        """
        limits = limits[rows]
        near_rows, groups = torch.nonzero(self.minima[rows] <= limits[:, None], as_tuple=True)
        offsets = self._group_count * torch.arange(self._group_size, device=rows.device)
        columns = groups[:, None] + offsets
        near = self._values[rows[near_rows][:, None], columns] <= limits[near_rows, None]
        tail_start = self._group_size * self._group_count
        tail = self._values[rows, tail_start:] <= limits[:, None]
        tail_rows, tail_columns = torch.nonzero(tail, as_tuple=True)
        all_rows = torch.cat([near_rows[:, None].expand_as(columns)[near], tail_rows])
        return rows[all_rows], torch.cat([columns[near], tail_columns + tail_start])


def _minima(folded: Tensor) -> Tensor:
    """The minimum over dimension 1."""
    if folded.dtype == torch.bfloat16:
        # Numbers that are not negative are ordered as their bits, and integers are compared much faster.
        return folded.view(torch.int16).amin(1).view(torch.bfloat16)
    return folded.amin(1)


def finite(limits: Tensor) -> Tensor:
    """Limits as float32; an infinite one (fewer than k are not barred) still keeps the barred entries out."""
    return limits.to(torch.float32).clamp(max=torch.finfo(torch.float32).max)


def _bar(values: Tensor, barred: Barred) -> None:
    for label in np.unique(barred.of_query):
        rows = torch.from_numpy(np.flatnonzero(barred.of_query == label)).to(values.device)
        columns = torch.from_numpy(np.flatnonzero(barred.labels == label)).to(values.device)
        values[rows[:, None], columns] = torch.inf
