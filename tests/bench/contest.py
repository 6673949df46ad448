"""What is measured of one side of a comparison. Standard library only: every side imports it.

A side is a script that imports everything it needs, and then calls `run`:

    python SIDE FOLDER REPORT --seed 0 --ratio 0.1

FOLDER is in the MVTec AD layout. The report holds seconds since the process started (interpreter and imports
included), resident memory after the imports, its peaks in the fit and in scoring, and the score of every
test image. Linux only.
"""

import argparse
import json
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

SIDE_PX = 224
"""Every side resizes the whole image to this square."""


class Side(Protocol):
    """One implementation, not fitted yet."""

    def fit(self, folder: Path, scratch: Path) -> None:
        """Learn from `folder/train/good`; may write into `scratch`."""

    def score(self, path: Path) -> float:
        """The image score of one file; its map at SIDE_PX x SIDE_PX is made too, and thrown away."""

    def bank_rows(self) -> int:
        """Vectors in the fitted memory."""


def run(make: Callable[[int, float], Side]) -> None:
    """Measure one side; `make` is called with the seed and the coreset's ratio."""
    parser = argparse.ArgumentParser(description="One side of a comparison.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("report", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--ratio", type=float, default=0.1)
    options = parser.parse_args()
    imported = usage()
    side = make(options.seed, options.ratio)
    with tempfile.TemporaryDirectory(prefix="bench-side-") as scratch:
        side.fit(options.folder, Path(scratch))
    report = {"imported": imported, "fitted": usage(), "bank_rows": side.bank_rows()}
    report |= _scored(side, options.folder)
    options.report.write_text(json.dumps(report))


def _scored(side: Side, folder: Path) -> dict[str, Any]:
    """Scores and seconds a file, one at a time; the first two are scored once before, to warm up."""
    paths = sorted((folder / "test").glob("*/*.png"))
    for path in paths[:2]:
        side.score(path)
    _reset_peak()
    scores, seconds, cpu_before_s = [], [], _cpu_s()
    for path in paths:
        started_s = time.perf_counter()
        scores.append(side.score(path))
        seconds.append(time.perf_counter() - started_s)
    return {
        "scored": {
            "image_wall_s": statistics.median(seconds),
            "image_cpu_s": (_cpu_s() - cpu_before_s) / len(paths),
            "peak_rss_mb": _status_mb("VmHWM"),
        },
        "paths": [str(path.relative_to(folder)) for path in paths],
        "scores": scores,
    }


def usage() -> dict[str, float]:
    """Since this process started: seconds on the clock, of the processor (user and system), and memory."""
    return {
        "wall_s": time.clock_gettime(time.CLOCK_BOOTTIME) - _started_s(),
        "cpu_s": _cpu_s(),
        "rss_mb": _status_mb("VmRSS"),
        "peak_rss_mb": _status_mb("VmHWM"),
    }


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _started_s() -> float:
    """When this process started, in seconds since the machine did."""
    after_name = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    return int(after_name[19]) / os.sysconf("SC_CLK_TCK")


def _reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _status_mb(field: str) -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split(f"{field}:")[1].split()[0]) / 1024
