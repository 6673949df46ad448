"""DRAEM's hyperparameters, torch-free: the web form and the command line read them from here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from detectors.errors import InputError
from detectors.hyperparameters import setting
from detectors.synthesis.hyperparameters import SynthesisHyperparameters
from detectors.training.hyperparameters import TrainedHyperparameters

_PAPER_EPOCHS = 700


@dataclass(frozen=True)
class DraemHyperparameters(SynthesisHyperparameters, TrainedHyperparameters):
    """Defaults are small enough for two CPU cores; the preset `paper` has the published settings.

    What so short a training lacks is steps: the networks have no layer that knows a picture's size, so the
    preset `cpu` learns on small pieces, most of them with several made-up defects, and judges whole images.
    The score's window is narrower: one of a tenth of the side blurred thin scratches away.
    """

    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "cpu": {},
        "gpu": {
            "image_size": 256,
            "reconstruction_width": 64,
            "segmentation_width": 32,
            "steps": 8000,
            "batch_size": 8,
            "learning_rate": 3e-4,
            "anomaly_share": 0.5,
            "crop_size": 0,
            "defects_at_once": 1,
            "score_window": 21,
            "map_cell": 2,
        },
        "paper": {
            "image_size": 256,
            "reconstruction_width": 128,
            "segmentation_width": 64,
            "steps": -1,
            "epochs": float(_PAPER_EPOCHS),
            "batch_size": 8,
            "learning_rate": 1e-4,
            "anomaly_share": 0.5,
            "crop_size": 0,
            "defects_at_once": 1,
            "score_window": 21,
            "rotated_share": 0.3,
            "synthesis": "perlin_texture",
            "foreground": "all",
            "texture_opacity_low": 0.1,
        },
    }

    steps: int = setting(
        2000,
        "Optimiser steps. 0 leaves the network untrained, for comparison; -1: as many as the epochs make.",
        group="basic",
        minimum=-1,
    )
    image_size: int = setting(
        128,
        "Side in pixels of the network's square input; larger finds smaller defects and takes longer.",
        group="basic",
        minimum=32,
        maximum=2048,
    )
    tile_size: int = setting(
        0,
        "Side in image pixels of overlapping tiles, for large images with small defects; 0 inspects the "
        "whole image at once.",
        minimum=0,
        maximum=8192,
    )
    tile_overlap: float = setting(
        0.25, "The least part of a tile that it shares with its neighbour.", minimum=0.0, maximum=0.75
    )
    reconstruction_width: int = setting(
        16, "Channels of the restoring network's first layer; 128 in the paper.", minimum=1, maximum=512
    )
    segmentation_width: int = setting(
        16, "Channels of the judging network's first layer; 64 in the paper.", minimum=1, maximum=512
    )
    batch_size: int = setting(4, "Images per optimiser step.", minimum=2, maximum=256)
    learning_rate: float = setting(
        1e-3, "Adam's step size; a fifth of it from 80 % and a 25th from 90 % of the steps.", minimum=0
    )
    anomaly_share: float = setting(
        0.75, "The part of the training images that get a made-up defect.", minimum=0.05, maximum=1
    )
    crop_size: int = setting(
        64,
        "Side in network pixels of the pieces that are trained on, at most image_size; 0: whole images.",
        minimum=0,
        maximum=2048,
    )
    defects_at_once: int = setting(
        2, "A spoiled training image gets between one and so many made-up defects.", minimum=1, maximum=16
    )
    rotated_share: float = setting(
        0.0, "The part of the training images that are turned by up to 90 degrees.", minimum=0, maximum=1
    )
    ssim_weight: float = setting(1.0, "Weight of structural similarity in the restoring loss.", minimum=0)
    focal_gamma: float = setting(
        2.0, "How much the judging loss looks at hard pixels; 0: cross entropy.", minimum=0, maximum=10
    )
    score_window: int = setting(
        7,
        "Side in network pixels, odd, of the window whose mean scores an image; 21 at 256 px in the paper.",
        minimum=1,
        maximum=255,
    )
    map_cell: int = setting(
        1,
        "Side in network pixels of one cell of the score map, which holds their mean.",
        minimum=1,
        maximum=16,
    )

    def check(self) -> None:
        super().check()
        if self.score_window % 2 == 0:
            raise InputError(f"score_window must be odd, not {self.score_window}.")
        if self.image_size % self.map_cell:
            raise InputError(
                f"image_size ({self.image_size}) must be a multiple of map_cell ({self.map_cell})."
            )

    def steps_per_epoch(self, images: int) -> float:
        return images / self.batch_size

    def share_of_paper(self, steps: int, images: int) -> float:
        part = min(1.0, self.crop_size / self.image_size) if self.crop_size else 1.0
        return steps * self.batch_size * part**2 / (_PAPER_EPOCHS * images)
