"""InTra's hyperparameters, torch-free: the web form and the command line read them from here."""

from dataclasses import dataclass
from typing import Any, ClassVar

from detectors.errors import InputError
from detectors.hyperparameters import setting
from detectors.training.hyperparameters import TrainedHyperparameters

PAPER_WINDOWS_PER_IMAGE = 600
PAPER_EPOCHS = 200
"""The published training ends by its patience; this many epochs is what we count as all of it."""

CELLS_PER_PATCH = 4
"""The map has this many cells along each side of a patch."""


@dataclass(frozen=True)
class InTraHyperparameters(TrainedHyperparameters):
    """Defaults are the preset `cpu`; descriptions name what differs from the paper."""

    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "cpu": {},
        "gpu": {
            "image_size": 256,
            "patch": 16,
            "window": 7,
            "width": 256,
            "blocks": 13,
            "heads": 8,
            "mlp_ratio": 4,
            "batch_size": 256,
            "windows_per_image": 200,
            "epochs": 60.0,
            "learning_rate": 3e-4,
            "augmentation": "auto",
            "filter_px": 21,
        },
        "paper": {
            "image_size": 256,
            "patch": 16,
            "window": 7,
            "width": 512,
            "blocks": 13,
            "heads": 8,
            "mlp_ratio": 4,
            "batch_size": 256,
            "windows_per_image": PAPER_WINDOWS_PER_IMAGE,
            "epochs": float(PAPER_EPOCHS),
            "learning_rate": 1e-4,
            "learning_rate_decay": False,
            "augmentation": "auto",
            "patience_epochs": 50,
            "keep_best": False,
            "filter_px": 21,
            "colour_weight": 0.0,
        },
    }

    epochs: float = setting(
        25.0,
        "Passes over the training images, where steps are not given; a pass draws windows_per_image of each.",
        group="basic",
        minimum=0,
    )
    image_size: int = setting(
        128,
        "Side in pixels to which images are resized; larger finds smaller defects and takes longer.",
        group="basic",
        minimum=32,
        maximum=2048,
    )
    positions: str = setting(
        "auto",
        "local knows where a patch lies in its window (textures), global where it lies in the image (aligned "
        "parts); auto measures whether the training images are aligned.",
        group="basic",
        choices=("auto", "local", "global"),
    )
    tile_size: int = setting(
        0,
        "Side in image pixels of overlapping tiles, for large images with small defects; 0 inspects "
        "the whole image at once.",
        group="basic",
        minimum=0,
        maximum=8192,
    )
    tile_overlap: float = setting(
        0.25, "The least part of a tile that it shares with its neighbour.", minimum=0.0, maximum=0.75
    )
    patch: int = setting(
        8,
        "Side in network pixels of the patch that is inpainted; published: 16. A smaller one is easier.",
        minimum=4,
        maximum=64,
        multiple_of=CELLS_PER_PATCH,
    )
    window: int = setting(
        5, "Side in patches of the window from which a patch is inpainted.", minimum=2, maximum=32
    )
    attention: str = setting(
        "mfsa",
        "mfsa makes queries and keys by small networks, as in the paper; msa by linear maps.",
        choices=("mfsa", "msa"),
    )
    long_residuals: bool = setting(True, "Add the output of each early block to the input of its mirror.")
    width: int = setting(64, "Values per token.", minimum=8, maximum=2048)
    blocks: int = setting(5, "Transformer blocks.", minimum=1, maximum=48)
    heads: int = setting(4, "Attention heads; they divide half the width.", minimum=1, maximum=64)
    mlp_ratio: int = setting(2, "Width of a block's inner layer over the token's.", minimum=1, maximum=8)
    batch_size: int = setting(32, "Windows per optimiser step.", minimum=1, maximum=4096)
    windows_per_image: int = setting(
        50, "Windows drawn of each image in one pass.", minimum=1, maximum=10_000
    )
    learning_rate: float = setting(2e-3, "Adam's step size.", minimum=1e-7, maximum=1.0)
    learning_rate_decay: bool = setting(
        True, "Lower the step size to zero along half a cosine; the paper keeps it."
    )
    gms_weight: float = setting(
        0.01, "Weight of the gradient-similarity loss (alpha).", minimum=0.0, maximum=100.0
    )
    ssim_weight: float = setting(
        0.01, "Weight of the structural-similarity loss (beta).", minimum=0.0, maximum=100.0
    )
    augmentation: str = setting(
        "none",
        "How windows are turned over while training; auto takes turns for local positions, none for global.",
        choices=("auto", "none", "flips", "turns"),
    )
    patience_epochs: int = setting(
        0,
        "Stop after so many passes without a lower loss on a tenth of the images, held out, and keep the "
        "best network; 0 trains to the end on all images.",
        minimum=0,
        maximum=10_000,
    )
    keep_best: bool = setting(
        True,
        "Keep the network that does best on made-up defects in held-out normal images, instead of the last "
        "one, or of that with the lowest loss. Needs six images.",
    )
    trials: int = setting(
        8,
        "How often the network is tried in the course of a training, where the best one is kept.",
        minimum=1,
    )
    filter_px: int = setting(
        11, "Side in network pixels of the square over which the map's errors are averaged; odd.", minimum=1
    )
    colour_weight: float = setting(
        3.0,
        "Weight of the colours' difference beside that of the gradients in the map; published: 0.",
        minimum=0.0,
        maximum=100.0,
    )

    def check(self) -> None:
        if self.image_size % self.patch:
            raise InputError(
                f"image_size ({self.image_size}) must be a multiple of patch ({self.patch}): "
                "the patches tile the image."
            )
        if self.window * self.patch > self.image_size:
            raise InputError(
                f"A window of {self.window} patches of {self.patch} pixels is larger than the image "
                f"(image_size {self.image_size})."
            )
        if self.width % (2 * self.heads):
            raise InputError(f"heads ({self.heads}) must divide half the width ({self.width // 2}).")
        if self.filter_px % 2 == 0:
            raise InputError(f"filter_px must be odd, not {self.filter_px}.")

    def steps_per_epoch(self, images: int) -> float:
        return images * self.windows_per_image / self.batch_size

    def share_of_paper(self, steps: int, images: int) -> float:
        return steps * self.batch_size / (PAPER_EPOCHS * PAPER_WINDOWS_PER_IMAGE * images)
