"""Made-up defects a second: `python tests/bench/bench_synthesis.py [--size 256] [--workers 1 2]`.

Normal pictures are crops of scikit-image's photograph of gravel; the pictures are counted as they come out,
masks included. Photographs are read before the clock starts.
"""

import argparse
import os
import platform
import time

import numpy as np
from numpy.typing import NDArray

from detectors.synthesis.base import many
from detectors.synthesis.kinds import KINDS, SynthesisSettings, create
from detectors.synthesis.surfaces import normal_image, photographs

_WARM_UP = 40


def normals(size_px: int, count: int = 20) -> list[NDArray[np.uint8]]:
    """Normal pictures, (size, size, 3) uint8."""
    photo, random = photographs()["gravel"], np.random.default_rng(0)
    crops = [normal_image(photo, size_px, random, for_test=False) for _ in range(count)]
    return [np.repeat(crop[:, :, None], 3, axis=2) for crop in crops]


def main() -> None:
    parser = argparse.ArgumentParser(description="Made-up defects a second.")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    machine = platform.processor() or platform.machine()
    print(f"{machine}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {options.size} px\n")
    print("| kind | workers | made a second | processor ms each | mean area | empty masks |")
    print("|---|---|---|---|---|---|")
    pool = normals(options.size)
    for kind in KINDS:
        if kind == "real":
            continue
        synthesis = create(SynthesisSettings(kind=kind), pool)
        for workers in options.workers:
            list(many(synthesis, pool, _WARM_UP, seed=1, workers=workers))
            wall_s, processor_s = time.perf_counter(), time.process_time()
            masks = [one.mask for _, one in many(synthesis, pool, options.count, seed=0, workers=workers)]
            wall_s, processor_s = time.perf_counter() - wall_s, time.process_time() - processor_s
            cells = [
                kind,
                str(workers),
                f"{options.count / wall_s:.0f}",
                f"{1000 * processor_s / options.count:.1f}",
                f"{np.mean([mask.mean() for mask in masks]):.1%}",
                f"{np.mean([not mask.any() for mask in masks]):.1%}",
            ]
            print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
