"""Quality, time and memory of the detectors that train a network, with their ablations.

    python tests/bench/bench_detectors.py [--detectors NAME …] [--pools NAME …] [--runs LABEL …] [--seed 0]
    python tests/bench/bench_detectors.py --summary

What is run for a detector stands in `bench_detectors_NAME.py` beside this file. Every run is a process of
its own (`python -m detectors evaluate`) and leaves one report in the results folder; a run whose report is
there is not repeated, so that an interrupted bench goes on where it was. The solar cells need the package
elpv-dataset.
"""

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from elpv import lay_out

from detectors.synthesis.surfaces import SURFACES, write_surfaces

HERE = Path(__file__).parent
COLUMNS = (
    "run", "images", "image AUROC (95 %)", "pixel AUROC", "AUPRO", "fit s", "images/s", "peak MB", "steps"
)  # fmt: skip
TRAIN_IMAGES, TEST_IMAGES = 60, {"elpv": 100, "surfaces": 20}


@dataclass(frozen=True)
class Run:
    """One detector with one set of hyperparameters on one pool."""

    detector: str
    label: str
    settings: dict[str, Any]
    pool: str
    seed: int

    @property
    def file_name(self) -> str:
        return f"{self.detector}-{self.label}-{self.pool}-{self.seed}.json".replace(" ", "_")

    def command(self, folder: Path, report: Path) -> list[str]:
        pairs = [f"{name}={_text(value)}" for name, value in self.settings.items()]
        settings = [text for pair in pairs for text in ("--set", pair)]
        where = [str(folder), "--seed", str(self.seed), "--report", str(report)]
        return [sys.executable, "-m", "detectors", "evaluate", *where, "--detector", self.detector, *settings]


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ",".join(str(one) for one in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def known_runs() -> dict[str, dict[str, dict[str, Any]]]:
    """Hyperparameters by detector and label, from every `bench_detectors_NAME.py`."""
    found = {}
    for path in sorted(HERE.glob("bench_detectors_*.py")):
        module = importlib.import_module(path.stem)
        found[module.DETECTOR] = module.RUNS
    return found


def chosen_runs(options: argparse.Namespace) -> Iterator[Run]:
    known = known_runs()
    for detector in options.detectors or known:
        for label, settings in known[detector].items():
            if options.runs and label not in options.runs:
                continue
            for pool in options.pools:
                yield Run(detector, label, settings, pool, options.seed)


def pool_folder(pool: str, results: Path, seed: int) -> Path | None:
    """The pool's images, made once; None where they cannot be had."""
    folder = results / "pools" / f"{pool}-{seed}"
    if folder.is_dir():
        return folder
    draft = folder.with_suffix(".draft")
    if pool == "surfaces":
        write_surfaces(draft, train=TRAIN_IMAGES, test=TEST_IMAGES[pool], seed=seed, names=SURFACES)
    elif find_spec("elpv_dataset"):
        lay_out(draft, "mono", train=TRAIN_IMAGES, validation=0, test=TEST_IMAGES[pool], seed=seed)
    else:
        print("Without the package elpv-dataset there are no solar cells: make .venv/.demo", file=sys.stderr)
        return None
    return draft.rename(folder)


def carry_out(run: Run, folder: Path, results: Path) -> None:
    """Run it unless its report, with the same hyperparameters, is there already."""
    report = results / run.file_name
    if report.exists() and json.loads(report.read_text())["run"]["settings"] == run.settings:
        return
    print(f"{run.detector}, {run.label}, {run.pool}", file=sys.stderr, flush=True)
    draft = report.with_suffix(".draft")
    load = os.getloadavg()[0]
    subprocess.run(run.command(folder, draft), check=True)
    content = json.loads(draft.read_text())
    content["run"] = {"settings": run.settings, "machine": machine(), "load_at_start": round(load, 1)}
    for entry in content["categories"]:
        del entry["images"]
    draft.write_text(json.dumps(content, indent=1))
    draft.replace(report)


def machine() -> str:
    """What the figures of time were measured on."""
    device = f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""
    return f"{platform.machine()}, {os.cpu_count()} cores, {torch.get_num_threads()} threads{device}"


def print_summary(runs: list[Run], results: Path) -> None:
    """Markdown tables of all that has been measured."""
    for detector in dict.fromkeys(run.detector for run in runs):
        print(f"\n### {detector}\n")
        print(
            "| run | images | image AUROC (95 %) | pixel AUROC | AUPRO | fit s | images/s | peak MB | steps |"
        )
        print("|---|---|---|---|---|---|---|---|---|")
        machines = set()
        for run in (run for run in runs if run.detector == detector):
            path = results / run.file_name
            if path.exists():
                report = json.loads(path.read_text())
                machines.add(
                    f"{report['run']['machine']}, load {report['run']['load_at_start']} at the start"
                )
                print_rows(run, report)
        print("\nMachines: " + "; ".join(sorted(machines)))


def print_rows(run: Run, report: dict[str, Any]) -> None:
    for entry in report["categories"]:
        interval = entry["image_auroc_interval"] or (float("nan"),) * 2
        steps = entry["training"]["steps"] if entry["training"] else "-"
        _print_row(run, entry["category"], entry, f" ({interval[0]:.3f}–{interval[1]:.3f})", str(steps))
    if len(report["categories"]) > 1:
        _print_row(run, "**mean**", report["mean"], "", "")


def _print_row(run: Run, name: str, values: dict[str, Any], interval: str, steps: str) -> None:
    pixels = ("-" if values[key] is None else f"{values[key]:.3f}" for key in ("pixel_auroc", "aupro"))
    cells = [
        run.label,
        name,
        f"{values['image_auroc']:.3f}{interval}",
        *pixels,
        f"{values['fit_seconds']:.0f}",
        f"{1 / values['score_seconds_per_image']:.1f}",
        f"{values['peak_rss_mb']:.0f}",
        steps,
    ]
    print(f"| {' | '.join(cells)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description="Detectors that train a network: quality, time, memory.")
    parser.add_argument("--detectors", nargs="+", help="default: all that have runs")
    parser.add_argument("--runs", nargs="+", metavar="LABEL", help="default: all of each detector")
    parser.add_argument("--pools", nargs="+", choices=tuple(TEST_IMAGES), default=tuple(TEST_IMAGES))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--results", type=Path, default=Path("build/bench-detectors"))
    parser.add_argument("--summary", action="store_true", help="only print what has been measured")
    options = parser.parse_args()
    options.results.mkdir(parents=True, exist_ok=True)
    runs = list(chosen_runs(options))
    for run in [] if options.summary else runs:
        folder = pool_folder(run.pool, options.results, options.seed)
        if folder is not None:
            carry_out(run, folder, options.results)
    print_summary(runs, options.results)


if __name__ == "__main__":
    main()
