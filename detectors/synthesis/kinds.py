"""The kinds of made-up defects by name. Torch-free."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from detectors.errors import InputError
from detectors.synthesis.base import MixedSynthesis, Synthesis
from detectors.synthesis.cutpaste import CutPaste
from detectors.synthesis.foreground import ForegroundRule
from detectors.synthesis.marks import Marks
from detectors.synthesis.nsa import NaturalAnomalies
from detectors.synthesis.perlin_texture import PerlinTexture
from detectors.synthesis.photographs import PHOTOGRAPHS
from detectors.synthesis.pixels import RgbImage
from detectors.synthesis.real_defects import Crop, RealDefects, read_defects
from detectors.synthesis.textures import texture_source

REAL = "real"
_MIXED_SHARES = {"perlin_texture": 0.3, "marks": 0.4, "cutpaste": 0.15, "nsa": 0.15}


@dataclass(frozen=True)
class SynthesisSettings:
    """What made-up defects are made of.

    Attributes:
        kind: one of `KINDS`.
        textures: sources of foreign textures, of `textures.TEXTURES`.
        photographs: which carried photographs the source `photographs` means.
        texture_folder: a folder of images used in their place; empty: none.
        defect_folder: a folder of real defects (`NAME.png`, `NAME_mask.png`); empty: none.
        real_share: where there are real defects and the kind is not `real`: their part of all.
        texture_opacity: (low, high) of foreign textures.
        foreground: where the product is.
    """

    kind: str = "mixed"
    textures: tuple[str, ...] = ("procedural", "photographs")
    photographs: tuple[str, ...] = PHOTOGRAPHS
    texture_folder: str = ""
    defect_folder: str = ""
    real_share: float = 0.25
    texture_opacity: tuple[float, float] = (0.2, 1.0)
    foreground: ForegroundRule = "auto"


def create(
    settings: SynthesisSettings, normals: Sequence[RgbImage], defects: Sequence[Crop] = ()
) -> Synthesis:
    """The synthesis that the settings describe.

    Args:
        settings: see there.
        normals: normal pictures of one size, in which made-up defects may find their pieces.
        defects: real defects besides those of the folder.

    Raises:
        InputError: a folder that cannot be used, or `real` without any real defect.
    """
    if settings.kind == REAL:
        return real_defects(settings, normals, defects)
    return with_real(_MAKERS[settings.kind](settings, normals), settings, normals, defects)


def with_real(
    chosen: Synthesis, settings: SynthesisSettings, normals: Sequence[RgbImage], defects: Sequence[Crop]
) -> Synthesis:
    """A kind, mixed with the share of real defects where there are any."""
    if settings.real_share == 0 or not (defects or settings.defect_folder):
        return chosen
    shares = [1 - settings.real_share, settings.real_share]
    return MixedSynthesis([chosen, real_defects(settings, normals, defects)], shares)


def real_defects(
    settings: SynthesisSettings, normals: Sequence[RgbImage], defects: Sequence[Crop]
) -> RealDefects:
    """The real defects alone, given ones and those of the folder; `InputError` where there are none."""
    size_px = normals[0].shape[0], normals[0].shape[1]
    folder = settings.defect_folder
    crops = [*defects, *(read_defects(Path(folder), size_px) if folder else [])]
    if not crops:
        raise InputError(
            "synthesis=real needs real defects: marked ones of this product, or those of defect_folder."
        )
    return RealDefects(crops, foreground=settings.foreground)


def _perlin_texture(settings: SynthesisSettings, normals: Sequence[RgbImage]) -> Synthesis:
    textures = texture_source(settings.textures, settings.photographs, settings.texture_folder)
    return PerlinTexture(textures, texture_opacity=settings.texture_opacity, foreground=settings.foreground)


def _cutpaste(settings: SynthesisSettings, normals: Sequence[RgbImage]) -> Synthesis:
    return CutPaste()


def _nsa(settings: SynthesisSettings, normals: Sequence[RgbImage]) -> Synthesis:
    return NaturalAnomalies(normals, foreground=settings.foreground)


def _marks(settings: SynthesisSettings, normals: Sequence[RgbImage]) -> Synthesis:
    return Marks()


def _mixed(settings: SynthesisSettings, normals: Sequence[RgbImage]) -> Synthesis:
    parts = [_MAKERS[kind](settings, normals) for kind in _MIXED_SHARES]
    return MixedSynthesis(parts, list(_MIXED_SHARES.values()))


_MAKERS: dict[str, Callable[[SynthesisSettings, Sequence[RgbImage]], Synthesis]] = {
    "mixed": _mixed,
    "perlin_texture": _perlin_texture,
    "marks": _marks,
    "cutpaste": _cutpaste,
    "nsa": _nsa,
}

KINDS = (*_MAKERS, REAL)
