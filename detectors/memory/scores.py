"""Image scores from patch distances, as PatchCore defines them (Roth et al., CVPR 2022, equations 6 and 7).

The image scores by its worst patch. Re-weighting raises the score of a patch whose nearest bank vector is
itself far from its neighbours. The paper's code has no re-weighting; anomalib's default of b = 9 neighbours
is ours.
"""

from typing import Literal, Protocol

import numpy as np

from detectors.errors import InputError
from detectors.memory.arrays import AnyArray, FloatArray, IndexArray
from detectors.memory.distances import pair_squared_distances

ImageScore = Literal["reweighted", "max"]


class NeighbourSource(Protocol):
    """What image scores need of a memory bank."""

    @property
    def vectors(self) -> AnyArray:
        """(M, d) bank vectors."""

    def neighbours_of(self, bank_index: int, count: int) -> IndexArray:
        """Indices of the `count` bank vectors nearest to one of them, itself included."""


def reweighting(worst_distance: float, neighbour_distances: AnyArray) -> float:
    """The factor 1 - exp(s*) / Σ exp(‖m_test* - m‖), finite for any finite distances.

    Args:
        worst_distance: s*, distance of the worst patch to its nearest bank vector m*.
        neighbour_distances: (b,) distances of the worst patch to the b bank vectors nearest to m*, m* among
            them.

    Returns:
        1 - 1/b to below 1; exactly 1 for b = 1, where the paper's formula would make every score 0.
    """
    if len(neighbour_distances) == 1:
        return 1.0
    wide = np.asarray(neighbour_distances, np.float64)
    largest = max(float(wide.max()), worst_distance)
    share = np.exp(worst_distance - largest) / np.exp(wide - largest).sum()
    return float(1.0 - share)


def image_score(
    distances: AnyArray,
    indices: AnyArray,
    queries: AnyArray,
    bank: NeighbourSource,
    *,
    mode: ImageScore = "reweighted",
    neighbours: int = 9,
) -> float:
    """Score one image by its worst patch, ties to the first patch.

    Args:
        distances: (P,) distance of each patch to its nearest bank vector.
        indices: (P,) index of that vector in the bank.
        queries: (P, d) the patches' features.
        bank: where the neighbours of the worst patch's vector are looked up.
        mode: `reweighted` or `max` (the worst distance itself).
        neighbours: b, vectors in the re-weighting; 1 means none.

    Returns:
        The image score, higher = more anomalous, in feature units.

    Raises:
        InputError: no patches, an unknown mode, or fewer bank vectors than b.
    """
    if len(distances) == 0:
        raise InputError("The image has no patches inside the region of interest.")
    worst = int(np.argmax(distances))
    if mode == "max" or neighbours == 1:
        return float(distances[worst])
    if mode != "reweighted":
        raise InputError(f"Unknown image score {mode!r}; known are 'reweighted' and 'max'.")
    members = bank.neighbours_of(int(indices[worst]), neighbours)
    spread: FloatArray = np.sqrt(pair_squared_distances(bank.vectors[members], queries[worst]))
    worst_distance = float(np.float32(distances[worst]))
    return float(np.float32(reweighting(worst_distance, spread) * worst_distance))
