"""Squared distances of vectors rounded to bfloat16, for processors that multiply these many times as fast.

The rounded vectors are a little off, by lengths that are known: by the triangle inequality no distance
changes by more than the two lengths. What is near enough within that is measured again. All vectors are moved
by the mean of the fixed ones first, since what is rounded away grows with their length.
"""

from typing import NamedTuple

import numpy as np
import torch

from detectors.memory.arrays import AnyArray, FloatArray, IndexArray
from detectors.memory.distances import product_margin, squared_norms, widened

_UNIT = 2.0**-8
"""A float32 rounded to bfloat16 is off by at most half of this share of itself."""

_ROWS_PER_BLOCK = 2_048
_NORM_PARTS = 3
"""So many bfloat16 hold all digits of a float32."""


class RoundedVectors(NamedTuple):
    """Vectors moved by a mean, and rounded.

    Attributes:
        rounded: (n, d) bfloat16.
        errors: (n,) how far the rounding moved each.
        norms_squared: (n,) of the rounded vectors.
    """

    rounded: torch.Tensor
    errors: FloatArray
    norms_squared: FloatArray

    def take(self, rows: IndexArray) -> "RoundedVectors":
        """Some of them."""
        chosen = torch.from_numpy(rows)
        return RoundedVectors(self.rounded[chosen], self.errors[rows], self.norms_squared[rows])


def mean_vector(vectors: AnyArray) -> FloatArray:
    """(d,) the mean of (n, d) vectors, read in blocks."""
    total = sum(widened(vectors[rows]).sum(axis=0) for rows in _blocks(len(vectors)))
    return np.asarray(total) / len(vectors)


def rounded_vectors(vectors: AnyArray, mean: FloatArray) -> RoundedVectors:
    """Move (n, d) finite floats by a mean and round them, in blocks."""
    count = len(vectors)
    result = RoundedVectors(
        torch.empty(vectors.shape, dtype=torch.bfloat16), np.empty(count), np.empty(count)
    )
    for rows in _blocks(count):
        centred = widened(vectors[rows]) - mean
        result.rounded[rows] = torch.from_numpy(centred)
        exact = result.rounded[rows].double().numpy()
        result.norms_squared[rows] = squared_norms(exact)
        centred -= exact
        result.errors[rows] = np.sqrt(squared_norms(centred))
    return result


class RoundedProduct:
    """Distances of queries to a fixed set of vectors, rounded; `RoundedDistances` says what that may hide."""

    def __init__(self, vectors: RoundedVectors) -> None:
        """Lay out M vectors, moved by the same mean as the queries will be."""
        self._error_max = float(vectors.errors.max())
        self._norm_max = float(np.sqrt(vectors.norms_squared.max()))
        ones = torch.ones((len(vectors.rounded), _NORM_PARTS), dtype=torch.bfloat16)
        # |x|² + |c|² - 2 x·c in one product: the norms are coordinates more, in parts that lose no digits.
        rows = torch.cat([-2 * vectors.rounded, _parts(vectors.norms_squared), ones], dim=1)
        self._columns = rows.T.contiguous()

    def of(self, queries: RoundedVectors) -> "RoundedDistances":
        """The distances of Q queries to every vector."""
        norms = np.sqrt(queries.norms_squared)
        margins = np.asarray(product_margin(len(self._columns), norms, self._norm_max))
        # With its margin added no value is negative.
        offsets = _parts(queries.norms_squared + margins)
        ones = torch.ones((len(norms), _NORM_PARTS), dtype=torch.bfloat16)
        values = torch.mm(torch.cat([queries.rounded, ones, offsets], dim=1), self._columns)
        return RoundedDistances(values, queries.errors + self._error_max, margins)


class RoundedDistances:
    """Squared distances between rounded vectors.

    Attributes:
        values: (Q, M) bfloat16, none negative.
    """

    def __init__(self, values: torch.Tensor, errors: FloatArray, margins: FloatArray) -> None:
        self.values = values
        self._errors = errors
        self._margins = margins

    def limits(self, nearest: torch.Tensor) -> torch.Tensor:
        """The largest value of a vector that may be among a query's k nearest.

        Args:
            nearest: (Q,) an upper bound of the k-th smallest value of each query.

        Returns:
            (Q,) float32.
        """
        return self._value_limits(np.sqrt(nearest.double().numpy() * (1 + _UNIT)) + 2 * self._errors)

    def limits_within(self, squared: FloatArray) -> torch.Tensor:
        """The largest value of a vector that may be at most a squared distance away: (Q,) float32."""
        return self._value_limits(np.sqrt(squared) + self._errors)

    def lower_bounds(self) -> FloatArray:
        """(Q,) no vector's squared distance to the query is below this."""
        least = self.values.view(torch.int16).amin(1).view(torch.bfloat16).double().numpy()
        gap = np.sqrt(np.maximum(least * (1 - _UNIT) - 2 * self._margins, 0.0)) - self._errors
        result: FloatArray = np.maximum(gap, 0.0) ** 2
        return result

    def _value_limits(self, distances: FloatArray) -> torch.Tensor:
        """The largest value of rounded vectors at most a distance apart."""
        return torch.from_numpy((distances**2 + 2 * self._margins) * (1 + _UNIT)).float()


def _blocks(count: int) -> list[slice]:
    return [slice(first, first + _ROWS_PER_BLOCK) for first in range(0, count, _ROWS_PER_BLOCK)]


def _parts(values: FloatArray) -> torch.Tensor:
    """(n,) as (n, 3) bfloat16 whose sums are the values to float32's precision."""
    rest = torch.from_numpy(values)
    parts = []
    for _ in range(_NORM_PARTS):
        parts.append(rest.bfloat16())
        rest = rest - parts[-1].double()
    return torch.stack(parts, dim=1)
