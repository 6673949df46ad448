"""How many patches the memory keeps, and which."""

import numpy as np
import torch

from detectors.base import Progress
from detectors.features.spill import TrainingFeatures
from detectors.memory.coreset import Coreset, k_centre_greedy, random_coreset
from detectors.memory.streaming import merge_reduce_coreset
from detectors.methods.patchcore_hyperparameters import PatchCoreHyperparameters

LEAST_ROWS = 2000
"""A fraction of a few-shot pool would starve: the default keeps at least this many patches."""

STREAMING_ABOVE_ROWS = 4_000_000
"""Larger pools (about 5,000 images of 224 px) are reduced block by block unless the exact choice is asked
for: below it the exact choice is faster, and keeps about 300 bytes a row."""

_PROJECTED_ABOVE_DIM, _PROJECTION_DIM = 256, 128


def row_count(chosen: PatchCoreHyperparameters, total: int) -> int:
    """Rows to keep of `total`."""
    if chosen.coreset_rows:
        return min(chosen.coreset_rows, total)
    rows = max(int(chosen.coreset_fraction * total), LEAST_ROWS)
    return min(rows, chosen.coreset_cap or rows, total)


def choose(
    training: TrainingFeatures, chosen: PatchCoreHyperparameters, device: torch.device, progress: Progress
) -> Coreset:
    """The rows of the training features that become the memory."""
    total, dim = training.vectors.shape
    rows = row_count(chosen, total)
    if rows == total:
        return _everything(total)
    if chosen.coreset_start == "random":
        return random_coreset(training.vectors, rows, seed=chosen.seed, device=device)
    if _is_streamed(chosen, total):
        return merge_reduce_coreset(
            training.vectors, rows, seed=chosen.seed, device=device, progress=progress
        ).coreset
    default_projection = _PROJECTION_DIM if dim > _PROJECTED_ABOVE_DIM else None
    return k_centre_greedy(
        training.vectors,
        rows,
        seed=chosen.seed,
        start=chosen.coreset_start,  # type: ignore[arg-type]  # its choices are the known starts
        projection_dim=chosen.projection_dim or default_projection,
        device=device,
        progress=progress,
    )


def _is_streamed(chosen: PatchCoreHyperparameters, total: int) -> bool:
    if chosen.coreset_method == "auto":
        return total > STREAMING_ABOVE_ROWS
    return chosen.coreset_method == "streaming"


def _everything(total: int) -> Coreset:
    rows = np.arange(total, dtype=np.int64)
    return Coreset(rows, rows.astype(np.int32), np.zeros(total, dtype=np.float32), 0.0)
