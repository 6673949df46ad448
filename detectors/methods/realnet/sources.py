"""What RealNet's made-up defects come from: its hyperparameters turned into one synthesis."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from detectors.base import FitContext
from detectors.methods.realnet.hyperparameters import RealNetHyperparameters
from detectors.synthesis.base import MixedSynthesis, Synthesis
from detectors.synthesis.cutpaste import CutPaste
from detectors.synthesis.diffusion.images import DiffusionSettings, Images, draw_images, train_diffusion
from detectors.synthesis.nsa import NaturalAnomalies
from detectors.synthesis.perlin_texture import PerlinTexture
from detectors.synthesis.pixels import RgbImage
from detectors.synthesis.real_defects import RealDefects, read_defects
from detectors.synthesis.textures import texture_source
from detectors.training.frames import Frames
from detectors.training.loop import Schedule

_SDAS_STRENGTH, _SDAS_OPACITY = (0.1, 0.2), (0.5, 1.0)


def made_up_defects(
    chosen: RealNetHyperparameters, frames: Frames, context: FitContext, device: torch.device
) -> Synthesis:
    """The synthesis that the hyperparameters name; trains the diffusion network where `sdas` is among them.

    Raises:
        InputError: a texture or defect folder that cannot be used.
    """
    size_px = chosen.image_size, chosen.image_size
    makers = {
        "perlin_texture": lambda: PerlinTexture(
            texture_source(chosen.textures, chosen.photographs, chosen.texture_folder), foreground="auto"
        ),
        "cutpaste": CutPaste,
        "nsa": lambda: NaturalAnomalies(_AsBytes(frames.tiles)),
        "real": lambda: RealDefects(read_defects(Path(chosen.defect_folder), size_px)),
        "sdas": lambda: _sdas(chosen, frames, context, device),
    }
    kinds: list[Synthesis] = [makers[name]() for name in chosen.synthesis]
    return MixedSynthesis(kinds, [1.0] * len(kinds))


def _sdas(
    chosen: RealNetHyperparameters, frames: Frames, context: FitContext, device: torch.device
) -> Synthesis:
    settings = DiffusionSettings(side_px=chosen.sdas_size, width=chosen.sdas_width)
    schedule = Schedule(chosen.sdas_steps, chosen.seed)
    network, _ = train_diffusion(frames.tiles, settings, schedule, context, device)
    drawn = draw_images(network, settings, chosen.sdas_images, _SDAS_STRENGTH, chosen.seed)
    textures = DrawnImages(drawn)
    return PerlinTexture(textures, texture_opacity=_SDAS_OPACITY, foreground="auto", augment=False)


@dataclass(frozen=True)
class DrawnImages:
    """A diffusion network's images as a source of textures; enlarged, bilinear, where they are too small."""

    images: Images

    def sample(self, size_px: tuple[int, int], random: np.random.Generator) -> RgbImage:
        """One of the images, (H, W, 3) uint8."""
        image = Image.fromarray(self.images[int(random.integers(len(self.images)))])
        return np.asarray(image.resize((size_px[1], size_px[0]), Image.Resampling.BILINEAR))


class _AsBytes(Sequence[RgbImage]):
    """Frames as 8-bit pictures, one at a time."""

    def __init__(self, tiles: npt.NDArray[np.generic]) -> None:
        self._tiles = tiles

    def __len__(self) -> int:
        return len(self._tiles)

    @overload
    def __getitem__(self, index: int) -> RgbImage: ...
    @overload
    def __getitem__(self, index: slice) -> list[RgbImage]: ...
    def __getitem__(self, index: int | slice) -> RgbImage | list[RgbImage]:
        if isinstance(index, slice):
            return [self[number] for number in range(len(self))[index]]
        return np.rint(self._tiles[index]).astype(np.uint8)
