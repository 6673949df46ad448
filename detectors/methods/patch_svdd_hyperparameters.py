"""Patch SVDD's hyperparameters, torch-free: the web form and the command line read them from here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from detectors.hyperparameters import setting
from detectors.methods.patches.hyperparameters import PatchHyperparameters

_PAPER_EPOCHS, _PAPER_PAIRS_PER_IMAGE = 300, 100


@dataclass(frozen=True)
class PatchSVDDHyperparameters(PatchHyperparameters):
    """Defaults are for two CPU cores; the preset `paper` follows the authors' code."""

    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "cpu": {},
        "gpu": {
            "image_size": 256,
            "width": 1.0,
            "learning_rate": 3e-4,
            "optimiser_epsilon": 1e-8,
            "steps": 20_000,
            "frames_per_batch": 8,
            "batch_size": 512,
            "stride_64": 16,
        },
        "paper": {
            "first_weights": "default",
            "keep_best": False,
            "optimiser_epsilon": 1e-8,
            "image_size": 256,
            "steps": -1,
            "epochs": float(_PAPER_EPOCHS),
            "learning_rate": 1e-4,
            "batch_size": 64,
            "width": 1.0,
            "frames_per_batch": 0,
            "resample_invalid": False,
            "freeze_last_weight": True,
            "stride_64": 16,
        },
    }

    steps: int = setting(
        300,
        "Optimiser steps. 0 leaves the network untrained, for comparison; -1: as many as the epochs make.",
        group="basic",
        minimum=-1,
    )
    batch_size: int = setting(
        512, "Pairs of patches per loss and patch size in one step.", minimum=1, maximum=16_384
    )
    position_loss: bool = setting(
        True, "Learn which way a patch lies from its neighbour; false leaves only the SVDD loss (ablation)."
    )
    width: float = setting(
        0.5, "Factor on the encoder's hidden channels; 1 as published.", minimum=0.125, maximum=4.0
    )
    frames_per_batch: int = setting(
        4,
        "Windows that the pairs of the position loss share in one step, each of an image of its own and "
        "encoded once for both sizes; 0 draws and encodes every pair on its own, as published, at many "
        "times the cost.",
        minimum=0,
        maximum=256,
    )
    near_frames_per_batch: int = setting(
        1,
        "The same for the SVDD loss and each size; 0 where frames_per_batch is 0.",
        minimum=1,
        maximum=256,
    )
    stride_64: int = setting(8, "Step between 64 px patches.", minimum=4, maximum=64, multiple_of=4)
    stride_32: int = setting(4, "Step between 32 px patches.", minimum=4, maximum=32, multiple_of=4)
    combination: str = setting(
        "product", "How the maps of both sizes come together.", choices=("product", "sum")
    )

    def strides_px(self) -> dict[int, int]:
        return {64: self.stride_64, 32: self.stride_32}

    def steps_per_epoch(self, images: int) -> float:
        return images * _PAPER_PAIRS_PER_IMAGE / self.batch_size

    def share_of_paper(self, steps: int, images: int) -> float:
        return steps * self.batch_size / (_PAPER_EPOCHS * _PAPER_PAIRS_PER_IMAGE * images)
