"""Every choice of a generation run; what the publication leaves open is a field. Torch-free."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from detectors.errors import InputError
from detectors.hyperparameters import Settings, setting

PRESET_NAMES = ("cpu", "gpu", "paper")
ENCODERS = ("conse", "openclip")
MODES = ("sample", "mean", "quantized")
VIEWS = ("auto", "texture", "object", "none")


@dataclass(frozen=True)
class GenerationHyperparameters(Settings):
    """Defaults are the preset `cpu`: a run of 30 pictures takes about half a minute of one core."""

    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "cpu": {},
        "gpu": {
            "image_size": 256,
            "width": 64,
            "crop_size": 128,
            "batch_size": 16,
            "steps": 4000,
            "iterations": 10,
            "augmentations": 8,
        },
        "paper": {
            "image_size": 256,
            "network": "full",
            "latent_channels": 256,
            "codes": 1024,
            "crop_size": 256,
            "batch_size": 12,
            "steps": 30_000,
            "learning_rate": 5.4e-5,
            "update_learning_rate": 1e-5,
            "adversarial_start": 10_000,
            "iterations": 10,
            "augmentations": 8,
            "augment_light": 0.1,
            "augment_noise": 0.02,
            "augment_shift": 0.02,
            "augment_turn_deg": 5.0,
            "views": "none",
            "detail": 0.0,
        },
    }

    preset: str = setting(
        "cpu",
        "Small and quick (cpu), for one modern graphics card (gpu), or as published (paper).",
        group="basic",
        choices=PRESET_NAMES,
    )
    count: int = setting(30, "How many pictures are made.", group="basic", minimum=1, maximum=1000)
    seed: int = setting(
        0, "Same seed, images and device: same pictures.", group="basic", minimum=0, maximum=2**31 - 1
    )
    encoder: str = setting(
        "conse",
        "What compares words with pictures: conse needs no download, openclip the weights of CLIP.",
        group="basic",
        choices=ENCODERS,
    )
    mode: str = setting(
        "sample",
        "sample draws latents with the variance of the image's augmented copies, mean takes their mean, "
        "quantized the nearest codes (for comparison: no variance).",
        group="basic",
        choices=MODES,
    )
    image_size: int = setting(
        64,
        "Longer side in pixels at which the generator works. Larger images are brought down to it and its "
        "pictures up again; the setting detail says what becomes of what is lost.",
        group="basic",
        minimum=32,
        maximum=1024,
        multiple_of=16,
    )
    iterations: int = setting(
        3,
        "How many sets are made and compared; the generator is updated after each. 0 makes one set and "
        "leaves the generator as it was trained.",
        group="basic",
        minimum=0,
        maximum=1000,
    )
    device: str = setting("auto", "Where to compute.", group="basic", choices=("auto", "cpu", "cuda"))

    words: int = setting(24, "Candidate words that are tried in the prompt.", minimum=1, maximum=1000)
    general_words: float = setting(
        0.25,
        "The part of the candidate words that comes from general vocabulary, not from the keyword's "
        "relatives.",
        minimum=0,
        maximum=1,
    )
    wordnet_folder: str = setting(
        "", "Folder of WordNet's database files; empty looks where packages put them."
    )
    outlier_rule: str = setting(
        "iqr",
        "iqr drops words farther from the images than the third quartile and outlier_factor times the "
        "quartiles' distance; none keeps all.",
        choices=("iqr", "none"),
    )
    outlier_factor: float = setting(1.5, "How far the rule reaches.", minimum=0, maximum=100)
    outlier_space: str = setting(
        "embedding",
        "Where the rule measures: embedding takes the encoder's vectors as they are; unit scales them to "
        "length 1, where with one image the rule cannot change the winner; generator takes the latents of "
        "pictures that the trained generator makes for each word (words alone are compared by embedding).",
        choices=("embedding", "unit", "generator"),
    )
    openclip_model: str = setting(
        "ViT-B-32", "Name of an open_clip model, or the path of a model's JSON description."
    )
    openclip_weights: str = setting(
        "openai", "Path of the weights, or the tag of weights that are already in the cache."
    )

    augmentations: int = setting(
        4, "Augmented copies whose latents give mean and variance.", minimum=1, maximum=256
    )
    temperature: float = setting(
        1.0, "Factor of the latents' standard deviation; 0 is the mean.", minimum=0, maximum=10
    )
    augment_light: float = setting(
        0.03, "Largest change of brightness, contrast and saturation.", minimum=0, maximum=1
    )
    augment_noise: float = setting(
        0.01, "Standard deviation of added noise, of the full range.", minimum=0, maximum=1
    )
    augment_shift: float = setting(
        0.002,
        "Largest shift of an augmented copy, of the side; more blurs the mean.",
        minimum=0,
        maximum=0.5,
    )
    augment_turn_deg: float = setting(
        0.3, "Largest turn of an augmented copy; more blurs the mean.", minimum=0, maximum=180
    )
    views: str = setting(
        "auto",
        "How each picture's source is redrawn first: texture mirrors, flips, turns, zooms, shifts, bends it, "
        "object only shifts and turns a little, none takes it as it is. auto is texture where images look "
        "the same at every place, else object.",
        group="basic",
        choices=VIEWS,
    )
    view_flip: float = setting(
        0.5, "The part of a texture's views whose top and bottom are exchanged.", minimum=0, maximum=1
    )
    view_turn_deg: float = setting(10.0, "Largest turn of a texture's view.", minimum=0, maximum=180)
    view_zoom: float = setting(
        0.15, "Largest change of scale of a texture's view, as a logarithm.", minimum=0, maximum=1
    )
    view_shift: float = setting(0.25, "Largest shift of a texture's view, of the side.", minimum=0, maximum=1)
    view_bend: float = setting(
        0.01, "Standard deviation of a texture's bending, of the side.", minimum=0, maximum=0.2
    )
    view_light: float = setting(
        0.1, "Largest change of a view's brightness and contrast.", minimum=0, maximum=1
    )
    detail: float = setting(
        1.0,
        "Part of what the generator cannot express of its source (fine detail above all) that is laid over "
        "its picture. 0: the generator's own picture, which is blurred where it was enlarged.",
        minimum=0,
        maximum=1,
    )

    count_scope: str = setting(
        "set", "Whether count is the whole set's or each image's.", choices=("set", "image")
    )
    shots: int = setting(0, "Only the first so many images are sources; 0: all.", minimum=0)
    guidance: str = setting(
        "text",
        "text keeps the set that agrees best with the prompt; last keeps the last one.",
        choices=("text", "last"),
    )
    normalise_features: bool = setting(True, "Scale image features to length 1 before their mean.")
    diversity_floor: float = setting(
        0.002,
        "A set whose pictures differ by less than this (mean RMSE of pairs, of the full range) is not kept.",
        minimum=0,
        maximum=1,
    )

    generator_checkpoint: str = setting(
        "", "A VQGAN checkpoint (.ckpt, .pth or .safetensors) to start from; empty trains one on the images."
    )
    network: str = setting(
        "small", "small has no attention and keeps fine cells; full is the published VQGAN.",
        choices=("small", "full"),
    )  # fmt: skip
    width: int = setting(16, "Channels of the small network's first level.", minimum=4, maximum=256)
    latent_channels: int = setting(32, "Values of a latent cell.", minimum=1, maximum=1024)
    codes: int = setting(64, "Entries of the codebook.", minimum=2, maximum=65_536)
    steps: int = setting(
        60,
        "Optimiser steps on the images before the first set; 0 leaves the network as it is. With a "
        "checkpoint: 0 unless given.",
        minimum=0,
    )
    crop_size: int = setting(64, "Side of the crops it learns from.", minimum=16, maximum=1024)
    batch_size: int = setting(4, "Crops per step.", minimum=1, maximum=256)
    learning_rate: float = setting(2e-3, "Adam's step size, falling to a tenth.", minimum=0)
    perceptual_weight: float = setting(
        0.1, "Weight of the distance of pretrained features in the loss.", minimum=0
    )
    commitment: float = setting(0.25, "Beta of the quantiser's loss.", minimum=0)
    legacy_quantiser: bool = setting(
        True, "Weigh the codebook's term with beta, as the published code does, not the commitment's."
    )
    quantised_share: float = setting(
        0.5, "Part of each batch that is decoded from codes; the rest from latents.", minimum=0, maximum=1
    )
    adversarial_start: int = setting(
        -1, "Step from which a discriminator judges the pictures; -1: none.", minimum=-1
    )
    adversarial_weight: float = setting(0.8, "Factor of its adaptive weight.", minimum=0)
    update_steps: int = setting(10, "Optimiser steps after each set.", minimum=0, maximum=10_000)
    update_batch: int = setting(2, "Pictures per such step.", minimum=1, maximum=256)
    update_learning_rate: float = setting(
        1e-3, "Adam's step size there; 1e-5 suits a pretrained network.", minimum=0
    )

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Build from plain values, with the preset's for those left out; raises `InputError`."""
        preset = values.get("preset", "cpu")
        chosen = dict(cls.presets[preset]) if isinstance(preset, str) and preset in cls.presets else {}
        if values.get("generator_checkpoint"):
            chosen |= {"steps": 0, "update_learning_rate": 1e-5}
        return super().parse({**chosen, **values})

    def check(self) -> None:
        if self.crop_size % 16:
            raise InputError(f"crop_size must be a multiple of 16, not {self.crop_size}.")

    @classmethod
    def schema(cls) -> dict[str, Any]:
        """JSON schema of all fields, for a form."""
        return cls.json_schema("Generated normals", "Makes normal pictures from a few, guided by a word.")
