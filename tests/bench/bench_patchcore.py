"""PatchCore beside anomalib's, and its growth with the pool: `make bench-patchcore`.

Each run is a process of its own and leaves one report, so that an interrupted bench goes on where it was.
Delete a report (or the folder) to measure again. The environment chooses:

    BENCH_SETS     names of `contest_sets.SETS` (all that are there)
    BENCH_SEEDS    seeds of both sides (0 1 2 3 4)
    BENCH_FULL     those of them for which anomalib runs its own coreset loop (0); half an hour on elpv;
                   for the others our traversal finds its picks (`side_anomalib_quick.py`)
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
from contest_summary import ACCURACY_HEADER, accuracy_row, figures_table, largest_difference

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PEERS = str(ROOT / ".venv-peers/bin/python")
SIDES = {
    "flawmark": [sys.executable, str(HERE / "side_flawmark.py")],
    "anomalib": [PEERS, str(HERE / "side_anomalib.py")],
    "anomalib-quick": [PEERS, str(HERE / "side_anomalib_quick.py")],
}


def chosen(variable: str, default: str) -> list[str]:
    return os.environ.get(variable, default).split()


def measured(report: Path, command: list[str]) -> dict[str, Any]:
    """The report of a run: the one that is there, or that of running the command, which writes it."""
    if not report.exists():
        print(f"Measuring {report.stem} …", flush=True)
        # Both sides find their imports compiled, wherever the bench is run.
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPATH"] = str(ROOT)
        log = report.with_suffix(".log")
        with log.open("w") as stream:
            ended = subprocess.run(command, env=environment, stdout=stream, stderr=stream)
        if ended.returncode:
            raise SystemExit(f"{report.stem} failed; see {log}.")
    result: dict[str, Any] = json.loads(report.read_text())
    return result


def contest(results: Path, sets: list[str], seeds: list[str], full: list[str]) -> None:
    def side(name: str, side: str, seed: str) -> dict[str, Any]:
        arguments = [str(set_folder(results / "images", name)), str(results / f"{name}-{side}-{seed}.json")]
        return measured(Path(arguments[1]), [*SIDES[side], *arguments, "--seed", seed])

    accuracy = [ACCURACY_HEADER]
    for name in sets:
        ours = [side(name, "flawmark", seed) for seed in seeds]
        whole = [side(name, "anomalib", seed) for seed in full]
        quick = [side(name, "anomalib-quick", seed) for seed in seeds]
        if whole:
            print(f"\n{name}\n\n{figures_table(ours, whole)}")
            differences = [
                largest_difference(whole[full.index(seed)], run)
                for seed, run in zip(seeds, quick, strict=True)
                if seed in full
            ]
            print(
                f"\nQuick selection moves a score by at most {100 * max(differences):.2f} % of their spread"
            )
        accuracy.append(accuracy_row(name, ours, quick))
    print("\nImage AUROC, mean over the seeds\n\n" + "\n".join(accuracy))


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
    contest(
        results,
        chosen("BENCH_SETS", " ".join(available())),
        chosen("BENCH_SEEDS", "0 1 2 3 4"),
        chosen("BENCH_FULL", "0"),
    )
    growth(results, chosen("BENCH_GROWTH", "250 500 1000 2000 4000" if "elpv" in available() else ""))


if __name__ == "__main__":
    main()
