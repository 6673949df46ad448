"""Each point's nearest centre, kept while centres are added.

Products of short vectors rule out most pairs of a point and a new centre. Where too many are left (the first
centres are all far away), products of the whole vectors rule out all but the nearest. Products only bound:
any pair within their error margin is measured by direct difference in float64, so that assignments and
distances are those of a plain float64 loop. Points whose own centre lies more than twice their distance away
from every new centre are skipped (triangle inequality).
"""

from typing import NamedTuple

import numpy as np
import torch

from detectors.memory.arrays import AnyArray, Float32Array, FloatArray, IndexArray
from detectors.memory.distances import indexed_squared_distances, product_margin, squared_norms
from detectors.memory.principal import CentreBounds, PrincipalBounds
from detectors.memory.products import CentreProduct

CHOSEN = -1.0
"""The squared distance of a centre itself, below that of every other point."""

_ROWS_PER_BLOCK = 8_192
_PAIRS_PER_PRODUCT = 1_000_000
_DENSE_SHARE = 1 / 128
"""With more pairs left than this, whole products are faster than measuring each."""


class NearestCentres:
    """Squared distance of every point to its nearest centre, and which that is.

    Attributes:
        squared: (N,) float64; `CHOSEN` for the centres themselves.
        assignment: (N,) int32, ordinal of the nearest centre, ties to the lowest; -1 before the first.
        chosen: the centres' indices, in the order of choice.
        norms_squared: (N,) float64, squared norms of the points.
        norm_max: the largest norm.
    """

    def __init__(
        self, points: AnyArray, start_squared: FloatArray | None = None, device: torch.device | None = None
    ) -> None:
        """Start with no centre.

        Args:
            points: (N, d) float16, finite; an array or a memory map.
            start_squared: (N,) squared distances to start from (a start variant's virtual centres), or
                None for infinity.
            device: where products are computed; None: the CPU.
        """
        self._points = points
        self._device = device or torch.device("cpu")
        self._bounds: PrincipalBounds | None = None
        self.norms_squared = np.concatenate(
            [squared_norms(np.asarray(points[rows])) for rows in _blocks(len(points))]
        )
        self.norm_max = float(np.sqrt(self.norms_squared.max()))
        self.squared = np.full(len(points), np.inf) if start_squared is None else start_squared.copy()
        self.assignment = np.full(len(points), -1, np.int32)
        self.chosen: list[int] = []

    def add(self, indices: IndexArray) -> None:
        """Make points centres, in this order."""
        new = self._new_centres(indices)
        centre_gap = self._gap_to_new(new) if self.chosen else None
        for rows in _blocks(len(self._points)):
            wanted = self._may_improve(rows, centre_gap)
            if len(wanted):
                self._update(wanted, new)
        self.squared[indices] = CHOSEN
        self.chosen.extend(indices.tolist())

    def _new_centres(self, indices: IndexArray) -> "_NewCentres":
        wide = np.asarray(self._points[indices]).astype(np.float32)
        short = None
        if self.chosen:
            self._bounds = self._bounds or PrincipalBounds(self._points, self._device)
            short = self._bounds.to_centres(indices)
        product = CentreProduct(wide, self.norms_squared[indices], self._device)
        return _NewCentres(len(self.chosen), product, short)

    def _gap_to_new(self, new: "_NewCentres") -> FloatArray:
        """A lower bound of each old centre's squared distance to the nearest new centre; last entry 0."""
        old_indices = np.asarray(self.chosen)
        old = np.asarray(self._points[old_indices]).astype(np.float32)
        norms = self.norms_squared[old_indices]
        step = max(1, _PAIRS_PER_PRODUCT // len(new.product.centres))
        gaps = np.concatenate(
            [new.product.minima(old[first : first + step]) for first in range(0, len(old), step)]
        )
        gaps = gaps + norms
        gaps -= product_margin(old.shape[1], np.sqrt(norms), self.norm_max)
        return np.append(gaps, 0.0)

    def _may_improve(self, rows: slice, centre_gap: FloatArray | None) -> IndexArray:
        squared = self.squared[rows]
        if centre_gap is None:
            return np.flatnonzero(squared >= 0) + rows.start
        # assignment -1 (a start variant's virtual centre) reads the last gap, 0: never skipped.
        return np.flatnonzero(4 * squared > centre_gap[self.assignment[rows]]) + rows.start

    def _update(self, rows: IndexArray, new: "_NewCentres") -> None:
        count = len(new.product.centres)
        step = len(rows) if new.short is None else new.short.rows_at_once
        pairs = []
        for first in range(0, len(rows), step):
            part = rows[first : first + step]
            near = None if new.short is None else self._near_by_bounds(part, new.short)
            if near is None or len(near[0]) > _DENSE_SHARE * len(part) * count:
                near = self._near_by_products(part, new.product)
            pairs.append((part[near[0]], near[1]))
        near_rows, columns = (np.concatenate(side) for side in zip(*pairs, strict=True))
        exact = indexed_squared_distances(self._points, near_rows, new.product.centres, columns)
        self._take_minima(near_rows, exact, columns + new.first)

    def _near_by_bounds(self, rows: IndexArray, short: CentreBounds) -> tuple[IndexArray, IndexArray]:
        near = short.may_be_near(rows, self.squared[rows])
        return np.divmod(np.flatnonzero(near), near.shape[1])

    def _near_by_products(self, rows: IndexArray, product: CentreProduct) -> tuple[IndexArray, IndexArray]:
        """Pairs nearer than the row's centre, of which only those that may be the row's nearest."""
        points = np.asarray(self._points[rows]).astype(np.float32)
        norms = self.norms_squared[rows]
        margin = product_margin(points.shape[1], np.sqrt(norms), self.norm_max)
        approximate: Float32Array = product.of(points).cpu().numpy()
        limits = np.minimum(self.squared[rows] - norms, approximate.min(axis=1) + margin) + margin
        local, columns = np.nonzero(approximate <= limits[:, None])
        return local, columns

    def _take_minima(self, rows: IndexArray, exact: FloatArray, ordinals: IndexArray) -> None:
        """Lower the rows' distances and assign them; ties keep the lowest ordinal."""
        order = np.lexsort((ordinals, exact, rows))
        rows, exact, ordinals = rows[order], exact[order], ordinals[order]
        lead = np.flatnonzero(np.diff(rows, prepend=-1))
        rows, exact, ordinals = rows[lead], exact[lead], ordinals[lead]
        better = exact < self.squared[rows]
        self.squared[rows[better]] = exact[better]
        self.assignment[rows[better]] = ordinals[better]


class _NewCentres(NamedTuple):
    """Centres about to be added.

    Attributes:
        first: ordinal of the first of them.
        product: of their whole vectors.
        short: bounds by short vectors, None where there was no centre before.
    """

    first: int
    product: CentreProduct
    short: CentreBounds | None


def _blocks(count: int) -> list[slice]:
    return [slice(start, min(start + _ROWS_PER_BLOCK, count)) for start in range(0, count, _ROWS_PER_BLOCK)]
