"""Image scores from patch distances, as PatchCore defines them (Roth et al., CVPR 2022, equations 6 and 7).

The image scores by its worst patch. Re-weighting raises the score of a patch whose nearest bank vector is
itself far from its neighbours. The paper's code has no re-weighting; anomalib's default of b = 9 neighbours
is ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

import numpy as np

from detectors.errors import InputError
from detectors.memory.arrays import AnyArray, Float32Array, IndexArray
from detectors.memory.distances import pair_squared_distances

ImageScore = Literal["reweighted", "max"]


class NeighbourSource(Protocol):
    """What image scores need of a memory bank."""

    @property
    def vectors(self) -> AnyArray:
        """(M, d) bank vectors."""

    def neighbourhoods(self, positions: IndexArray, count: int) -> IndexArray:
        """For each of some vectors the positions of the `count` nearest, itself included."""


@dataclass(frozen=True)
class WorstPatch:
    """All that an image score depends on.

    Attributes:
        distance: to the nearest bank vector.
        nearest: position of that vector.
        feature: (d,) the patch's features.
    """

    distance: float
    nearest: int
    feature: AnyArray


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


def patch_distances(squared: AnyArray) -> Float32Array:
    """A patch's score: its mean L2 distance to its k nearest vectors.

    Args:
        squared: (P, k) float64 squared distances.

    Returns:
        (P,) float32.
    """
    distances = np.sqrt(squared).astype(np.float32)
    result: Float32Array = distances[:, 0] if distances.shape[1] == 1 else distances.mean(axis=1)
    return result


def worst_patch(distances: AnyArray, indices: AnyArray, queries: AnyArray) -> WorstPatch:
    """The patch farthest from the bank, ties to the first.

    Args:
        distances: (P,) float32 distance of each patch to its nearest bank vector.
        indices: (P,) position of that vector.
        queries: (P, d) the patches' features.

    Raises:
        InputError: no patches.
    """
    if len(distances) == 0:
        raise InputError("The image has no patches inside the region of interest.")
    worst = int(np.argmax(distances))
    return WorstPatch(float(distances[worst]), int(indices[worst]), np.array(queries[worst]))


def image_scores(
    worst: Sequence[WorstPatch],
    bank: NeighbourSource,
    *,
    mode: ImageScore = "reweighted",
    neighbours: int = 9,
) -> Float32Array:
    """Score images by their worst patches.

    Args:
        worst: the worst patch of each image.
        bank: where the neighbours of the patches' nearest vectors are looked up.
        mode: `reweighted` or `max` (the worst distance itself).
        neighbours: b, vectors in the re-weighting; 1 means none.

    Returns:
        (N,) float32, higher = more anomalous, in feature units.

    Raises:
        InputError: an unknown mode, or fewer bank vectors than b.
    """
    if mode not in get_args(ImageScore):
        raise InputError(f"Unknown image score {mode!r}; known are {', '.join(get_args(ImageScore))}.")
    scores = np.array([patch.distance for patch in worst], np.float32)
    if mode == "max" or neighbours == 1 or not worst:
        return scores
    nearest, rows = np.unique([patch.nearest for patch in worst], return_inverse=True)
    members = bank.neighbourhoods(nearest, neighbours)
    for number, patch in enumerate(worst):
        spread = np.sqrt(pair_squared_distances(bank.vectors[members[rows[number]]], patch.feature))
        scores[number] = reweighting(patch.distance, spread) * patch.distance
    return scores


def image_score(
    distances: AnyArray,
    indices: AnyArray,
    queries: AnyArray,
    bank: NeighbourSource,
    *,
    mode: ImageScore = "reweighted",
    neighbours: int = 9,
) -> float:
    """Score one image: `worst_patch`, then `image_scores`; arguments and errors are theirs."""
    worst = worst_patch(distances, indices, queries)
    return float(image_scores([worst], bank, mode=mode, neighbours=neighbours)[0])
