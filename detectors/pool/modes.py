"""Modes of a pool: the kinds of pictures it consists of, their number chosen by the data.

Average linkage (UPGMA) merges images by their mean distances. A merge is a border between two modes where the
two sides are much farther from each other than each is wide; all other images belong to the mode they are
nearest to. Large pools are represented by images that lie far apart, so that time grows with their number.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import pdist

from detectors.memory.arrays import Float32Array, IndexArray

LEADERS = 1_000
"""Pools of more images are clustered by this many of them."""

_SEPARATION = 0.3
_LEAST_SHARE = 0.005
_LEAST_MEMBERS = 3
_SMALL = 0.25

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Modes:
    """The modes of a pool, the largest first.

    Attributes:
        labels: (N,) mode of each image, from 0.
        sizes: (M,) images of each mode.
        evenness: 0…1; 1 when all modes are of one size, see `evenness_of`.
        small: modes with less than a quarter of an even share.
    """

    labels: IndexArray
    sizes: IndexArray
    evenness: float
    small: tuple[int, ...]


def find_modes(vectors: Float32Array, groups: IndexArray | None = None) -> Modes:
    """Cluster a pool.

    Args:
        vectors: (N, d) embeddings of length 1.
        groups: (N,) groups of near-duplicates: copies of one image are no mode, so each group counts once.
    """
    count = len(vectors)
    if count == 0:
        empty = np.zeros(0, np.int64)
        return Modes(empty, empty, 1.0, ())
    own = np.arange(count) if groups is None else groups
    _, first, group_of = np.unique(own, return_index=True, return_inverse=True)
    labels = _clusters(vectors[first])[group_of]
    sizes = np.bincount(labels)
    order = np.argsort(-sizes, kind="stable")
    rank = np.argsort(order)
    sizes = sizes[order]
    small = tuple(int(mode) for mode in np.flatnonzero(sizes < _SMALL * count / len(sizes)))
    return Modes(rank[labels], sizes, evenness_of(sizes), small)


def evenness_of(sizes: IndexArray) -> float:
    """Entropy of the shares over its largest value (Pielou 1966): 1 for equal sizes, to 0 for one giant.

    One size alone is as even as can be: 1.
    """
    counted = sizes[sizes > 0]
    if len(counted) < 2:
        return 1.0
    shares = counted / counted.sum()
    return float(-(shares * np.log(shares)).sum() / np.log(len(counted)))


def _clusters(vectors: Float32Array) -> IndexArray:
    """(N,) cluster of each image, in no particular order."""
    if len(vectors) < 2 * _LEAST_MEMBERS:
        return np.zeros(len(vectors), np.int64)
    leaders, leader_of = _leaders(vectors)
    least = max(_LEAST_MEMBERS, int(np.ceil(_LEAST_SHARE * len(vectors))))
    cores = _Tree(vectors, leaders, leader_of).cores(least)
    return _to_nearest_core(vectors, leaders, leader_of, cores)


def _leaders(vectors: Float32Array) -> tuple[IndexArray, IndexArray]:
    """Positions of images that lie far apart (farthest first), and the number of each image's leader."""
    if len(vectors) <= LEADERS:
        everyone = np.arange(len(vectors))
        return everyone, everyone
    chosen = [0]
    nearest = np.zeros(len(vectors), np.int64)
    similarity = vectors @ vectors[0]
    while len(chosen) < LEADERS:
        chosen.append(int(np.argmin(similarity)))
        to_new = vectors @ vectors[chosen[-1]]
        closer = to_new > similarity
        nearest[closer] = len(chosen) - 1
        similarity[closer] = to_new[closer]
    return np.array(chosen), nearest


class _Tree:
    """The merges of average linkage, from the leaves up."""

    def __init__(self, vectors: Float32Array, leaders: IndexArray, leader_of: IndexArray) -> None:
        count = len(leaders)
        self._merges = linkage(pdist(vectors[leaders].astype(np.float64)), "average")
        self._count = count
        followers = np.bincount(leader_of, minlength=count)
        self._images = np.concatenate([followers, np.zeros(count - 1, np.int64)])
        self._leaves: list[list[int]] = [[leaf] for leaf in range(count)]
        # Mean distance between two images of a node; in a leaf, of its images to their leader.
        to_leader = np.linalg.norm(vectors - vectors[leaders[leader_of]], axis=1)
        inside = np.bincount(leader_of, to_leader, minlength=count) / np.maximum(followers - 1, 1)
        self._spread = np.concatenate([inside, np.zeros(count - 1)])
        for number, (left, right, height, _) in enumerate(self._merges):
            self._merge(count + number, int(left), int(right), float(height))

    def _merge(self, node: int, left: int, right: int, height: float) -> None:
        first, second = int(self._images[left]), int(self._images[right])
        self._leaves.append(self._leaves[left] + self._leaves[right])
        self._images[node] = first + second
        inside = _pairs(first) * self._spread[left] + _pairs(second) * self._spread[right]
        # The height of a merge of average linkage is the mean distance between its two sides.
        self._spread[node] = (inside + first * second * height) / _pairs(first + second)

    def cores(self, least: int) -> list[list[int]]:
        """Leaves of the parts between which there are borders; all leaves in one list where there is none."""
        # Of each node: the parts inside it, none where it has no border, and how wide the widest of them is.
        parts: list[list[int]] = [[] for _ in range(self._count)]
        width = self._spread[: self._count].tolist()
        for number, (left, right, height, _) in enumerate(self._merges):
            sides = (int(left), int(right))
            node, widest = self._count + number, max(width[side] for side in sides)
            big_enough = all(self._images[side] >= least for side in sides)
            if big_enough and float(height) > 0 and widest <= (1 - _SEPARATION) * float(height):
                parts.append([part for side in sides for part in (parts[side] or [side])])
                width.append(widest)
            else:
                inner = [part for side in sides for part in parts[side]]
                parts.append(inner)
                width.append(widest if inner else float(self._spread[node]))
        return [self._leaves[part] for part in parts[-1] or [len(parts) - 1]]


def _pairs(count: int) -> int:
    return count * (count - 1) // 2


def _to_nearest_core(
    vectors: Float32Array, leaders: IndexArray, leader_of: IndexArray, cores: list[list[int]]
) -> IndexArray:
    of_leader = np.full(len(leaders), -1, np.int64)
    for number, core in enumerate(cores):
        of_leader[core] = number
    labels = of_leader[leader_of]
    means = np.stack([vectors[labels == number].mean(axis=0) for number in range(len(cores))])
    stray = labels < 0
    distances = (means**2).sum(axis=1) - 2 * vectors[stray] @ means.T
    labels[stray] = distances.argmin(axis=1)
    return labels
