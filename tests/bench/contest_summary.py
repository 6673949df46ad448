"""The tables of `bench_patchcore.py`, from the reports of single runs."""

import statistics
from collections.abc import Callable
from typing import Any

import numpy as np

from detectors.metrics.bootstrap import paired_bootstrap
from detectors.metrics.ranking import auroc

Report = dict[str, Any]

FIGURES: dict[str, Callable[[Report], float]] = {
    "fit, whole process (s)": lambda run: run["fitted"]["wall_s"],
    "fit, whole process (CPU s)": lambda run: run["fitted"]["cpu_s"],
    "fit without imports (CPU s)": lambda run: run["fitted"]["cpu_s"] - run["imported"]["cpu_s"],
    "scoring an image (ms)": lambda run: 1000 * run["scored"]["image_wall_s"],
    "scoring an image (CPU ms)": lambda run: 1000 * run["scored"]["image_cpu_s"],
    "memory after the imports (MB)": lambda run: run["imported"]["rss_mb"],
    "peak above it (MB)": lambda run: run["fitted"]["peak_rss_mb"] - run["imported"]["rss_mb"],
    "rows of the memory": lambda run: run["bank_rows"],
}


def figures_table(ours: list[Report], theirs: list[Report]) -> str:
    """Medians over the seeds of each side, and how many times as much the other side takes."""
    lines = ["| median over seeds | Flawmark | anomalib | ratio |", "|---|---|---|---|"]
    for name, figure in FIGURES.items():
        mine, peer = (statistics.median(map(figure, runs)) for runs in (ours, theirs))
        lines.append(f"| {name} | {mine:,.1f} | {peer:,.1f} | {peer / mine:.1f} |")
    return "\n".join(lines)


def accuracy_row(name: str, ours: list[Report], theirs: list[Report]) -> str:
    """Mean image AUROC of each side over its seeds, their difference, and its interval over images."""
    labels = _labels(ours[0])
    if any(run["paths"] != ours[0]["paths"] for run in ours + theirs):
        raise SystemExit(f"The runs of {name} did not score the same images: delete its reports.")
    mine, peer = (np.array([run["scores"] for run in runs]) for runs in (ours, theirs))
    interval = paired_bootstrap(mine, peer, labels)
    assert interval is not None
    cells = [
        name,
        f"{len(ours)} / {len(theirs)}",
        *(f"{np.mean([auroc(run, labels) for run in runs]):.3f}" for runs in (mine, peer)),
        f"{interval.value:+.3f}",
        f"{interval.low:+.3f}",
    ]
    return f"| {' | '.join(cells)} |"


def largest_difference(one: Report, other: Report) -> float:
    """The most that any image's score differs between two runs, as a share of the spread of the scores."""
    left, right = np.array(one["scores"]), np.array(other["scores"])
    return float(np.abs(left - right).max() / np.ptp(left))


ACCURACY_HEADER = (
    "| set | seeds | Flawmark | anomalib | difference | lower 95 % bound |\n|---|---|---|---|---|---|"
)


def _labels(run: Report) -> np.ndarray:
    return np.array([not path.startswith("test/good/") for path in run["paths"]])
