"""Pool health: `python tests/bench/bench_health.py [--planted] [--growth] [--embedding]` (all three).

`--planted`: real solar cells with planted mislabels, duplicates and a small mode; what is found of each.
`--growth`: the product's job on pools whose images are measured and scored already; time, memory, growth.
`--embedding`: images a second that are measured and embedded, which is done once for each image.
Thresholds were chosen on polycrystalline cells; `--kind mono` is what is reported.
"""

import argparse
import os
import platform
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[2] / "platform")]

SIZES = (2_500, 5_000, 10_000)
EMBEDDED = 500


def planted(kind: str, seeds: int) -> None:
    from health_planted import FITTED_AS, found_in, planted_pool

    print(f"\nPlanted faults, {kind} cells, pools of 300, PatchCore {FITTED_AS}:\n")
    print("| seed | mislabels in the first 2 × planted | by score alone | left out alone | exact copies |"
          " near copies | other groups (images) | small mode | beside it | modes |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|---|")
    for seed in range(seeds):
        one = found_in(planted_pool(kind, seed), seed)
        print(
            f"| {seed} | {one['found']} of {one['mislabels']} | {one['found_by_score']} |"
            f" {one['found_left_out_alone']} |"
            f" {one['exact_found']} of {one['exact']} | {one['near_found']} of {one['near']} |"
            f" {one['other_groups']} ({one['images_in_other_groups']}) |"
            f" {one['mode_found']} of {one['mode']} | {one['mode_other_images']} | {one['modes']} |",
            flush=True,
        )


def growth(sizes: list[int]) -> None:
    from health_growth import measured, migrate, own_servers

    print("\nHealth with cached embeddings and stored distances:\n")
    print("| images | seconds | seconds of processor | peak MB | findings | duplicate groups |")
    print("|---|---|---|---|---|---|")
    times = []
    with own_servers() as environment:
        migrate(environment)
        for count in sizes:
            one = measured(count, environment)
            assert one["measured"] == 0 and one["scored_from"] == "model", one
            times.append(one["cpu_seconds"])
            print(
                f"| {count:,} | {one['seconds']:.1f} | {one['cpu_seconds']:.1f} |"
                f" {one['peak_mb']:.0f} | {one['findings']} | {one['duplicate_groups']} |",
                flush=True,
            )
    if len(sizes) > 1:
        exponent = np.polyfit(np.log(sizes), np.log(times), 1)[0]
        n_log_n = np.polyfit(np.log(sizes), np.log(np.array(sizes) * np.log(sizes)), 1)[0]
        print(f"\nTime of the processor grows as n^{exponent:.2f}; n·log n between these is n^{n_log_n:.2f}.")


def embedding() -> None:
    from elpv import every_cell

    from detectors.features.pooled import ImageEmbedder
    from detectors.images import read_image
    from detectors.pool.hashes import perceptual_hash
    from detectors.pool.looks import look_of

    images = [read_image(path) for path in every_cell()[:EMBEDDED]]
    embedder = ImageEmbedder()
    embedder.embed(images[:8])
    started, cpu_started = time.perf_counter(), time.process_time()
    for start in range(0, len(images), 16):
        batch = images[start : start + 16]
        embedder.embed(batch)
        for image in batch:
            look_of(image)
            perceptual_hash(image)
    a_second = len(images) / (time.perf_counter() - started)
    cpu_ms = 1000 * (time.process_time() - cpu_started) / len(images)
    print(
        f"\nMeasured and embedded {a_second:.1f} images a second:"
        f" 10,000 in {10_000 / a_second / 60:.1f} minutes; {cpu_ms:.0f} ms of processor an image."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Pool health.")
    for part in ("planted", "growth", "embedding"):
        parser.add_argument(f"--{part}", action="store_true")
    parser.add_argument("--kind", choices=("mono", "poly"), default="mono")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    options = parser.parse_args()
    everything = not (options.planted or options.growth or options.embedding)
    machine = platform.processor() or platform.machine()
    print(
        f"{machine}, {os.cpu_count()} cores, {torch.get_num_threads()} threads, load {os.getloadavg()[0]:.1f}"
    )
    if options.growth or everything:
        growth(list(options.sizes))
    if find_spec("elpv_dataset") is None:
        print("The package elpv-dataset is not installed (requirements/demo.lock): no real images.")
        return
    if options.embedding or everything:
        embedding()
    if options.planted or everything:
        planted(options.kind, options.seeds)


if __name__ == "__main__":
    main()
