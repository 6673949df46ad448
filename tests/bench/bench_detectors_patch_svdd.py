"""What `bench_detectors.py` runs of Patch SVDD."""

from typing import Any

DETECTOR = "patch_svdd"

RUNS: dict[str, dict[str, Any]] = {
    "cpu": {},
    "untrained": {"steps": 0},
    "no position loss": {"position_loss": False},
}
