"""Quality, time and memory of a detector on real solar cells and on made surfaces.

python tests/bench/bench_quality.py [--detector NAME] [--set NAME=VALUE …] [--seeds 0 1 2] [--surfaces-only]

Each evaluation is a process of its own (`python -m detectors evaluate`), so that its time includes every
import and its memory is its own. The solar cells need the package elpv-dataset.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from elpv import lay_out

from detectors.synthesis.surfaces import write_surfaces


def evaluated(folder: Path, options: argparse.Namespace, seed: int) -> tuple[dict[str, Any], float]:
    """The report of one evaluation, and the seconds of its whole process."""
    report = folder.with_suffix(".json")
    settings = [text for pair in options.set for text in ("--set", pair)]
    command = [sys.executable, "-m", "detectors", "evaluate", str(folder), "--detector", options.detector]
    started_s = time.perf_counter()
    subprocess.run(
        [*command, *settings, "--seed", str(seed), "--report", str(report)],
        check=True,
        stderr=subprocess.DEVNULL,
    )
    return json.loads(report.read_text()), time.perf_counter() - started_s


def print_rows(report: dict[str, Any], seed: int) -> None:
    for entry in report["categories"]:
        low, high = entry["image_auroc_interval"]
        pixels = [entry[key] for key in ("pixel_auroc", "aupro", "f1_max")]
        cells = [
            entry["category"],
            str(seed),
            f"{entry['image_auroc']:.3f} ({low:.3f}-{high:.3f})",
            *("-" if value is None else f"{value:.3f}" for value in pixels),
            f"{entry['fit_seconds']:.1f}",
            f"{1000 * entry['score_seconds_per_image']:.0f}",
            f"{entry['peak_rss_mb']:.0f}",
        ]
        print(f"| {' | '.join(cells)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description="Quality on solar cells and made surfaces.")
    parser.add_argument("--detector", default="patchcore")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--surfaces-only", action="store_true")
    options = parser.parse_args()
    machine = platform.processor() or platform.machine()
    print(f"{machine}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    print("| set | seed | image AUROC (95 %) | pixel AUROC | AUPRO | pixel F1 | fit s | ms/image | peak MB |")
    print("|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="bench-quality-") as folder:
        sets = [Path(folder) / "surfaces"]
        write_surfaces(sets[0])
        if not options.surfaces_only and find_spec("elpv_dataset"):
            sets.insert(0, Path(folder) / "elpv-mono")
            lay_out(sets[0], "mono", train=200, validation=100, test=100, seed=0)
        for place in sets:
            for seed in options.seeds:
                report, process_s = evaluated(place, options, seed)
                print_rows(report, seed)
                print(f"\nWhole process: {process_s:.1f} s\n", flush=True)


if __name__ == "__main__":
    main()
