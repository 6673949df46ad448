"""Which new patches a bank needs: those that it does not cover yet."""

from typing import NamedTuple

import numpy as np

from detectors.memory.arrays import AnyArray, FloatArray, IndexArray
from detectors.memory.bank import MemoryBank
from detectors.memory.farthest_first import FarthestFirst, covered

VECTORS_PER_ADDITION = 128


class Growth(NamedTuple):
    """The patches that an addition takes, and those left for a later one.

    Attributes:
        taken: row numbers, in the order of choice.
        queued: row numbers that are still farther from the bank than its cover radius.
    """

    taken: IndexArray
    queued: IndexArray


def uncovered(bank: MemoryBank, features: AnyArray, *, limit: int = VECTORS_PER_ADDITION) -> Growth:
    """Choose greedily among patches farther from the bank than its cover radius.

    Args:
        bank: the bank, not empty.
        features: (P, d) float16, finite.
        limit: largest number to take.

    Raises:
        InputError: an empty bank, or features that do not fit it.
    """
    if len(features) == 0:
        return Growth(np.empty(0, np.int64), np.empty(0, np.int64))
    squared, _ = bank.search_squared(features, 1)
    return farthest_until_covered(features, squared[:, 0], bank.cover_radius, limit)


def farthest_until_covered(features: AnyArray, squared: FloatArray, radius: float, limit: int) -> Growth:
    """Pick the farthest patch again and again until all lie within `radius` of the bank or of a pick.

    Args:
        features: (P, d) float16.
        squared: (P,) squared distances to the bank; infinite where it is empty.
        radius: the cover radius to reach.
        limit: largest number of picks.
    """
    open_rows = np.flatnonzero(~np.asarray(covered(squared, radius)))
    if len(open_rows) == 0:
        return Growth(open_rows, open_rows)
    traversal = FarthestFirst(features[open_rows], squared[open_rows])
    traversal.grow(min(limit, len(open_rows)), radius=radius)
    left = ~np.asarray(covered(traversal.squared, radius))
    return Growth(open_rows[np.asarray(traversal.chosen, np.int64)], open_rows[left])
