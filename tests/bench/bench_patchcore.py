"""PatchCore beside anomalib's, and its growth with the pool: `make bench-patchcore`.

Each run is a process of its own and leaves one report, so that an interrupted bench goes on where it was.
Delete a report (or the folder) to measure again. The environment chooses:

    BENCH_SETS     names of `contest_sets.SETS` (all that are there)
    BENCH_SEEDS    seeds of both sides (0 1 2 3 4)
    BENCH_GROWTH   training images of the growth series (250 500 1000 2000 4000; empty: none)
    BENCH_RESULTS  folder of images and reports (build/bench-patchcore)
"""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from contest_sets import available, set_folder
from contest_summary import ACCURACY_HEADER, accuracy_row, figures_table

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SIDES = {
    "flawmark": [sys.executable, str(HERE / "side_flawmark.py")],
    "anomalib": [str(ROOT / ".venv-peers/bin/python"), str(HERE / "side_anomalib.py")],
}


def chosen(variable: str, default: str) -> list[str]:
    return os.environ.get(variable, default).split()


def measured(report: Path, command: list[str]) -> dict[str, Any]:
    """The report of a run: the one that is there, or that of running the command, which writes it."""
    if not report.exists():
        print(f"Measuring {report.stem} …", flush=True)
        # Both sides find their imports compiled, wherever the bench is run.
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        log = report.with_suffix(".log")
        with log.open("w") as stream:
            ended = subprocess.run(command, env=environment, stdout=stream, stderr=stream)
        if ended.returncode:
            raise SystemExit(f"{report.stem} failed; see {log}.")
    result: dict[str, Any] = json.loads(report.read_text())
    return result


def contest(results: Path, sets: list[str], seeds: list[str]) -> None:
    runs: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for seed in seeds:
        for name in sets:
            folder = set_folder(results / "images", name)
            for side, command in SIDES.items():
                report = results / f"{name}-{side}-{seed}.json"
                arguments = [str(folder), str(report), "--seed", seed]
                runs.setdefault((name, side), []).append(measured(report, [*command, *arguments]))
    sides = {name: [runs[name, side] for side in SIDES] for name in sets}
    for name, (ours, theirs) in sides.items():
        print(f"\n{name}\n\n{figures_table(ours, theirs)}")
    print(f"\nImage AUROC, mean over the seeds\n\n{ACCURACY_HEADER}")
    for name, (ours, theirs) in sides.items():
        print(accuracy_row(name, ours, theirs))


def growth(results: Path, counts: list[str]) -> None:
    """How seconds and memory grow with the training images, the size of the memory being fixed."""
    if not counts:
        return
    runs = []
    for count in counts:
        report = results / f"growth-{count}.json"
        command = [sys.executable, str(HERE / "patchcore_growth.py"), str(report), "--images", count]
        runs.append(measured(report, command))
    print("\n| training images | fit (s) | fit (CPU s) | peak memory (MB) |\n|---|---|---|---|")
    for count, run in zip(counts, runs, strict=True):
        print(f"| {count} | {run['wall_s']:.1f} | {run['cpu_s']:.1f} | {run['peak_rss_mb']:,.0f} |")
    if len(runs) > 1:
        logs = np.log(
            [[float(count), run["wall_s"], run["cpu_s"]] for count, run in zip(counts, runs, strict=True)]
        )
        wall, cpu = (np.polyfit(logs[:, 0], logs[:, column], 1)[0] for column in (1, 2))
        print(f"\nFitted exponent: {wall:.2f} on the clock, {cpu:.2f} of processor time")


def main() -> None:
    machine = platform.processor() or platform.machine()
    print(f"{machine}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    results = Path(os.environ.get("BENCH_RESULTS", ROOT / "build/bench-patchcore"))
    (results / "images").mkdir(parents=True, exist_ok=True)
    contest(results, chosen("BENCH_SETS", " ".join(available())), chosen("BENCH_SEEDS", "0 1 2 3 4"))
    growth(results, chosen("BENCH_GROWTH", "250 500 1000 2000 4000" if "elpv" in available() else ""))


if __name__ == "__main__":
    main()
