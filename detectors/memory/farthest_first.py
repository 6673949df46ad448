"""Farthest-first traversal with the picks of the plain greedy loop, without a pass over all points a pick.

The plain loop (Gonzalez 1985) reads every point for every centre and is bound by memory bandwidth. Here the
points farthest from the chosen ones form an active set. While its farthest point is at least as far as the
active set's threshold, no other point can be picked, since distances only fall; so many picks touch a small
matrix in the cache. Then all of them become centres at once (`NearestCentres`). Matrix products only bound;
picks, assignments and distances are those of the plain float64 loop.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch

from detectors.memory.arrays import BoolArray, Float32Array, FloatArray, IndexArray
from detectors.memory.centres import CHOSEN, NearestCentres
from detectors.memory.distances import pair_squared_distances, product_margin

_ACTIVE_POINTS = 2_048

Advance = Callable[[int], None]


class FarthestFirst(NearestCentres):
    """The traversal: `choose` the start, then `grow`."""

    def choose(self, index: int) -> None:
        """Make one point a centre."""
        self.add(np.array([index], np.int64))

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
            self.add(active_set.rows[picks])
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
            squared[pick] = CHOSEN
            picks.append(pick)
        return picks

    def _lower_bounds(self, points: Float32Array, active: IndexArray) -> Float32Array:
        norms = self.norms_squared[active]
        margin = float(product_margin(points.shape[1], float(np.sqrt(norms.max())), self.norm_max))
        wide = torch.from_numpy(points)
        shifted = torch.from_numpy((norms - 2 * margin).astype(np.float32))
        product = torch.addmm(shifted, wide, wide.T, alpha=-2)
        product += torch.from_numpy(norms.astype(np.float32))[:, None]
        result: Float32Array = product.numpy()
        return result


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
