"""The few bank vectors that may be a query's nearest, from short vectors along the bank's principal axes."""

from typing import NamedTuple

import numpy as np
import torch

from detectors.memory.arrays import AnyArray, FloatArray, IndexArray
from detectors.memory.distances import indexed_squared_distances, squared_norms
from detectors.memory.folded import Barred, FoldedProduct, finite
from detectors.memory.principal import PrincipalAxes, bound_margin
from detectors.memory.products import CentreProduct

_CROWDED_GROUPS = 24
"""A query with more groups of vectors near enough, as one far from the bank has, takes whole products."""


class Shortlisted(NamedTuple):
    """What is left of all pairs of a query and a vector.

    Attributes:
        rows: query of each pair.
        columns: vector of each pair.
        crowded: queries without pairs: too many vectors may be their nearest.
    """

    rows: IndexArray
    columns: IndexArray
    crowded: IndexArray


class Shortlist:
    """Short vectors of a bank."""

    def __init__(self, vectors: AnyArray, device: torch.device | None) -> None:
        """Rotate the bank's (M, d) vectors."""
        self._vectors = vectors
        self._axes = PrincipalAxes(vectors)
        short = self._axes.shortened(vectors)
        norms_squared = squared_norms(short)
        self._norm_max = float(np.sqrt(norms_squared.max()))
        self._product = CentreProduct(short, norms_squared, device)

    def pairs(self, queries: AnyArray, k: int, barred: Barred | None) -> Shortlisted:
        """Pairs that contain the k nearest vectors of every query that is not crowded."""
        short = self._axes.shortened(queries)
        norms = squared_norms(short)
        folded = FoldedProduct(self._product.of(short), k, barred)
        limits = self._upper_bounds(queries, folded, k) - norms
        limits += bound_margin(short.shape[1], np.sqrt(norms), self._norm_max)
        tops = finite(torch.from_numpy(limits).to(folded.minima.device))
        crowded = (folded.minima <= tops[:, None]).sum(1) > _CROWDED_GROUPS
        rows, columns = folded.below(tops, torch.nonzero(~crowded)[:, 0])
        return Shortlisted(
            rows.cpu().numpy(), columns.cpu().numpy(), torch.nonzero(crowded)[:, 0].cpu().numpy()
        )

    def _upper_bounds(self, queries: AnyArray, folded: FoldedProduct, k: int) -> FloatArray:
        """(Q,) the largest squared distance to some k vectors, chosen for their low bounds."""
        values, columns = (found.cpu().numpy() for found in folded.least(k))
        every_query = np.repeat(np.arange(len(queries)), k)
        exact = indexed_squared_distances(queries, every_query, self._vectors, columns.ravel())
        exact[np.isinf(values).ravel()] = np.inf
        result: FloatArray = exact.reshape(values.shape).max(axis=1)
        return result
