"""Groups of images that show the same: equal pixels, or the same picture compressed, shifted or brightened.

Hashes and embeddings propose a few pairs for each image, in n·log n time; `likeness` decides each pair; pairs
that agree are joined into groups.
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
    count = len(pixel_hashes)
    _, contents = np.unique(np.asarray(pixel_hashes), return_inverse=True)
    exact = chain_of(contents)
    proposed = _proposed(perceptual_hashes, vectors)
    proposed = proposed[contents[proposed[:, 0]] != contents[proposed[:, 1]]]
    alike = likenesses(spectra_of(fingerprints), proposed) if len(proposed) else np.zeros(0, np.float32)
    joined = np.concatenate([exact, proposed[alike >= ALIKE_FROM]])
    strength = np.concatenate([np.ones(len(exact), np.float32), alike[alike >= ALIKE_FROM]])
    graph = coo_array((np.ones(len(joined)), (joined[:, 0], joined[:, 1])), shape=(count, count))
    labels = connected_components(graph, directed=False)[1].astype(np.int64)
    return Duplicates(labels, _groups(labels, contents, joined, strength))


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


def _groups(
    labels: IndexArray, contents: IndexArray, joined: IndexArray, strength: Float32Array
) -> tuple[DuplicateGroup, ...]:
    weakest = np.ones(int(labels.max(initial=-1)) + 1, np.float32)
    np.minimum.at(weakest, labels[joined[:, 0]], np.minimum(strength, 1))
    order = np.argsort(labels, kind="stable")
    starts = np.flatnonzero(np.diff(labels[order], prepend=-1))
    found = [
        DuplicateGroup(
            members=tuple(int(member) for member in members),
            is_exact=len(set(contents[members].tolist())) == 1,
            likeness=float(weakest[labels[members[0]]]),
        )
        for members in np.split(order, starts[1:])
        if len(members) > 1
    ]
    return tuple(sorted(found, key=lambda group: (-len(group.members), group.members)))
