"""MSPB's hyperparameters, torch-free: the web form and the command line read them from here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from detectors.errors import InputError
from detectors.hyperparameters import setting
from detectors.methods.patches.hyperparameters import PatchHyperparameters

SCALES = ("64", "32", "16")

_PAPER_EPOCHS, _PAPER_PAIRS_PER_IMAGE = 100, 100


@dataclass(frozen=True)
class MSPBHyperparameters(PatchHyperparameters):
    """Defaults are for two CPU cores; the preset `paper` follows the authors' code."""

    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "cpu": {},
        "gpu": {
            "image_size": 256,
            "width": 0.5,
            "learning_rate": 3e-4,
            "optimiser_epsilon": 1e-8,
            "steps": 6_000,
            "batch_size": 64,
            "centres": 50,
            "rounds": 100,
            "stride_32": 4,
            "stride_16": 4,
            "bank_rows": 50_000,
        },
        "paper": {
            "trunk": "shared",
            "first_weights": "default",
            "keep_best": False,
            "optimiser_epsilon": 1e-8,
            "image_size": 256,
            "width": 1.0,
            "weights": "imagenet",
            "steps": -1,
            "epochs": float(_PAPER_EPOCHS),
            "learning_rate": 1e-5,
            "batch_size": 64,
            "centres": 50,
            "rounds": _PAPER_EPOCHS,
            "resample_invalid": False,
            "freeze_last_weight": True,
            "stride_32": 4,
            "stride_16": 4,
        },
    }

    learning_rate: float = setting(5e-4, "Step size of the optimiser (Adam).", minimum=0.0, maximum=1.0)
    optimiser_epsilon: float = setting(
        1e-3,
        "Adam's epsilon, published 1e-8: gradients far below it make small steps instead of whole ones, so "
        "that noise moves the networks less.",
        minimum=1e-12,
        maximum=1.0,
    )
    steps: int = setting(
        160,
        "Optimiser steps. 0 leaves the network untrained, for comparison; -1: as many as the epochs make.",
        group="basic",
        minimum=-1,
    )
    trials: int = setting(
        8,
        "How often the encoders are tried in the course of a training, where the best ones are kept.",
        minimum=1,
    )
    batch_size: int = setting(
        32, "Patches, or pairs of them, per loss and patch size in one step.", minimum=1, maximum=4096
    )
    scales: tuple[str, ...] = setting(
        SCALES, "Patch sizes in pixels; fewer are an ablation.", group="basic", choices=SCALES
    )
    width: float = setting(
        0.25, "Factor on all channels of trunk and heads; 1 as published.", minimum=0.0625, maximum=1.0
    )
    weights: str = setting(
        "random", "First weights of the trunks: random, imagenet (VGG16, needs width 1), or a file's path."
    )
    trunk: str = setting(
        "own",
        "One trunk shared by the encoders of all patch sizes, as in the authors' code, or one for each: the "
        "paper's encoders are independent.",
        choices=("shared", "own"),
    )
    centres: int = setting(16, "Cluster centres per patch size; 0: no k-means loss.", minimum=0, maximum=1000)
    rounds: int = setting(
        20,
        "The training is cut into so many rounds: clustered first at round 5, then every fifth, and the "
        "k-means loss joins after round 10. The published rounds are its epochs.",
        minimum=1,
        maximum=1000,
    )
    centre_distance: str = setting(
        "squared",
        "The k-means loss: squared distances as in the authors' code, or their norm as in the paper.",
        choices=("squared", "norm"),
    )
    far_rule: str = setting(
        "code",
        "Far patches of the cosine loss: code draws in a direction and moves what falls outside inside, "
        "where it may come near; uniform_far draws anywhere at least a patch away.",
        choices=("code", "uniform_far"),
    )
    stride_64: int = setting(16, "Step between 64 px patches.", minimum=4, maximum=64, multiple_of=4)
    stride_32: int = setting(8, "Step between 32 px patches.", minimum=4, maximum=32, multiple_of=4)
    stride_16: int = setting(8, "Step between 16 px patches.", minimum=4, maximum=16, multiple_of=4)
    combination: str = setting("sum", "How the maps of all sizes come together.", choices=("sum", "product"))
    include_border: bool = setting(
        False,
        "Let the 8 px window of the image score stick out of the image, as in the authors' code.",
    )

    def check(self) -> None:
        if not self.scales or len(set(self.scales)) < len(self.scales):
            raise InputError("scales must name at least one patch size, and each once.")
        if self.weights != "random" and self.width != 1.0:
            raise InputError("weights other than random need width 1: they are those of the whole VGG16.")

    def strides_px(self) -> dict[int, int]:
        strides = {64: self.stride_64, 32: self.stride_32, 16: self.stride_16}
        return {int(name): strides[int(name)] for name in SCALES if name in self.scales}

    def steps_per_epoch(self, images: int) -> float:
        return images * _PAPER_PAIRS_PER_IMAGE / self.batch_size

    def share_of_paper(self, steps: int, images: int) -> float:
        return steps * self.batch_size / (_PAPER_EPOCHS * _PAPER_PAIRS_PER_IMAGE * images)
