"""Which images may be copies of each other: few pairs for each, found in n·log n time."""

import faiss
import numpy as np
import numpy.typing as npt

from detectors.memory.arrays import Float32Array, IndexArray

EXACT_UP_TO = 2_000
"""Up to here every image is compared with every other one; beyond, a graph is searched."""

_LINKS = 24
_SEARCH_BREADTH = 64

Pairs = npt.NDArray[np.int64]


def nearest_by_vector(vectors: Float32Array, count: int) -> tuple[Float32Array, IndexArray]:
    """The `count` nearest images of each, itself left out.

    Args:
        vectors: (N, d), of length 1.
        count: neighbours of each image; fewer where there are fewer images.

    Returns:
        Cosines (N, k), falling, and positions (N, k). Beyond 2,000 images a neighbour may be missed
        (HNSW, Malkov and Yashunin 2018).
    """
    images, dimension = vectors.shape
    kept = min(count + 1, images)
    index: faiss.Index = faiss.IndexFlatIP(dimension)
    if images > EXACT_UP_TO:
        index = faiss.IndexHNSWFlat(dimension, _LINKS, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efSearch = _SEARCH_BREADTH
    index.add(vectors)
    cosines, positions = index.search(vectors, kept)
    return without_self(cosines, positions, count)


def nearest_by_hash(hashes: IndexArray, count: int) -> tuple[npt.NDArray[np.int32], IndexArray]:
    """The `count` images of each whose 64-bit hashes differ least, itself left out.

    Args:
        hashes: (N,) signed 64-bit integers.
        count: neighbours of each image.

    Returns:
        Differing bits (N, k), rising, and positions (N, k).
    """
    codes = np.ascontiguousarray(hashes.astype(">i8")).view(np.uint8).reshape(-1, 8)
    index: faiss.IndexBinary = faiss.IndexBinaryFlat(64)
    if len(codes) > EXACT_UP_TO:
        index = faiss.IndexBinaryHNSW(64, _LINKS)
        index.hnsw.efSearch = _SEARCH_BREADTH
    index.add(codes)
    bits, positions = index.search(codes, min(count + 1, len(codes)))
    return without_self(bits, positions, count)


def without_self(values: npt.NDArray, positions: IndexArray, count: int) -> tuple[npt.NDArray, IndexArray]:  # type: ignore[type-arg]
    """Drop each row's own position, or its last entry where equal images crowded it out."""
    own = positions == np.arange(len(positions))[:, None]
    own[~own.any(axis=1), -1] = True
    shape = (len(positions), positions.shape[1] - 1)
    return values[~own].reshape(shape)[:, :count], positions[~own].reshape(shape)[:, :count]


def pairs_of(positions: IndexArray, keep: npt.NDArray[np.bool_]) -> Pairs:
    """(P, 2) pairs (image, neighbour) with the smaller number first, each once, sorted.

    Args:
        positions: (N, k) neighbours of each image; -1 where a search found none.
        keep: (N, k) which of them count.
    """
    rows, columns = np.nonzero(keep & (positions >= 0))
    found = np.stack([rows, positions[rows, columns]], axis=1)
    return np.unique(np.sort(found, axis=1), axis=0)


def chain_of(labels: npt.NDArray[np.generic]) -> Pairs:
    """Pairs that join all images of one label, one after the other."""
    order = np.argsort(labels, kind="stable")
    same = labels[order][1:] == labels[order][:-1]
    return np.sort(np.stack([order[:-1][same], order[1:][same]], axis=1), axis=1)
