"""K-means centres of embeddings: Lloyd's iterations from random assignments, the best of several starts."""

from typing import NamedTuple

import torch
from torch import Tensor


class Clustering(NamedTuple):
    """Centres (k, D), and the mean squared distance of the points to their nearest one after each step."""

    centres: Tensor
    inertia: tuple[float, ...]


def best_of_restarts(
    points: Tensor, count: int, generator: torch.Generator, *, restarts: int = 20, iterations: int = 30
) -> Clustering:
    """The clustering of lowest inertia over several random assignments.

    Args:
        points: (n, D) float32.
        count: centres wanted; at most n come.
        generator: where chance comes from.
        restarts: number of random assignments.
        iterations: Lloyd steps of each, at most.
    """
    count = min(count, len(points))
    best: Clustering | None = None
    for _ in range(restarts):
        # Each centre gets a point at least, however the others fall.
        order = torch.randperm(len(points), generator=generator)
        assigned = torch.randint(count, (len(points),), generator=generator)
        assigned[order[:count]] = torch.arange(count)
        found = lloyd(points, _means(points, assigned, count), iterations)
        if best is None or found.inertia[-1] < best.inertia[-1]:
            best = found
    assert best is not None
    return best


def lloyd(points: Tensor, centres: Tensor, iterations: int) -> Clustering:
    """Move centres to the means of their points until nothing changes, at most so many times.

    A centre without points moves to the point that is farthest from its own centre.
    """
    inertia: list[float] = []
    distances, assigned = _nearest(points, centres)
    for _ in range(iterations):
        inertia.append(float(distances.square().mean()))
        centres = _refilled(points, _means(points, assigned, len(centres)), distances, assigned)
        previous = assigned
        distances, assigned = _nearest(points, centres)
        if torch.equal(previous, assigned):
            break
    inertia.append(float(distances.square().mean()))
    return Clustering(centres, tuple(inertia))


def _nearest(points: Tensor, centres: Tensor) -> tuple[Tensor, Tensor]:
    distances = torch.cdist(points, centres, compute_mode="donot_use_mm_for_euclid_dist")
    nearest = distances.min(dim=1)
    return nearest.values, nearest.indices


def _means(points: Tensor, assigned: Tensor, count: int) -> Tensor:
    sums = torch.zeros(count, points.shape[1], dtype=points.dtype).index_add_(0, assigned, points)
    return sums / torch.bincount(assigned, minlength=count).clamp(min=1)[:, None]


def _refilled(points: Tensor, centres: Tensor, distances: Tensor, assigned: Tensor) -> Tensor:
    empty = torch.nonzero(torch.bincount(assigned, minlength=len(centres)) == 0).flatten()
    if len(empty):
        centres[empty] = points[distances.topk(len(empty)).indices]
    return centres
