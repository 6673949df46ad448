"""Coresets: a few patch features that stand for all of them.

Greedy k-centre selection as PatchCore uses it (Roth et al., CVPR 2022, algorithm 1), with the start
variants of the paper's code and of anomalib. The textbook start keeps the guarantee: cover radius at most
twice the optimum.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import torch

from detectors.errors import InputError
from detectors.memory.arrays import AnyArray, Float16Array, Float32Array, FloatArray, IndexArray, Int32Array
from detectors.memory.distances import pair_squared_distances, require_finite, squared_norms
from detectors.memory.farthest_first import FarthestFirst
from detectors.memory.nearest import ExactNearest

Start = Literal["textbook", "official_exact", "official_approximate", "anomalib"]
Progress = Callable[[float, str], None]

_BLOCK_ROWS = 16_384
_APPROXIMATE_START_POINTS = 10


@dataclass(frozen=True)
class Coreset:
    """Chosen rows, and how well they cover all rows.

    Attributes:
        indices: (m,) int64, the chosen rows in the order of choice.
        assignment: (N,) int32, the ordinal (position in `indices`) of each row's nearest chosen row; ties go
            to the lowest ordinal.
        distances: (N,) float32, L2 distance to that chosen row.
        cover_radius: the largest distance, in feature units.
    """

    indices: IndexArray
    assignment: Int32Array
    distances: Float32Array
    cover_radius: float


def k_centre_greedy(
    features: AnyArray,
    rows: int,
    *,
    seed: int = 0,
    start: Start = "textbook",
    projection_dim: int | None = None,
    device: torch.device | None = None,
    progress: Progress | None = None,
) -> Coreset:
    """Choose rows one by one, each the farthest from those chosen before.

    The picks are those of a plain float64 loop on the float16 features, ties to the lowest index, whatever
    the machine. With a projection the picks are made on projected float16 features, while assignment,
    distances and radius are still those of the features themselves.

    Args:
        features: (N, d) float16, finite; an array or a memory map (read in blocks).
        rows: number of rows wanted; min(rows, N) are chosen.
        seed: fixes the start and the projection.
        start: `textbook` chooses a random row; `official_exact` the row with the largest root of summed
            squared distances to all rows; `official_approximate` starts the running minimum at the mean
            distance to 10 random rows, `anomalib` at the distance to one random row, neither of which is
            itself chosen, so that these two give no guarantee.
        projection_dim: pick on a random linear map to this many dimensions; None, or not below d: no map.
        device: where matrix products are computed, None: the CPU; the picks do not depend on it.
        progress: called with a fraction and a message; may raise to cancel.

    Raises:
        InputError: no features, NaN or infinite values, a type other than float16, rows below 1.
    """
    _check(features, rows, start)
    count = min(rows, len(features))
    generator = np.random.default_rng(seed)
    points = _projected(features, projection_dim, generator)
    traversal = _started(points, start, generator, device)
    advance = None if progress is None else (lambda done: progress(done / count, "Choosing the coreset"))
    traversal.grow(count, advance=advance)
    indices = np.asarray(traversal.chosen, np.int64)
    if points is features and start in ("textbook", "official_exact"):
        return _coreset(indices, traversal.assignment, np.sqrt(np.maximum(traversal.squared, 0.0)))
    return assigned_coreset(features, indices, device)


def random_coreset(
    features: AnyArray, rows: int, *, seed: int = 0, device: torch.device | None = None
) -> Coreset:
    """Choose min(rows, N) rows at random without replacement; arguments and errors as `k_centre_greedy`."""
    _check(features, rows, "textbook")
    generator = np.random.default_rng(seed)
    indices = generator.choice(len(features), min(rows, len(features)), replace=False)
    return assigned_coreset(features, indices.astype(np.int64), device)


def assigned_coreset(features: AnyArray, indices: IndexArray, device: torch.device | None = None) -> Coreset:
    """The coreset of given rows: assigns every row of `features` to the nearest of them."""
    nearest = ExactNearest(np.asarray(features[indices]), device)
    assignment = np.empty(len(features), np.int32)
    distances = np.empty(len(features), np.float32)
    for first in range(0, len(features), _BLOCK_ROWS):
        block = slice(first, first + _BLOCK_ROWS)
        found, ordinals = nearest.search(np.asarray(features[block]), 1)
        assignment[block], distances[block] = ordinals[:, 0], found[:, 0]
    return _coreset(indices, assignment, distances)


def _coreset(indices: IndexArray, assignment: Int32Array, distances: FloatArray | Float32Array) -> Coreset:
    narrow = distances.astype(np.float32)
    return Coreset(indices, assignment, narrow, float(narrow.max()))


def _check(features: AnyArray, rows: int, start: str) -> None:
    if start not in get_args(Start):
        raise InputError(f"Unknown coreset start {start!r}; known are {', '.join(get_args(Start))}.")
    if rows < 1:
        raise InputError(f"A coreset needs at least 1 row, not {rows}.")
    if features.dtype != np.float16:
        raise InputError(f"Coreset features must be float16, not {features.dtype}.")
    require_finite(features, "Coreset features")
    if len(features) == 0:
        raise InputError("There are no features to choose a coreset from.")


def _started(
    points: AnyArray, start: Start, generator: np.random.Generator, device: torch.device | None
) -> FarthestFirst:
    if start in ("textbook", "official_exact"):
        traversal = FarthestFirst(points, device=device)
        traversal.choose(
            _most_distant(points) if start == "official_exact" else int(generator.integers(len(points)))
        )
        return traversal
    count = min(_APPROXIMATE_START_POINTS, len(points)) if start == "official_approximate" else 1
    anchors = generator.choice(len(points), count, replace=False)
    mean = np.zeros(len(points))
    for anchor in anchors:
        mean += np.sqrt(_squared_to(points, np.asarray(points[anchor])))
    return FarthestFirst(points, (mean / count) ** 2, device)


def _squared_to(points: AnyArray, target: AnyArray) -> FloatArray:
    return np.concatenate(
        [
            pair_squared_distances(np.asarray(points[first : first + _BLOCK_ROWS]), target)
            for first in range(0, len(points), _BLOCK_ROWS)
        ]
    )


def _most_distant(points: AnyArray) -> int:
    """The row with the largest sum of squared distances to all rows: N|x|² - 2x·Σy + Σ|y|²."""
    blocks = [slice(first, first + _BLOCK_ROWS) for first in range(0, len(points), _BLOCK_ROWS)]
    total = sum(np.asarray(points[block]).sum(axis=0, dtype=np.float64) for block in blocks)
    sums = [
        len(points) * squared_norms(np.asarray(points[block]))
        - 2 * (np.asarray(points[block]).astype(np.float64) @ total)
        for block in blocks
    ]
    return int(np.argmax(np.concatenate(sums)))


def _projected(features: AnyArray, dimension: int | None, generator: np.random.Generator) -> AnyArray:
    """Map to fewer dimensions as an untrained bias-free linear layer does (uniform ±1/√d), in float16."""
    if dimension is None or dimension >= features.shape[1]:
        return features
    if dimension < 1:
        raise InputError(f"A projection needs at least 1 dimension, not {dimension}.")
    limit = features.shape[1] ** -0.5
    matrix = generator.uniform(-limit, limit, (features.shape[1], dimension)).astype(np.float32)
    projected: Float16Array = np.empty((len(features), dimension), np.float16)
    for first in range(0, len(features), _BLOCK_ROWS):
        block = slice(first, first + _BLOCK_ROWS)
        projected[block] = np.asarray(features[block]).astype(np.float32) @ matrix
    return projected
