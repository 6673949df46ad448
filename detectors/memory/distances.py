"""Exact distances between given pairs, and the error margin of those that come from a matrix product.

Matrix products are fast but lose digits in |x|² - 2xy + |y|². They serve as bounds only: whatever they
cannot decide within `product_margin` is decided again by direct difference in float64.
"""

import numpy as np
import torch

from detectors.errors import InputError
from detectors.memory.arrays import AnyArray, FloatArray

_PAIRS_PER_BLOCK = 1_024
"""The float64 copies of so many pairs stay in a core's cache."""

_ROWS_PER_CHECK = 16_384
_FLOAT32_UNIT = 2.0**-24


def pair_squared_distances(left: AnyArray, right: AnyArray) -> FloatArray:
    """Squared L2 distances of matching rows, by direct difference in float64.

    Args:
        left: (P, d) or (d,) of any float type.
        right: (P, d) or (d,), broadcast against `left`.

    Returns:
        (P,) float64; symmetric bit for bit, and the same however the pairs are grouped.
    """
    difference = widened(left) - widened(right)
    difference *= difference
    result: FloatArray = np.ascontiguousarray(difference).sum(axis=-1)
    return result


def widened(vectors: AnyArray) -> FloatArray:
    """The same values in float64; float16 goes by way of float32, which processors convert far faster."""
    if vectors.dtype == np.float16:
        vectors = torch.from_numpy(np.require(vectors, requirements=["C", "W"])).float().numpy()
    return vectors.astype(np.float64)


def indexed_squared_distances(
    left: AnyArray, left_rows: AnyArray, right: AnyArray, right_rows: AnyArray
) -> FloatArray:
    """`pair_squared_distances` of `left[left_rows]` and `right[right_rows]`, in blocks of bounded memory."""
    result = np.empty(len(left_rows))
    for start in range(0, len(left_rows), _PAIRS_PER_BLOCK):
        block = slice(start, start + _PAIRS_PER_BLOCK)
        result[block] = pair_squared_distances(left[left_rows[block]], right[right_rows[block]])
    return result


def squared_norms(vectors: AnyArray) -> FloatArray:
    """Squared L2 norms of the rows of (N, d), float64."""
    wide = widened(vectors)
    result: FloatArray = np.einsum("ij,ij->i", wide, wide)
    return result


def product_margin(
    dimension: int, left_norms: FloatArray | float, right_norm_max: float
) -> FloatArray | float:
    """Largest error of a squared distance that came from a float32 matrix product.

    A float32 dot product of d terms, summed in any order, is off by at most about d units of |x||y|.

    Args:
        dimension: d.
        left_norms: L2 norms of the rows on one side (float64).
        right_norm_max: the largest L2 norm on the other side.

    Returns:
        A bound for each of `left_norms`, in squared feature units.
    """
    return _FLOAT32_UNIT * (dimension + 16) * (left_norms + right_norm_max) ** 2


def require_finite(vectors: AnyArray, what: str) -> None:
    """Refuse anything but a non-empty, finite (N, d) array.

    Raises:
        InputError: naming `what` and the first row with NaN or infinite values.
    """
    if vectors.ndim != 2 or vectors.shape[1] == 0:
        raise InputError(f"{what} must have the shape (vectors, dimension), not {vectors.shape}.")
    if vectors.dtype.kind != "f":
        raise InputError(f"{what} must be floating-point numbers, not {vectors.dtype}.")
    for start in range(0, len(vectors), _ROWS_PER_CHECK):
        finite = np.isfinite(vectors[start : start + _ROWS_PER_CHECK]).all(axis=1)
        if not finite.all():
            row = start + int(np.argmin(finite))
            raise InputError(f"{what} contain NaN or infinite values, first in row {row}.")
