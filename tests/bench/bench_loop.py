"""Loop gain: `python tests/bench/bench_loop.py [--seeds 5] [--pools surfaces elpv]`.

A simulated reviewer who is always right judges images of a pool whose training part holds planted mislabels.
Escapes (defects that pass) and overkill (normals that do not) are counted after some verdicts: in the queue's
order with live learning, in the queue's order without it, and in random order with it. Order, live memory,
guard and thresholds are the product's own functions. The queue offers suspected mislabels of the training
part, too; in random order the reviewer takes any image of the pool, trained with or not. Each seed's figures
are kept in `build/bench-loop/`: delete a file to measure it again.
"""

import argparse
import json
import os
import platform
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import django_ready  # noqa: F401 - comes before everything of the product
import numpy as np
import torch
from loop_pools import Sizes, elpv_pool, surface_pool
from loop_simulation import FittedPool, Loop, Policy

COUNTS = (0, 25, 50, 100, 200)
POLICIES = {
    "our order, live": Policy(in_order=True, learns_live=True),
    "our order": Policy(in_order=True, learns_live=False),
    "random, live": Policy(in_order=False, learns_live=True),
}
POOLS = {"surfaces": surface_pool, "elpv": elpv_pool}
FITTED_AS = {"image_size": 96, "coreset_fraction": 0.1}
MEASURES = ("pool escapes", "pool overkill", "fresh escapes", "fresh overkill")
RESAMPLES = 10_000
KEPT = Path("build/bench-loop")

# (policy, verdicts, measure) -> one value a seed
Values = dict[tuple[str, int, str], list[float]]
# Verdicts -> measure -> rate, for each policy.
SeedErrors = dict[str, dict[str, dict[str, float]]]


def measured(pool_name: str, seeds: int) -> Values:
    values: Values = defaultdict(list)
    for seed in range(seeds):
        for name, by_count in seed_errors(pool_name, seed).items():
            for count, errors in by_count.items():
                for measure, value in errors.items():
                    values[name, int(count), measure].append(value)
                for place in ("pool", "fresh"):
                    both = errors[f"{place} escapes"] + errors[f"{place} overkill"]
                    values[name, int(count), f"{place} error"].append(both / 2)
    return values


def seed_errors(pool_name: str, seed: int) -> SeedErrors:
    """What one seed gives; kept in a file, so that an interrupted measurement goes on."""
    file = KEPT / f"{pool_name}-{seed}.json"
    if file.exists():
        kept: SeedErrors = json.loads(file.read_text())
        return kept
    started = time.process_time()
    fitted = FittedPool(POOLS[pool_name](seed, Sizes()), seed, **FITTED_AS)
    errors = {
        name: {str(count): found for count, found in judged(Loop(fitted, policy, seed))}
        for name, policy in POLICIES.items()
    }
    taken_s = time.process_time() - started
    print(f"{pool_name}, seed {seed}: {taken_s:.0f} s of processor time", file=sys.stderr, flush=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(errors, indent=1))
    return errors


def judged(loop: Loop) -> Iterator[tuple[int, dict[str, float]]]:
    for count in range(max(COUNTS) + 1):
        if count in COUNTS:
            yield count, loop.errors()
        loop.judge_next()


def interval(values: list[float]) -> str:
    """Mean in percent, with the 95 % bootstrap interval over seeds."""
    shown = np.asarray(values) * 100
    draws = np.random.default_rng(0).choice(shown, (RESAMPLES, len(shown))).mean(axis=1)
    low, high = np.percentile(draws, (2.5, 97.5))
    return f"{shown.mean():.1f} ({low:.1f}–{high:.1f})"


def print_tables(pool_name: str, values: Values) -> None:
    print(f"\n{pool_name}\n\n| verdicts | order | {' | '.join(MEASURES)} |")
    print("|---" * (2 + len(MEASURES)) + "|")
    for count in COUNTS:
        for name in POLICIES:
            cells = " | ".join(interval(values[name, count, measure]) for measure in MEASURES)
            print(f"| {count} | {name} | {cells} |")
    first, *others = POLICIES
    print(f"\nMean of both errors, by which `{first}` is better:\n\n| verdicts | than | pool | fresh |")
    print("|---" * 4 + "|")
    for count in COUNTS[1:]:
        for other in others:
            better = [
                interval(np.subtract(values[other, count, kind], values[first, count, kind]).tolist())
                for kind in ("pool error", "fresh error")
            ]
            print(f"| {count} | {other} | {better[0]} | {better[1]} |")


def main() -> None:
    parser = argparse.ArgumentParser(description="What verdicts are worth, in three ways of working.")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--pools", nargs="+", choices=POOLS, default=list(POOLS))
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(f"machine: {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"{options.seeds} seeds, {Sizes()}, {FITTED_AS}; percent (95 % bootstrap over seeds)")
    if "elpv" in options.pools and find_spec("elpv_dataset") is None:
        print("The solar cells are not installed (requirements/demo.lock): only surfaces are measured.")
        options.pools.remove("elpv")
    for name in options.pools:
        print_tables(name, measured(name, options.seeds))


if __name__ == "__main__":
    main()
