"""Farthest-first traversal with the picks of the plain greedy loop, without a pass over all points a pick.

The plain loop (Gonzalez 1985) reads every point for every centre and is bound by memory bandwidth. Here the
points farthest from the chosen ones form an active set. While its farthest point is at least as far as the
active set's threshold, no other point can be picked, since distances only fall; so many picks touch a small
matrix in the cache. Then all their distances to all points come from one matrix product. Products only bound;
any entry within their error margin is measured by direct difference in float64, so that picks, assignments
and distances are those of the plain float64 loop. Points whose own centre lies more than twice their
distance away from every new centre are skipped (triangle inequality).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch

from detectors.memory.arrays import AnyArray, BoolArray, Float32Array, FloatArray, IndexArray
from detectors.memory.distances import (
    indexed_squared_distances,
    pair_squared_distances,
    product_margin,
    squared_norms,
)
from detectors.memory.products import CentreProduct

_ACTIVE_POINTS = 2_048
_ROWS_PER_BLOCK = 8_192
_PRODUCT_ELEMENTS = 4_000_000
_CHOSEN = -1.0

Advance = Callable[[int], None]


class FarthestFirst:
    """The running state: each point's squared distance to its nearest centre, and which that is."""

    def __init__(self, points: AnyArray, start_squared: FloatArray | None = None) -> None:
        """Start with no centre.

        Args:
            points: (N, d) float16, finite; an array or a memory map.
            start_squared: (N,) squared distances to start from (a start variant's virtual centres), or
                None for infinity.
        """
        self._points = points
        self._norms_squared = np.concatenate(
            [squared_norms(np.asarray(points[rows])) for rows in _blocks(len(points))]
        )
        self._norm_max = float(np.sqrt(self._norms_squared.max()))
        self.squared = np.full(len(points), np.inf) if start_squared is None else start_squared.copy()
        self.assignment = np.full(len(points), -1, np.int32)
        self.chosen: list[int] = []

    def choose(self, index: int) -> None:
        """Make one point a centre."""
        self._choose_all(np.array([index], np.int64))

    def grow(self, count: int, *, radius: float = -1.0, advance: Advance | None = None) -> None:
        """Choose the farthest point, ties to the lowest index, until there are `count` centres.

        A chosen point is never chosen again, even where all others coincide with centres.

        Args:
            count: number of centres wanted in all, at most N.
            radius: stop earlier, once no point is farther than this from its nearest centre; negative: never.
            advance: called with the number of centres after each batch; may raise to stop.
        """
        while len(self.chosen) < count:
            active_set = self._active_set()
            picks = self._picks_within(active_set, count - len(self.chosen), radius)
            if not picks:
                return
            self._choose_all(active_set.rows[picks])
            if advance is not None:
                advance(len(self.chosen))

    def _active_set(self) -> "_ActiveSet":
        size = min(_ACTIVE_POINTS, len(self.squared) - len(self.chosen))
        threshold = float(np.partition(self.squared, -size)[-size])
        above = np.flatnonzero(self.squared > threshold)
        tied = np.flatnonzero(self.squared == threshold)[: size - len(above)]
        return _ActiveSet(np.sort(np.concatenate([above, tied])), threshold, int(tied[-1]))

    def _picks_within(self, active_set: "_ActiveSet", limit: int, radius: float) -> list[int]:
        """The plain loop's picks, as positions in the set, until its farthest point is below the rest."""
        active, threshold, last_tied = active_set
        points = np.asarray(self._points[active]).astype(np.float64)
        bounds = self._lower_bounds(points.astype(np.float32), active)
        squared = self.squared[active]
        picks: list[int] = []
        while len(picks) < limit:
            pick = int(np.argmax(squared))
            tie_is_lost = squared[pick] == threshold and active[pick] > last_tied
            if squared[pick] < threshold or tie_is_lost or covered(squared[pick], radius):
                break
            near = np.flatnonzero(bounds[pick] <= squared)
            squared[near] = np.minimum(squared[near], pair_squared_distances(points[near], points[pick]))
            squared[pick] = _CHOSEN
            picks.append(pick)
        return picks

    def _lower_bounds(self, points: Float32Array, active: IndexArray) -> Float32Array:
        norms = self._norms_squared[active]
        margin = float(product_margin(points.shape[1], float(np.sqrt(norms.max())), self._norm_max))
        wide = torch.from_numpy(points)
        shifted = torch.from_numpy((norms - 2 * margin).astype(np.float32))
        product = torch.addmm(shifted, wide, wide.T, alpha=-2)
        product += torch.from_numpy(norms.astype(np.float32))[:, None]
        result: Float32Array = product.numpy()
        return result

    def _choose_all(self, indices: IndexArray) -> None:
        """Append centres and bring every point's distance and assignment up to date."""
        first = len(self.chosen)
        new = np.asarray(self._points[indices]).astype(np.float32)
        centre_gap = self._gap_to_new(new) if first else None
        product = CentreProduct(new, self._norms_squared[indices])
        for rows in _blocks(len(self._points)):
            wanted = self._may_improve(rows, centre_gap)
            if len(wanted):
                self._update(wanted, product, first)
        self.squared[indices] = _CHOSEN
        self.chosen.extend(indices.tolist())

    def _gap_to_new(self, new: Float32Array) -> FloatArray:
        """A lower bound of each old centre's squared distance to the nearest new centre; last entry 0."""
        old_indices = np.asarray(self.chosen)
        old = np.asarray(self._points[old_indices]).astype(np.float32)
        product = CentreProduct(new, squared_norms(new))
        norms = self._norms_squared[old_indices]
        gaps = np.concatenate(
            [product.of(old[rows]).amin(1).numpy() + norms[rows] for rows in _blocks(len(old))]
        )
        gaps -= product_margin(new.shape[1], np.sqrt(norms), self._norm_max)
        return np.append(gaps, 0.0)

    def _may_improve(self, rows: slice, centre_gap: FloatArray | None) -> IndexArray:
        squared = self.squared[rows]
        if centre_gap is None:
            return np.flatnonzero(squared >= 0) + rows.start
        # assignment -1 (a start variant's virtual centre) reads the last gap, 0: never skipped.
        return np.flatnonzero(4 * squared > centre_gap[self.assignment[rows]]) + rows.start

    def _update(self, rows: IndexArray, product: CentreProduct, first: int) -> None:
        points = np.asarray(self._points[rows])
        norms = self._norms_squared[rows]
        margin = product_margin(points.shape[1], np.sqrt(norms), self._norm_max)
        approximate = product.of(points.astype(np.float32))
        minima = approximate.amin(1).numpy()
        limits = np.minimum(self.squared[rows] - norms, minima + margin) + margin
        improved = np.flatnonzero(minima <= limits)
        if len(improved) == 0:
            return
        within = approximate.numpy()[improved] <= limits[improved, None]
        local, columns = np.nonzero(within)
        local = improved[local]
        exact = indexed_squared_distances(points, local, product.centres, columns)
        self._take_minima(rows[local], exact, columns + first)

    def _take_minima(self, rows: IndexArray, exact: FloatArray, ordinals: IndexArray) -> None:
        """Lower the rows' distances and assign them; ties keep the lowest ordinal."""
        order = np.lexsort((ordinals, exact, rows))
        rows, exact, ordinals = rows[order], exact[order], ordinals[order]
        lead = np.flatnonzero(np.diff(rows, prepend=-1))
        rows, exact, ordinals = rows[lead], exact[lead], ordinals[lead]
        better = exact < self.squared[rows]
        self.squared[rows[better]] = exact[better]
        self.assignment[rows[better]] = ordinals[better]


class _ActiveSet(NamedTuple):
    """The farthest points, and what is known of all others.

    Attributes:
        rows: ascending indices.
        threshold: no other point is farther; of those tied at it the set holds the lowest indices.
        last_tied: the highest index among these ties: a tie after it may have a predecessor outside the set.
    """

    rows: IndexArray
    threshold: float
    last_tied: int


def covered(squared: FloatArray | float, radius: float) -> BoolArray | bool:
    """Whether points at these squared distances lie within a cover radius, which is a float32 distance."""
    return np.sqrt(np.maximum(squared, 0.0)).astype(np.float32) <= radius


def _blocks(count: int) -> list[slice]:
    return [slice(start, min(start + _ROWS_PER_BLOCK, count)) for start in range(0, count, _ROWS_PER_BLOCK)]
