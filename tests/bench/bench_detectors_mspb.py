"""What `bench_detectors.py` runs of MSPB."""

from typing import Any

DETECTOR = "mspb"

RUNS: dict[str, dict[str, Any]] = {
    "cpu": {},
    "untrained": {"steps": 0},
    "shared trunk": {"trunk": "shared"},
    "64 px alone": {"scales": ["64"]},
    "32 px alone": {"scales": ["32"]},
    "16 px alone": {"scales": ["16"]},
}
