"""Coresets of pools that do not fit in memory, by merge and reduce.

Each block of the pool is reduced to the cap; two reduced blocks are merged and reduced again, as in a binary
counter, so that only a few reduced blocks are held at a time (Bentley and Saxe 1980; for clustering Guha et
al. 2000). A row lies within the sum of the radii on its way up the tree from a chosen row. Each radius is
at most twice the optimum of what it reduced, with centres from it, and that optimum is at most twice the
whole pool's: so with h levels the final radius is at most 4h times the optimum.
"""

from dataclasses import dataclass

import numpy as np
import torch

from detectors.errors import InputError
from detectors.memory.arrays import AnyArray, IndexArray
from detectors.memory.coreset import Coreset, Progress, assigned_coreset, k_centre_greedy

_BLOCK_ROWS_PER_CORESET_ROW = 8


@dataclass(frozen=True)
class StreamedCoreset:
    """A coreset and what was known of it before the final pass.

    Attributes:
        coreset: the chosen rows; assignment, distances and radius are exact, from one last pass.
        radius_bound: sum of radii along the tree, never below the radius.
        levels: reductions on the longest way up the tree.
    """

    coreset: Coreset
    radius_bound: float
    levels: int


@dataclass(frozen=True)
class _Reduced:
    indices: IndexArray
    radius_bound: float
    levels: int


def merge_reduce_coreset(
    features: AnyArray,
    rows: int,
    *,
    seed: int = 0,
    block_rows: int | None = None,
    device: torch.device | None = None,
    progress: Progress | None = None,
) -> StreamedCoreset:
    """Choose rows with memory for one block and a few coresets, however large the pool is.

    Args:
        features: (N, d) float16, finite; a memory map is read block by block, in order.
        rows: the cap; min(rows, N) are chosen.
        seed: fixes the starts.
        block_rows: rows of one block, at least twice `rows`; None: eight times `rows`.
        device: where matrix products are computed, None: the CPU; the choice does not depend on it.
        progress: called with a fraction and a message; may raise to cancel.

    Raises:
        InputError: as `k_centre_greedy`, or blocks too small.
    """
    if rows < 1:
        raise InputError(f"A coreset needs at least 1 row, not {rows}.")
    step = _BLOCK_ROWS_PER_CORESET_ROW * rows if block_rows is None else block_rows
    if step < 2 * rows:
        raise InputError(f"Blocks of {step} rows are too small for a coreset of {rows}.")
    if len(features) == 0:
        raise InputError("There are no features to choose a coreset from.")
    waiting: list[_Reduced] = []
    for start in range(0, len(features), step):
        block = np.arange(start, min(start + step, len(features)))
        waiting.append(_reduce(features, _Reduced(block, 0.0, 0), rows, seed, device))
        while len(waiting) > 1 and waiting[-2].levels <= waiting[-1].levels:
            waiting.append(_merge(features, waiting.pop(-2), waiting.pop(), rows, seed, device))
        if progress is not None:
            progress(0.8 * (block[-1] + 1) / len(features), "Choosing the coreset")
    while len(waiting) > 1:
        waiting.append(_merge(features, waiting.pop(-2), waiting.pop(), rows, seed, device))
    coreset = assigned_coreset(features, waiting[0].indices, device)
    if progress is not None:
        progress(1.0, "Choosing the coreset")
    return StreamedCoreset(coreset, waiting[0].radius_bound, waiting[0].levels)


def _merge(
    features: AnyArray, left: _Reduced, right: _Reduced, rows: int, seed: int, device: torch.device | None
) -> _Reduced:
    union = _Reduced(
        np.concatenate([left.indices, right.indices]),
        max(left.radius_bound, right.radius_bound),
        max(left.levels, right.levels),
    )
    return _reduce(features, union, rows, seed, device)


def _reduce(
    features: AnyArray, given: _Reduced, rows: int, seed: int, device: torch.device | None
) -> _Reduced:
    coreset = k_centre_greedy(np.asarray(features[given.indices]), rows, seed=seed, device=device)
    return _Reduced(
        given.indices[coreset.indices], given.radius_bound + coreset.cover_radius, given.levels + 1
    )
