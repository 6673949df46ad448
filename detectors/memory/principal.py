"""Lower bounds of distances from a few coordinates of each point.

Along the principal axes of a pool most of a distance lies in a few coordinates. The rest of two points is at
least as far apart as its lengths differ, so that length is one coordinate more: the distance of these short
vectors never exceeds the distance of the points. (Orthogonal axes and the triangle inequality; for nearest
neighbours by principal axes see McNames 2001.)
"""

import numpy as np
import torch

from detectors.memory.arrays import AnyArray, BoolArray, Float32Array, FloatArray, IndexArray
from detectors.memory.distances import product_margin, squared_norms, widened

_AXES = 64
_SAMPLED_ROWS = 8_192
_ROWS_PER_BLOCK = 8_192
_PAIRS_PER_PRODUCT = 400_000
"""So large a product stays in a core's cache while it is read again."""

_ROTATION_UNITS = 32
"""The short vectors are rounded to float32: off by at most this many units of the points' norms squared."""


class PrincipalAxes:
    """The mean and the first orthonormal axes of a pool; any vectors can be rotated to them."""

    def __init__(self, points: AnyArray) -> None:
        """Find the axes of (N, d) points: up to 64, from rows spread evenly over the pool."""
        step = -(-len(points) // _SAMPLED_ROWS)
        sample = widened(points[::step])
        self._mean = sample.mean(axis=0)
        sample -= self._mean
        _, axes = np.linalg.eigh(sample.T @ sample)
        self._axes = np.ascontiguousarray(axes[:, ::-1][:, :_AXES])

    @property
    def width(self) -> int:
        """Values in a short vector: the coordinates, and the length of what they leave out."""
        return self._axes.shape[1] + 1

    def shortened(self, points: AnyArray) -> Float32Array:
        """(n, width): short vectors of (n, d) points, no farther from each other than the points are."""
        centred = widened(points) - self._mean
        rotated = centred @ self._axes
        rest = squared_norms(centred) - squared_norms(rotated)
        return np.column_stack([rotated, np.sqrt(np.maximum(rest, 0.0))]).astype(np.float32)


def bound_margin(width: int, norms: FloatArray | float, other_norm_max: float) -> FloatArray | float:
    """Largest excess of a squared distance of short vectors, by matrix product, over the points' own."""
    return product_margin(width + _ROTATION_UNITS, norms, other_norm_max)


class PrincipalBounds:
    """Short vectors of all points of a pool."""

    def __init__(self, points: AnyArray, device: torch.device) -> None:
        """Find the axes and rotate every point.

        Args:
            points: (N, d) float16, finite; an array or a memory map, read in blocks.
            device: where the products are computed.
        """
        axes = PrincipalAxes(points)
        short = np.empty((len(points), axes.width), np.float32)
        self._norms_squared = np.empty(len(points))
        for first in range(0, len(points), _ROWS_PER_BLOCK):
            block = slice(first, first + _ROWS_PER_BLOCK)
            short[block] = axes.shortened(points[block])
            self._norms_squared[block] = squared_norms(short[block])
        self._norm_max = float(np.sqrt(self._norms_squared.max()))
        self._short = torch.from_numpy(short).to(device)

    def to_centres(self, indices: IndexArray) -> "CentreBounds":
        """Bounds of distances to some of the points, (m,) indices."""
        return CentreBounds(self._augmented(indices, -2.0, self._norms_squared[indices], 1.0), self)

    def queries(self, rows: IndexArray, squared: FloatArray) -> torch.Tensor:
        """(n, width) whose products with a centre's column are not positive where it may be near enough."""
        norms = self._norms_squared[rows]
        margin = bound_margin(self._short.shape[1], np.sqrt(norms), self._norm_max)
        limits = squared - norms + margin
        return self._augmented(rows, 1.0, 1.0, -limits)

    def _augmented(
        self, rows: IndexArray, factor: float, second_last: FloatArray | float, last: FloatArray | float
    ) -> torch.Tensor:
        """(n, width): short vectors times a factor, and two columns more."""
        width = self._short.shape[1]
        result = self._short.new_empty((len(rows), width + 2))
        short = self._short[torch.from_numpy(rows).to(result.device)]
        torch.mul(short, factor, out=result[:, :width])
        result[:, width] = torch.as_tensor(second_last, dtype=result.dtype)
        result[:, width + 1] = torch.as_tensor(last, dtype=result.dtype)
        return result


class CentreBounds:
    """Which points may be near to m centres.

    Attributes:
        rows_at_once: most points of one call.
    """

    def __init__(self, centres: torch.Tensor, bounds: PrincipalBounds) -> None:
        self._centres = centres.T.contiguous()
        self._bounds = bounds
        self.rows_at_once = max(1, _PAIRS_PER_PRODUCT // len(centres))
        # One buffer for all calls: fresh memory of this size costs as much as a third of the product.
        self._product = centres.new_empty((self.rows_at_once, len(centres)))

    def may_be_near(self, rows: IndexArray, squared: FloatArray) -> BoolArray:
        """Whether a centre may be at most a given distance away.

        Args:
            rows: (n,) points, n at most `rows_at_once`.
            squared: (n,) squared distances.

        Returns:
            (n, m) bool; False is certain, True is not.
        """
        product = self._product[: len(rows)]
        torch.mm(self._bounds.queries(rows, squared), self._centres, out=product)
        if product.device.type == "cpu":  # where numpy compares several times as fast
            return np.asarray(product.numpy() <= 0)
        result: BoolArray = (product <= 0).cpu().numpy()
        return result
