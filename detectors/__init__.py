"""Flawmark's detectors: visual anomaly detection that learns from normal images.

Importing this package imports no torch; `create` and `load` do.

    detector = detectors.create("patchcore", coreset_fraction=0.1, seed=0)
    detector.fit(images)
    scores = detector.score(more_images)
    detector.save("model")
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from detectors import registry
from detectors.errors import (
    ArtifactError,
    Cancelled,
    DetectorError,
    InputError,
    MissingWeightsError,
    NotFittedError,
    TrainingError,
)
from detectors.registry import names, schema

if TYPE_CHECKING:
    from detectors.base import Detector

__all__ = [
    "ArtifactError",
    "Cancelled",
    "DetectorError",
    "InputError",
    "MissingWeightsError",
    "NotFittedError",
    "TrainingError",
    "create",
    "load",
    "names",
    "schema",
]


def create(name: str, **hyperparameters: Any) -> "Detector":
    """Make an unfitted detector. `schema(name)` describes the hyperparameters.

    Raises:
        InputError: an unknown detector or hyperparameter, or a value of the wrong type or range.
    """
    registry.hyperparameters_class(name).parse(hyperparameters)
    return registry.detector_class(name)(**hyperparameters)


def load(folder: Path | str, device: str = "auto") -> "Detector":
    """Load a detector that `save` wrote, on `auto`, `cpu` or `cuda`.

    Raises:
        ArtifactError: the folder holds no detector, or a corrupted, foreign or newer one.
        MissingWeightsError: its backbone's weights are not on this machine.
    """
    from detectors import artifacts

    artifact = artifacts.read(Path(folder))
    return registry.detector_class(artifact.detector).from_artifact(artifact, device)
