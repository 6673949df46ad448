"""The hyperparameters of RealNet. Torch-free."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from detectors.errors import InputError
from detectors.hyperparameters import setting
from detectors.methods.patchcore_hyperparameters import BACKBONE_NAMES
from detectors.synthesis.hyperparameters import SDAS, SdasHyperparameters
from detectors.training.hyperparameters import TrainedHyperparameters

PAPER_EPOCHS, PAPER_BATCH = 1000, 16


@dataclass(frozen=True)
class RealNetHyperparameters(SdasHyperparameters, TrainedHyperparameters):
    """Preset `paper` follows the publication; `cpu` and `gpu` keep its structure on a smaller backbone."""

    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "cpu": {},
        "gpu": {
            "image_size": 256,
            "epochs": 200.0,
            "batch_size": 16,
            "multipliers": ("1", "2", "4"),
            "residual_blocks": 2,
            "score_window": 16,
        },
        "paper": {
            "backbone": "wide_resnet50_2",
            "layers": ("layer1", "layer2", "layer3", "layer4"),
            "kept_channels": ("256", "512", "512", "256"),
            "layer_scaling": False,
            "image_size": 256,
            "epochs": float(PAPER_EPOCHS),
            "batch_size": PAPER_BATCH,
            "learning_rate": 1e-4,
            "multipliers": ("1", "2", "4"),
            "residual_blocks": 2,
            "kept_residuals": 256,
            "selection_batches": 64,
            "score_window": 16,
            "synthesis": SDAS,
        },
    }

    epochs: float = setting(
        60.0, "Passes over the training images, where steps are not given.", group="basic", minimum=0
    )
    image_size: int = setting(
        128,
        "Side in pixels of the network's square input.",
        group="basic",
        minimum=32,
        maximum=1024,
        multiple_of=32,
    )
    backbone: str = setting("efficientnet_lite0", "The frozen pretrained network.", choices=BACKBONE_NAMES)
    weights: str = setting(
        "imagenet",
        "imagenet, random (for comparison), or the path of a file of weights.",
        title="Backbone weights",
    )
    layers: tuple[str, ...] = setting(
        ("blocks.1", "blocks.2", "blocks.4"),
        "Names of the backbone's layers, finest first. Coarse ones make for blurred maps of small images.",
    )
    kept_channels: tuple[str, ...] = setting(
        ("24", "40", "64"), "How many channels anomaly-aware selection keeps of each layer."
    )
    layer_scaling: bool = setting(True, "Bring all layers to the same magnitude, by factors fixed at fit.")
    multipliers: tuple[str, ...] = setting(
        ("1", "2"), "Width of the reconstruction networks' levels, in halves of the channels."
    )
    residual_blocks: int = setting(
        1, "Residual blocks per level of a reconstruction network.", minimum=1, maximum=8
    )
    kept_residuals: int = setting(
        32, "Residual channels that each of the two selection rules keeps.", minimum=1, maximum=4096
    )
    stop_gradient: bool = setting(
        False, "Keep the discriminator's loss from training the reconstruction networks."
    )
    selection_batches: int = setting(
        8, "Batches of made-up defects that channels are selected on.", minimum=1
    )
    batch_size: int = setting(8, "Images per optimiser step.", minimum=1, maximum=256)
    learning_rate: float = setting(5e-4, "Of Adam.", minimum=1e-7, maximum=1.0)
    anomaly_share: float = setting(
        0.5, "The part of the training samples that get a made-up defect.", minimum=0.05, maximum=1.0
    )
    keep_best: bool = setting(
        True,
        "Keep the network that does best on made-up defects in held-out normal images, instead of the last.",
    )
    score_window: int = setting(
        8, "Side in pixels of the mean filter before the maximum is taken.", minimum=1, maximum=256
    )

    def check(self) -> None:
        super().check()
        if len(self.kept_channels) != len(self.layers):
            raise InputError(
                f"kept_channels names {len(self.kept_channels)} layers, but layers names {len(self.layers)}."
            )
        _counts("kept_channels", self.kept_channels)
        _counts("multipliers", self.multipliers)
        if self.score_window > self.image_size:
            raise InputError("score_window must not be larger than image_size.")
        if self.kept_residuals > sum(self.kept_counts):
            raise InputError(
                f"kept_residuals must be at most {sum(self.kept_counts)}, the sum of kept_channels."
            )

    @property
    def kept_counts(self) -> tuple[int, ...]:
        return _counts("kept_channels", self.kept_channels)

    @property
    def width_multipliers(self) -> tuple[int, ...]:
        return _counts("multipliers", self.multipliers)

    def steps_per_epoch(self, images: int) -> float:
        return images / self.batch_size

    def share_of_paper(self, steps: int, images: int) -> float:
        return steps * self.batch_size / (PAPER_EPOCHS * images)


def _counts(name: str, texts: tuple[str, ...]) -> tuple[int, ...]:
    if not texts or not all(text.isascii() and text.isdigit() and int(text) > 0 for text in texts):
        raise InputError(f"{name} must be a list of whole numbers above 0, not {','.join(texts)!r}.")
    return tuple(int(text) for text in texts)
