"""What `bench_detectors.py` runs for RealNet: every kind of made-up defects, and what each part is worth.

The surfaces of the bench are three of the photographs that textures come from by default; they are left out
here, so that no defect of the test was a texture of the training.
"""

from typing import Any

from detectors.synthesis.photographs import PHOTOGRAPHS
from detectors.synthesis.surfaces import SURFACES

DETECTOR = "realnet"

_FAIR: dict[str, Any] = {"photographs": [name for name in PHOTOGRAPHS if name not in SURFACES]}

RUNS: dict[str, dict[str, Any]] = {
    "cpu": _FAIR,
    "untrained": {**_FAIR, "steps": 0},
    "perlin_texture": {**_FAIR, "synthesis": "perlin_texture"},
    "marks": {**_FAIR, "synthesis": "marks"},
    "cutpaste": {**_FAIR, "synthesis": "cutpaste"},
    "nsa": {**_FAIR, "synthesis": "nsa"},
    "sdas": {**_FAIR, "synthesis": "sdas"},
    "last network": {**_FAIR, "keep_best": False},
    "detached discriminator": {**_FAIR, "stop_gradient": True},
}
