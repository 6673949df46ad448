"""Which pairs of a point and a new centre are near enough to be measured: two ways, one interface.

Matrix products only bound. Whatever they leave over is measured by direct difference elsewhere.
"""

from typing import Protocol

import numpy as np
import torch

from detectors.devices import multiplies_bfloat16
from detectors.memory.arrays import AnyArray, Float32Array, FloatArray, IndexArray
from detectors.memory.distances import product_margin
from detectors.memory.folded import FoldedProduct, finite
from detectors.memory.principal import PrincipalBounds
from detectors.memory.products import CentreProduct
from detectors.memory.rounded import RoundedProduct, RoundedVectors, mean_vector, rounded_vectors

Pairs = tuple[IndexArray, IndexArray]

_MOST_ROWS = 8_192
_PAIRS_PER_PRODUCT = 1_000_000
_PAIRS_PER_ROUNDED_PRODUCT = 4_000_000
"""So large a product stays in the cache while it is read again."""

_DENSE_SHARE = 1 / 128
"""With more pairs left than this, whole products are faster than measuring each."""


class NewCentres(Protocol):
    """Points about to become centres.

    Attributes:
        rows_at_once: most points of one call.
    """

    rows_at_once: int

    def pairs(self, rows: IndexArray, squared: FloatArray) -> Pairs:
        """Pairs among which is every point that has a nearer new centre, with the nearest of these.

        Args:
            rows: (n,) points.
            squared: (n,) what is nearer: squared distances.

        Returns:
            Positions in `rows`, ascending, and ordinals of new centres; not all of them are near.
        """

    def gaps(self, rows: IndexArray) -> FloatArray:
        """(n,) lower bounds of points' squared distances to the nearest new centre."""


class CentreSearch(Protocol):
    """The points of a pool, prepared for products with some of them."""

    def among(self, indices: IndexArray, *, first: bool) -> NewCentres:
        """New centres: (m,) indices of points; `first` if there is no other centre, so that all are near."""


def centre_search(points: AnyArray, norms_squared: FloatArray, device: torch.device | None) -> CentreSearch:
    """The fastest search on this processor; nothing but its speed depends on it.

    Args:
        points: (N, d) float16, finite; an array or a memory map, read in blocks.
        norms_squared: (N,) float64, their squared norms.
        device: where products are computed, None: the CPU.
    """
    if multiplies_bfloat16(device):
        return RoundedSearch(points)
    return WholeSearch(points, norms_squared, device or torch.device("cpu"))


class RoundedSearch:
    """By products of all points, rounded once to bfloat16."""

    def __init__(self, points: AnyArray) -> None:
        self._points = rounded_vectors(points, mean_vector(points))

    def among(self, indices: IndexArray, *, first: bool) -> NewCentres:
        del first
        return _RoundedCentres(self._points, indices)


class _RoundedCentres:
    def __init__(self, points: RoundedVectors, indices: IndexArray) -> None:
        self._points = points
        self._product = RoundedProduct(self._points.take(indices))
        self.rows_at_once = _rows_at_once(_PAIRS_PER_ROUNDED_PRODUCT, len(indices))

    def pairs(self, rows: IndexArray, squared: FloatArray) -> Pairs:
        distances = self._product.of(self._points.take(rows))
        folded = FoldedProduct(distances.values, 1, None)
        nearest = distances.limits(folded.bounds(1))
        limits = torch.minimum(nearest, distances.limits_within(squared))
        local, columns = folded.below(finite(limits), torch.arange(len(rows)))
        return local.numpy(), columns.numpy()

    def gaps(self, rows: IndexArray) -> FloatArray:
        return self._product.of(self._points.take(rows)).lower_bounds()


def _rows_at_once(pairs: int, centres: int) -> int:
    return max(1, min(_MOST_ROWS, pairs // centres))


class WholeSearch:
    """By products of short vectors; where these leave too many pairs, by products of the whole vectors."""

    def __init__(self, points: AnyArray, norms_squared: FloatArray, device: torch.device) -> None:
        self.points = points
        self.norms_squared = norms_squared
        self.norm_max = float(np.sqrt(norms_squared.max()))
        self.device = device
        self._bounds: PrincipalBounds | None = None

    def among(self, indices: IndexArray, *, first: bool) -> NewCentres:
        if first:
            return _WholeCentres(self, indices, None)
        self._bounds = self._bounds or PrincipalBounds(self.points, self.device)
        return _WholeCentres(self, indices, self._bounds)

    def wide(self, rows: IndexArray) -> Float32Array:
        """(n, d) float32 points."""
        return np.asarray(self.points[rows]).astype(np.float32)


class _WholeCentres:
    def __init__(self, search: WholeSearch, indices: IndexArray, bounds: PrincipalBounds | None) -> None:
        self._search = search
        self._product = CentreProduct(search.wide(indices), search.norms_squared[indices], search.device)
        self._short = None if bounds is None else bounds.to_centres(indices)
        if self._short is not None:
            self.rows_at_once = self._short.rows_at_once
        else:
            self.rows_at_once = _rows_at_once(_PAIRS_PER_PRODUCT, len(indices))

    def pairs(self, rows: IndexArray, squared: FloatArray) -> Pairs:
        if self._short is not None:
            near = self._short.may_be_near(rows, squared)
            positions = np.flatnonzero(near)
            if len(positions) <= _DENSE_SHARE * near.size:
                return np.divmod(positions, near.shape[1])
        norms = self._search.norms_squared[rows]
        approximate, margin = self._products(rows, norms)
        limits = np.minimum(squared - norms, approximate.min(axis=1) + margin) + margin
        local, columns = np.nonzero(approximate <= limits[:, None])
        return local, columns

    def gaps(self, rows: IndexArray) -> FloatArray:
        norms = self._search.norms_squared[rows]
        approximate, margin = self._products(rows, norms)
        result: FloatArray = approximate.min(axis=1) + norms - margin
        return result

    def _products(self, rows: IndexArray, norms: FloatArray) -> tuple[Float32Array, FloatArray]:
        points = self._search.wide(rows)
        margin = np.asarray(product_margin(points.shape[1], np.sqrt(norms), self._search.norm_max))
        return self._product.of(points).cpu().numpy(), margin
