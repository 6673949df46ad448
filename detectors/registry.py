"""The known detectors. Torch-free: a method's network code is imported only when a detector is made."""

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detectors.errors import InputError
from detectors.hyperparameters import Hyperparameters

if TYPE_CHECKING:
    from detectors.base import Detector


@dataclass(frozen=True)
class Entry:
    """Where a method lives, and the words a person chooses it by."""

    title: str
    description: str
    detector: str
    hyperparameters: str


_ENTRIES: dict[str, Entry] = {
    "patchcore": Entry(
        title="PatchCore",
        description=(
            "Compares every patch of an image with a memory of normal patches; trains in seconds, "
            "and a reviewer's correction takes effect at once."
        ),
        detector="detectors.methods.patchcore:PatchCore",
        hyperparameters="detectors.methods.patchcore_hyperparameters:PatchCoreHyperparameters",
    ),
    "patchcore_ensemble": Entry(
        title="PatchCore ensemble",
        description="Several PatchCores with different networks, averaged; slower than one.",
        detector="detectors.methods.patchcore_ensemble:PatchCoreEnsemble",
        hyperparameters=(
            "detectors.methods.patchcore_ensemble_hyperparameters:PatchCoreEnsembleHyperparameters"
        ),
    ),
    "patch_svdd": Entry(
        title="Patch SVDD",
        description=(
            "Trains its own network on the normal images, so it works where no pretrained network fits; "
            "compares patches of two sizes."
        ),
        detector="detectors.methods.patch_svdd.detector:PatchSVDD",
        hyperparameters="detectors.methods.patch_svdd_hyperparameters:PatchSVDDHyperparameters",
    ),
    "mspb": Entry(
        title="MSPB",
        description=(
            "Trains its own network on the normal images; compares patches of three sizes, for defects from "
            "fine to coarse."
        ),
        detector="detectors.methods.mspb.detector:MSPB",
        hyperparameters="detectors.methods.mspb_hyperparameters:MSPBHyperparameters",
    ),
    "intra": Entry(
        title="InTra",
        description=(
            "Learns to inpaint every patch of a normal image from its surroundings; what cannot be inpainted "
            "is a defect. Trains minutes to hours, and needs no pretrained weights."
        ),
        detector="detectors.methods.intra.detector:InTra",
        hyperparameters="detectors.methods.intra.hyperparameters:InTraHyperparameters",
    ),
    "draem": Entry(
        title="DRAEM",
        description=(
            "Learns from made-up defects to restore the image and to mark what it had to restore; "
            "needs no pretrained weights, and minutes to train."
        ),
        detector="detectors.methods.draem.detector:Draem",
        hyperparameters="detectors.methods.draem.hyperparameters:DraemHyperparameters",
    ),
    "realnet": Entry(
        title="RealNet",
        description=(
            "Reconstructs pretrained features of normal images and learns from made-up defects where the "
            "reconstruction fails; trains in minutes."
        ),
        detector="detectors.methods.realnet.detector:RealNet",
        hyperparameters="detectors.methods.realnet.hyperparameters:RealNetHyperparameters",
    ),
}


def names() -> list[str]:
    """Names of all detectors; the one to try first comes first."""
    return list(_ENTRIES)


def entry(name: str) -> Entry:
    """The registry entry of a detector; `InputError` for an unknown name."""
    if name not in _ENTRIES:
        raise InputError(f"Unknown detector {name!r}; known: {', '.join(names())}.")
    return _ENTRIES[name]


def hyperparameters_class(name: str) -> type[Hyperparameters]:
    """The hyperparameter dataclass of a detector, without importing torch."""
    found: type[Hyperparameters] = _imported(entry(name).hyperparameters)
    return found


def detector_class(name: str) -> "type[Detector]":
    """The detector class; imports torch where the method needs it."""
    found: type[Detector] = _imported(entry(name).detector)
    return found


def schema(name: str) -> dict[str, Any]:
    """JSON schema (2020-12) of a detector's hyperparameters, without importing torch."""
    found = entry(name)
    return hyperparameters_class(name).json_schema(found.title, found.description)


def _imported(reference: str) -> Any:
    module, _, attribute = reference.partition(":")
    return getattr(importlib.import_module(module), attribute)
