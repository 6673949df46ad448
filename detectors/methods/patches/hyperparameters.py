"""Hyperparameters that Patch SVDD and MSPB share. Torch-free."""

from abc import abstractmethod
from dataclasses import dataclass

from detectors.hyperparameters import setting
from detectors.training.hyperparameters import TrainedHyperparameters


@dataclass(frozen=True)
class PatchHyperparameters(TrainedHyperparameters):
    """Frames, sampling, training and memory."""

    image_size: int = setting(
        128,
        "Side in pixels to which images are resized; larger finds smaller defects and takes longer.",
        group="basic",
        minimum=64,
        maximum=1024,
        multiple_of=16,
    )
    learning_rate: float = setting(1e-3, "Step size of the optimiser (Adam).", minimum=0.0, maximum=1.0)
    optimiser_epsilon: float = setting(
        3e-4,
        "Adam's epsilon, published 1e-8: gradients far below it make small steps instead of whole ones, so "
        "that the noise of a task not understood yet moves the networks less than one that is.",
        minimum=1e-12,
        maximum=1.0,
    )
    svdd_weight: float = setting(
        1e-3,
        "λ, the weight of pulling neighbouring patches together: raise it for textures, lower it for "
        "objects; too large a weight makes all patches alike.",
        title="SVDD weight (λ)",
        group="basic",
        minimum=0.0,
        maximum=1e6,
    )
    batch_size: int = setting(
        128, "Pairs of patches per loss and patch size in one step.", minimum=1, maximum=4096
    )
    first_weights: str = setting(
        "contrast",
        "How untrained networks begin: variance keeps the signal's size from layer to layer and learns "
        "within few steps; contrast also brings every surface's contrast to the same size first; default is "
        "torch's own, as in the authors' codes.",
        choices=("contrast", "variance", "default"),
    )
    embedding_dim: int = setting(64, "Length of a patch's embedding.", minimum=2, maximum=512)
    freeze_last_weight: bool = setting(
        False,
        "Keep the last weight of the direction classifiers random, as the authors' codes do; false lets it "
        "learn.",
    )
    resample_invalid: bool = setting(
        True,
        "Draw the first patch such that the second lies inside the image, where that has room; false moves "
        "the second one inside, as the authors' codes do, which mislabels some pairs.",
    )
    keep_best: bool = setting(
        True,
        "Keep the encoder that does best on made-up defects in held-out normal images, instead of the last; "
        "the held-out images join the memory. Needs six images.",
    )
    trials: int = setting(
        12,
        "How often the encoder is tried in the course of a training, where the best one is kept.",
        minimum=1,
    )
    bank_rows: int = setting(
        0,
        "Patches per size that the memory keeps, chosen to cover all others; 0 keeps all, as published.",
        group="basic",
        minimum=0,
        maximum=10_000_000,
    )
    k_neighbors: int = setting(
        1, "A patch's score is its mean distance to this many nearest normal patches.", minimum=1, maximum=50
    )
    tile_size: int = setting(
        0,
        "Side in image pixels of overlapping tiles, for large images with small defects; 0 inspects "
        "the whole image at once.",
        minimum=0,
        maximum=8192,
    )
    tile_overlap: float = setting(
        0.25, "The least part of a tile that it shares with its neighbour.", minimum=0.0, maximum=0.75
    )

    @abstractmethod
    def strides_px(self) -> dict[int, int]:
        """By patch size in pixels, the step from one patch to the next."""
