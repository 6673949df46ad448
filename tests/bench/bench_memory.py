"""Figures of the memory and the metrics on this machine: `python tests/bench/bench_memory.py [section …]`.

Sections: coreset, search, live, metrics; all of them by default. Features are made up: points of a curved
12-dimensional surface with noise in 152 dimensions, as EfficientNet-Lite0 gives them at strides 8 and 16.
"""

import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from detectors.memory.approximate import InvertedLists
from detectors.memory.bank import MemoryBank
from detectors.memory.cache import FeatureCache, FeatureSpace
from detectors.memory.coreset import Coreset, k_centre_greedy
from detectors.memory.live import LiveMemory
from detectors.memory.nearest import ExactNearest
from detectors.memory.rows import BankRows
from detectors.memory.training_patches import TrainingPatches
from detectors.metrics.overlap import aupro
from detectors.metrics.pixels import PixelMetrics
from detectors.metrics.ranking import auroc, average_precision, f1_max

GRID, DIMENSION, TRAINING_IMAGES, PENDING_IMAGES = 28, 152, 200, 1_000
PATCHES = GRID * GRID


def surface(images: int, seed: int) -> np.ndarray:
    """(images * 784, 152) float16 patch features; neighbouring seeds share the surface."""
    shape = np.random.default_rng(0)
    first, second = shape.standard_normal((12, 64)), shape.standard_normal((64, DIMENSION))
    generator = np.random.default_rng(seed)
    parts = []
    for _ in range(images):
        place = generator.standard_normal((1, 12)) + 0.8 * generator.standard_normal((PATCHES, 12))
        values = np.maximum(np.tanh(0.3 * place @ first) @ second, 0)
        parts.append((values + 0.1 * generator.standard_normal(values.shape)).astype(np.float16))
    return np.concatenate(parts) / np.float16(2)


class Taken(float):
    """Seconds on the clock, written with the processor time: a busy machine changes that less."""

    cpu_s: float

    def __str__(self) -> str:
        return f"{float(self):.2f} s ({self.cpu_s:.2f} s of processor time)"


def timed(work: Callable[[], Any]) -> tuple[Taken, Any]:
    start, cpu_start = time.perf_counter(), time.process_time()
    result = work()
    taken = Taken(time.perf_counter() - start)
    taken.cpu_s = time.process_time() - cpu_start
    return taken, result


def plain_seconds_per_pick(features: np.ndarray) -> float:
    """One step of the loop that reads every point for each pick, in float32 as usual implementations do."""
    wide = features.astype(np.float32)
    nearest = np.full(len(wide), np.inf, np.float32)

    def step() -> None:
        np.minimum(nearest, np.linalg.norm(wide - wide[7], axis=1), out=nearest)

    step()
    return min(timed(step)[0] for _ in range(3))


