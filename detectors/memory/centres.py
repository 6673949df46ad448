"""Each point's nearest centre, kept while centres are added.

Matrix products leave few pairs of a point and a new centre (`near_centres`). These are measured by direct
difference in float64, so that assignments and distances are those of a plain float64 loop. Points whose own
centre lies more than twice their distance away from every new centre are skipped (triangle inequality).
"""

import numpy as np
import torch

from detectors.memory.arrays import AnyArray, FloatArray, IndexArray
from detectors.memory.distances import indexed_squared_distances, squared_norms
from detectors.memory.near_centres import NewCentres, centre_search

CHOSEN = -1.0
"""The squared distance of a centre itself, below that of every other point."""

_ROWS_PER_BLOCK = 8_192


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
        self.norms_squared = np.concatenate(
            [squared_norms(np.asarray(points[rows])) for rows in _blocks(len(points))]
        )
        self.norm_max = float(np.sqrt(self.norms_squared.max()))
        self._search = centre_search(points, self.norms_squared, device)
        self.squared = np.full(len(points), np.inf) if start_squared is None else start_squared.copy()
        self.assignment = np.full(len(points), -1, np.int32)
        self.chosen: list[int] = []

    def add(self, indices: IndexArray) -> None:
        """Make points centres, in this order."""
        new = self._search.among(indices, first=not self.chosen)
        vectors = np.asarray(self._points[indices])
        wanted = self._may_improve(self._gaps_of_chosen(new) if self.chosen else None)
        for part in _blocks(len(wanted), new.rows_at_once):
            self._update(wanted[part], vectors, new)
        self.squared[indices] = CHOSEN
        self.chosen.extend(indices.tolist())

    def _gaps_of_chosen(self, new: NewCentres) -> FloatArray:
        """A lower bound of each old centre's squared distance to the nearest new centre; last entry 0."""
        old = np.asarray(self.chosen)
        return np.append(
            np.concatenate([new.gaps(old[part]) for part in _blocks(len(old), new.rows_at_once)]), 0.0
        )

    def _may_improve(self, centre_gap: FloatArray | None) -> IndexArray:
        if centre_gap is None:
            return np.flatnonzero(self.squared >= 0)
        # assignment -1 (a start variant's virtual centre) reads the last gap, 0: never skipped.
        found = [
            np.flatnonzero(4 * self.squared[rows] > centre_gap[self.assignment[rows]]) + rows.start
            for rows in _blocks(len(self._points))
        ]
        return np.concatenate(found)

    def _update(self, rows: IndexArray, vectors: AnyArray, new: NewCentres) -> None:
        near, ordinals = new.pairs(rows, self.squared[rows])
        near = rows[near]
        exact = indexed_squared_distances(self._points, near, vectors, ordinals)
        self._take_minima(near, exact, ordinals + len(self.chosen))

    def _take_minima(self, rows: IndexArray, exact: FloatArray, ordinals: IndexArray) -> None:
        """Lower the rows' distances and assign them; ties keep the lowest ordinal."""
        order = np.lexsort((ordinals, exact, rows))
        rows, exact, ordinals = rows[order], exact[order], ordinals[order]
        lead = np.flatnonzero(np.diff(rows, prepend=-1))
        rows, exact, ordinals = rows[lead], exact[lead], ordinals[lead]
        better = exact < self.squared[rows]
        self.squared[rows[better]] = exact[better]
        self.assignment[rows[better]] = ordinals[better]


def _blocks(count: int, rows: int = _ROWS_PER_BLOCK) -> list[slice]:
    return [slice(start, min(start + rows, count)) for start in range(0, count, rows)]
