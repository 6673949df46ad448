"""Groups of images that show the same: equal pixels, or the same picture compressed, shifted or brightened.

Hashes and embeddings propose a few pairs for each image, in n·log n time; `likeness` decides each pair; pairs
that agree are joined into groups. A strong compression takes likeness away: so a pair of less likeness also
shows the same where the perceptual hash agrees and both pictures are far less like all others.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from detectors.memory.arrays import Float32Array, IndexArray
from detectors.pool.likeness import likenesses, spectra_of
from detectors.pool.neighbours import chain_of, nearest_by_hash, nearest_by_vector, pairs_of

ALIKE_FROM = 0.8
"""A pair of this likeness shows the same."""

_LEAST_ALIKE, _LEAST_LEAD, _AGREEING_BITS = 0.5, 0.1, 4
"""From this likeness on a pair may show the same: if it leads by so much, and so few bits differ."""

_PROPOSED = 4
_MOST_BITS = 20
_LEAST_COSINE = 0.94


@dataclass(frozen=True)
class DuplicateGroup:
    """Images that show the same.

    Attributes:
        members: positions, ascending.
        is_exact: all have equal pixels.
        likeness: the lowest likeness among the pairs that joined them, 1 for equal pixels.
    """

    members: tuple[int, ...]
    is_exact: bool
    likeness: float


@dataclass(frozen=True)
class Duplicates:
    """The groups of a pool.

    Attributes:
        labels: (N,) number of each image's group; an image without duplicates has one of its own.
        groups: those of two images or more, the largest first.
    """

    labels: IndexArray
    groups: tuple[DuplicateGroup, ...]


def find_duplicates(
    pixel_hashes: Sequence[str],
    perceptual_hashes: IndexArray,
    fingerprints: npt.NDArray[np.uint8],
    vectors: Float32Array | None = None,
) -> Duplicates:
    """Find the groups of N images.

    Args:
        pixel_hashes: N hashes of the very pixels.
        perceptual_hashes: (N,) signed 64-bit integers.
        fingerprints: (N, 128, 128) uint8, see `looks`.
        vectors: (N, d) embeddings of length 1, or None where there are none.
    """
    _, first, content_of = np.unique(np.asarray(pixel_hashes), return_index=True, return_inverse=True)
    # Equal pixels are one content; what follows compares contents.
    hashes = perceptual_hashes[first]
    proposed = _proposed(hashes, None if vectors is None else vectors[first])
    alike = (
        likenesses(spectra_of(fingerprints[first]), proposed) if len(proposed) else np.zeros(0, np.float32)
    )
    joins = (alike >= ALIKE_FROM) | (
        (alike >= _LEAST_ALIKE)
        & (_lead(proposed, alike, len(first)) >= _LEAST_LEAD)
        & (_differing_bits(hashes, proposed) <= _AGREEING_BITS)
    )
    joined = proposed[joins]
    graph = coo_array((np.ones(len(joined)), (joined[:, 0], joined[:, 1])), shape=(len(first), len(first)))
    label_of_content = connected_components(graph, directed=False)[1].astype(np.int64)
    weakest = np.ones(len(first), np.float32)
    np.minimum.at(weakest, label_of_content[joined[:, 0]], alike[joins])
    labels = label_of_content[content_of]
    return Duplicates(labels, _groups(labels, content_of, weakest))


def _lead(pairs: IndexArray, alike: Float32Array, count: int) -> Float32Array:
    """(P,) by how much each pair is more alike than any other pair that one of its two belongs to."""
    ends, values = pairs.T.ravel(), np.tile(alike, 2)
    order = np.lexsort((-values, ends))
    starts = np.flatnonzero(np.diff(ends[order], prepend=-1))
    best, runner_up = np.zeros(count, np.float32), np.zeros(count, np.float32)
    best[ends[order[starts]]] = values[order[starts]]
    seconds = np.setdiff1d(starts + 1, np.append(starts, len(order)))
    runner_up[ends[order[seconds]]] = values[order[seconds]]
    rivals = np.where(values == best[ends], runner_up[ends], best[ends]).reshape(2, -1)
    return np.asarray(alike - rivals.max(axis=0, initial=0), np.float32)


def _differing_bits(hashes: IndexArray, pairs: IndexArray) -> IndexArray:
    return np.asarray(np.bitwise_count((hashes[pairs[:, 0]] ^ hashes[pairs[:, 1]]).view(np.uint64)), np.int64)


def _proposed(hashes: IndexArray, vectors: Float32Array | None) -> IndexArray:
    if len(hashes) < 2:
        return np.zeros((0, 2), np.int64)
    bits, positions = nearest_by_hash(hashes, _PROPOSED)
    # Equal hashes crowd each other out of the lists, so they are chained as well.
    proposals = [pairs_of(positions, bits <= _MOST_BITS), chain_of(hashes)]
    if vectors is not None:
        cosines, positions = nearest_by_vector(vectors, _PROPOSED)
        proposals.append(pairs_of(positions, cosines >= _LEAST_COSINE))
    return np.unique(np.concatenate(proposals), axis=0)


def _groups(labels: IndexArray, content_of: IndexArray, weakest: Float32Array) -> tuple[DuplicateGroup, ...]:
    order = np.argsort(labels, kind="stable")
    starts = np.flatnonzero(np.diff(labels[order], prepend=-1))
    found = [
        DuplicateGroup(
            members=tuple(int(member) for member in members),
            is_exact=len(set(content_of[members].tolist())) == 1,
            likeness=float(weakest[labels[members[0]]]),
        )
        for members in np.split(order, starts[1:])
        if len(members) > 1
    ]
    return tuple(sorted(found, key=lambda group: (-len(group.members), group.members)))
