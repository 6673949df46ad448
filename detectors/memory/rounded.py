"""Squared distances of vectors rounded to bfloat16, for processors that multiply these many times as fast.

The rounded vectors are a little off, by lengths that are known: by the triangle inequality no distance
changes by more than the two lengths. What is near enough within that is measured again. All vectors are moved
by the mean of the fixed ones first, since what is rounded away grows with their length.
"""

from typing import NamedTuple

import numpy as np
import torch

from detectors.memory.arrays import AnyArray, FloatArray
from detectors.memory.distances import product_margin, squared_norms, widened

_UNIT = 2.0**-8
"""A float32 rounded to bfloat16 is off by at most half of this share of itself."""

_ROWS_PER_BLOCK = 16_384
_NORM_PARTS = 3
"""So many bfloat16 hold all digits of a float32."""


class RoundedProduct:
    """Distances of queries to a fixed set of vectors, rounded; `limits` says what the rounding may hide."""

    def __init__(self, vectors: AnyArray) -> None:
        """Round (M, d) vectors, finite floats."""
        self._mean = _mean(vectors)
        blocks = [self._centred(vectors[rows]) for rows in _blocks(len(vectors))]
        rounded = torch.cat([block.rounded for block in blocks])
        norms_squared = np.concatenate([block.norms_squared for block in blocks])
        self._error_max = max(float(block.errors.max()) for block in blocks)
        self._norm_max = float(np.sqrt(norms_squared.max()))
        ones = torch.ones((len(rounded), _NORM_PARTS), dtype=torch.bfloat16)
        # |x|² + |c|² - 2 x·c in one product: the norms are coordinates more, in parts that lose no digits.
        rows = torch.cat([-2 * rounded, _parts(norms_squared), ones], dim=1)
        self._columns = rows.T.contiguous()

    def of(self, queries: AnyArray) -> "RoundedDistances":
        """The distances of (Q, d) finite queries to every vector."""
        rounded, errors, norms_squared = self._centred(queries)
        margins = np.asarray(product_margin(len(self._columns), np.sqrt(norms_squared), self._norm_max))
        # With its margin added no value is negative.
        offsets = _parts(norms_squared + margins)
        ones = torch.ones((len(rounded), _NORM_PARTS), dtype=torch.bfloat16)
        values = torch.mm(torch.cat([rounded, ones, offsets], dim=1), self._columns)
        return RoundedDistances(values, errors + self._error_max, margins)

    def _centred(self, vectors: AnyArray) -> "_Centred":
        centred = widened(vectors) - self._mean
        rounded = torch.from_numpy(centred).bfloat16()
        exact = rounded.double().numpy()
        return _Centred(rounded, np.sqrt(squared_norms(centred - exact)), squared_norms(exact))


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
        upper = np.sqrt(nearest.double().numpy() * (1 + _UNIT)) + 2 * self._errors
        return torch.from_numpy((upper**2 + 2 * self._margins) * (1 + _UNIT)).float()


class _Centred(NamedTuple):
    """Vectors moved by the mean of the fixed ones, and rounded.

    Attributes:
        rounded: (n, d) bfloat16.
        errors: (n,) how far the rounding moved each.
        norms_squared: (n,) of the rounded vectors.
    """

    rounded: torch.Tensor
    errors: FloatArray
    norms_squared: FloatArray


def _mean(vectors: AnyArray) -> FloatArray:
    total = sum(widened(vectors[rows]).sum(axis=0) for rows in _blocks(len(vectors)))
    return np.asarray(total) / len(vectors)


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