def trained() -> tuple[np.ndarray, Coreset]:
    features = surface(TRAINING_IMAGES, seed=1)
    return features, k_centre_greedy(features, len(features) // 10)


def bench_coreset() -> None:
    features = surface(TRAINING_IMAGES, seed=1)
    rows = len(features) // 10
    seconds, coreset = timed(lambda: k_centre_greedy(features, rows))
    print(f"coreset {rows} of {len(features)} x {DIMENSION}: {seconds!s}, radius {coreset.cover_radius:.3f}")
    plain = plain_seconds_per_pick(features) * rows
    print(f"  plain loop, extrapolated: {plain:.0f} s, {plain / seconds:.0f} times as long")


def bench_search() -> None:
    features, coreset = trained()
    index = ExactNearest(features[coreset.indices])
    queries = surface(1, seed=3)
    index.search(queries, 1)
    for k in (1, 9):
        seconds = min(timed(lambda k=k: index.search(queries, k))[0] for _ in range(10))
        print(f"search: {PATCHES} queries in {len(index)} vectors, k = {k}: {1000 * seconds:.1f} ms")
    for name, code_bytes in (("inverted lists", None), ("the same, quantised", DIMENSION // 4)):
        lists = InvertedLists(features[coreset.indices], code_bytes=code_bytes)
        seconds = min(timed(lambda lists=lists: lists.search(queries, 1))[0] for _ in range(10))
        print(f"search: {name}: {1000 * seconds:.1f} ms, recall {lists.recall(queries):.4f}")


def bench_live() -> None:
    features, coreset = trained()
    images = np.repeat(np.arange(TRAINING_IMAGES), PATCHES)
    cell = np.tile(np.indices((GRID, GRID)).reshape(2, -1).T.astype(np.int32), (TRAINING_IMAGES, 1))
    chosen = coreset.indices
    bank = MemoryBank(features[chosen], images[chosen], cell[chosen], coreset.cover_radius)
    with tempfile.TemporaryDirectory() as folder:
        cache = FeatureCache(Path(folder), FeatureSpace("bench", "bench", "bench"), max_bytes=2**40)
        pending = [f"image {number}" for number in range(PENDING_IMAGES)]
        for number, image in enumerate(pending):
            cache.put(image, surface(1, seed=100 + number))
        training = TrainingPatches(features, images, cell, coreset.assignment)
        live = LiveMemory(bank, cache, training=training)
        seconds, _ = timed(lambda: live.watch(pending))
        print(f"live: watching {PENDING_IMAGES} images: {seconds!s}")
        report_changes(live, cell)


def report_changes(live: LiveMemory, cell: np.ndarray) -> None:
    vectors = surface(1, seed=5000)
    noise = np.random.default_rng(0).standard_normal(vectors.shape).astype(np.float16)
    region = BankRows(vectors + noise, np.full(PATCHES, 10_000), cell[:PATCHES])

    def change(propose: Callable[[], Any], name: str) -> None:
        def both() -> Any:
            proposal = propose()
            live.commit(proposal)
            return proposal

        seconds, proposal = timed(both)
        operation = proposal.operation
        print(
            f"live: {name}: {seconds!s}"
            f" (+{len(operation.inserted)} -{len(operation.removed)} vectors, bank {len(live.bank)})"
        )

    change(lambda: live.propose_addition(region), "addition")
    change(live.propose_undo, "undo of it")
    change(lambda: live.propose_removal([17]), "removal of 1 of 200 images")
    change(live.propose_undo, "undo of it")
    change(lambda: live.propose_removal(range(50)), "removal of 50 of 200 images")
    change(live.propose_undo, "undo of it")


def bench_metrics() -> None:
    from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score

    generator = np.random.default_rng(0)
    masks = np.zeros((200, 256, 256), bool)
    for number in range(0, 200, 2):
        top, left = generator.integers(0, 200, 2)
        masks[number, top : top + 40, left : left + 30] = True
    maps = (generator.random(masks.shape) + 0.4 * masks).astype(np.float32)
    flat, labels = maps.ravel(), masks.ravel()
    pairs = {
        "AUROC": (lambda: auroc(maps, masks), lambda: roc_auc_score(labels, flat)),
        "AP": (lambda: average_precision(maps, masks), lambda: average_precision_score(labels, flat)),
        "F1-max": (lambda: f1_max(maps, masks), lambda: precision_recall_curve(labels, flat)),
    }
    for name, (ours, theirs) in pairs.items():
        mine, peer = timed(ours), timed(theirs)
        print(f"metrics: {name} of 200 maps of 256 x 256: {mine[0]!s}, scikit-learn {peer[0]!s}")
    seconds, _ = timed(lambda: aupro(maps, masks))
    print(f"metrics: AUPRO of the same: {seconds!s}")

    def stream() -> Any:
        metrics = PixelMetrics()
        for score_map, mask in zip(maps, masks, strict=True):
            metrics.update(score_map, mask)
        return metrics.compute()

    print(f"metrics: all four, streamed: {timed(stream)[0]!s}")


SECTIONS = {
    "coreset": bench_coreset,
    "search": bench_search,
    "live": bench_live,
    "metrics": bench_metrics,
}


def main() -> None:
    machine = platform.processor() or platform.machine()
    print(f"{machine}, {os.cpu_count()} cores, {torch.get_num_threads()} threads")
    for name in sys.argv[1:] or SECTIONS:
        SECTIONS[name]()


if __name__ == "__main__":
    main()
