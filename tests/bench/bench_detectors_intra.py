"""What `bench_detectors.py` runs of InTra."""

from typing import Any

DETECTOR = "intra"

RUNS: dict[str, dict[str, Any]] = {
    "cpu": {},
    "untrained": {"steps": 0},
    "MSA": {"attention": "msa"},
    "no long residuals": {"long_residuals": False},
}
