"""The hyperparameters of every method that learns from made-up defects. Torch-free."""

from dataclasses import dataclass
from typing import cast

from detectors.errors import InputError
from detectors.hyperparameters import Hyperparameters, setting
from detectors.synthesis.foreground import FOREGROUND_RULES, ForegroundRule
from detectors.synthesis.kinds import KINDS, REAL, SynthesisSettings
from detectors.synthesis.photographs import PHOTOGRAPHS
from detectors.synthesis.textures import TEXTURES

SDAS = "sdas"
"""The kind that needs a network of its own; see `synthesis.diffusion.source`."""


@dataclass(frozen=True)
class SynthesisHyperparameters(Hyperparameters):
    """What the made-up defects are made of; a method adds its own settings."""

    synthesis: str = setting(
        "mixed",
        "Made-up defects: foreign textures in Perlin islands (perlin_texture), scratches, stains and smears "
        "made from the image itself (marks), pieces moved about (cutpaste), pieces of other normal images "
        "without a seam (nsa), reviewed defects (real), or the first four in turn (mixed).",
        group="basic",
        choices=KINDS,
    )
    texture_folder: str = setting(
        "",
        "A folder of images, such as DTD, whose textures are used in place of the built-in ones.",
        group="basic",
    )
    defect_folder: str = setting(
        "",
        "A folder of real defects, each a NAME.png with its NAME_mask.png: cloned into normal images.",
        group="basic",
    )
    real_share: float = setting(
        0.25,
        "Real defects' part of all made-up ones, where there are any: marked by reviewers, or in a folder.",
        minimum=0,
        maximum=1,
    )
    textures: tuple[str, ...] = setting(
        ("procedural", "photographs"),
        "Built-in textures: patterns made by code, scikit-image's free photographs, or those of the package "
        "miniworld, where it is installed.",
        choices=TEXTURES,
    )
    photographs: tuple[str, ...] = setting(
        PHOTOGRAPHS, "Which of the free photographs to use.", choices=PHOTOGRAPHS
    )
    texture_opacity_low: float = setting(
        0.2, "The faintest foreign texture; 1 hides the image completely.", minimum=0, maximum=1
    )
    texture_opacity_high: float = setting(1.0, "The strongest foreign texture.", minimum=0, maximum=1)
    foreground: str = setting(
        "auto",
        "Where the product is: all of the image, the bright or the dark side of Otsu's threshold, or found "
        "automatically.",
        choices=FOREGROUND_RULES,
    )

    def check(self) -> None:
        super().check()
        if self.texture_opacity_low > self.texture_opacity_high:
            raise InputError(
                f"texture_opacity_low ({self.texture_opacity_low}) must not be above "
                f"texture_opacity_high ({self.texture_opacity_high})."
            )
        if not self.texture_folder and (
            not self.textures or ("photographs" in self.textures and not self.photographs)
        ):
            raise InputError("Name at least one of textures, and of photographs, or give texture_folder.")

    @property
    def learns_from_real_defects(self) -> bool:
        return self.synthesis == REAL or self.real_share > 0

    def synthesis_settings(self) -> SynthesisSettings:
        """The same as settings for `kinds.create`."""
        return SynthesisSettings(
            kind=self.synthesis,
            textures=self.textures,
            photographs=self.photographs,
            texture_folder=self.texture_folder,
            defect_folder=self.defect_folder,
            real_share=self.real_share,
            texture_opacity=(self.texture_opacity_low, self.texture_opacity_high),
            foreground=cast(ForegroundRule, self.foreground),
        )


@dataclass(frozen=True)
class SdasHyperparameters(SynthesisHyperparameters):
    """Adds defects that a diffusion network draws."""

    synthesis: str = setting(
        "mixed",
        "What the made-up defects are: one of the kinds that every method knows, or pictures that a "
        "diffusion network, which is trained first, draws a little beside the normal ones (sdas).",
        group="basic",
        choices=(*KINDS, SDAS),
    )
    sdas_images: int = setting(64, "Images that the diffusion network draws.", title="SDAS images", minimum=1)
    sdas_steps: int = setting(
        450, "Steps that the diffusion network is trained.", title="SDAS steps", minimum=0
    )
    sdas_size: int = setting(
        64,
        "Side in pixels of the diffusion network's images; they are enlarged to image_size.",
        title="SDAS image size",
        minimum=16,
        maximum=256,
        multiple_of=16,
    )
    sdas_width: int = setting(
        32, "Channels of the diffusion network's first level.", title="SDAS width", minimum=8, maximum=256
    )
