"""What RealNet's made-up defects come from: a kind of every method's, or a diffusion network of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import overload

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from detectors.base import FitContext
from detectors.methods.realnet.hyperparameters import SDAS, RealNetHyperparameters
from detectors.synthesis import kinds
from detectors.synthesis.base import MixedSynthesis, Synthesis
from detectors.synthesis.diffusion.images import DiffusionSettings, Images, draw_images, train_diffusion
from detectors.synthesis.perlin_texture import PerlinTexture
from detectors.synthesis.pixels import RgbImage
from detectors.training.frames import Frames
from detectors.training.loop import Schedule

_STRENGTH, _OPACITY = (0.1, 0.2), (0.5, 1.0)


def made_up_defects(
    chosen: RealNetHyperparameters, frames: Frames, context: FitContext, device: torch.device
) -> Synthesis:
    """The synthesis that the hyperparameters name; trains the diffusion network where it is `sdas`.

    Raises:
        InputError: a texture or defect folder that cannot be used.
    """
    settings, normals = chosen.synthesis_settings(), _AsBytes(frames.tiles)
    if chosen.synthesis != SDAS:
        return kinds.create(settings, normals)
    drawn = _sdas(chosen, frames, context, device)
    if not chosen.defect_folder or chosen.real_share == 0:
        return drawn
    real = kinds.create(replace(settings, kind="real"), normals)
    return MixedSynthesis([drawn, real], [1 - chosen.real_share, chosen.real_share])


def _sdas(
    chosen: RealNetHyperparameters, frames: Frames, context: FitContext, device: torch.device
) -> Synthesis:
    settings = DiffusionSettings(side_px=chosen.sdas_size, width=chosen.sdas_width)
    schedule = Schedule(chosen.sdas_steps, chosen.seed)
    network, _ = train_diffusion(frames.tiles, settings, schedule, context, device)
    images = draw_images(network, settings, chosen.sdas_images, _STRENGTH, chosen.seed)
    foreground = chosen.synthesis_settings().foreground
    return PerlinTexture(DrawnImages(images), texture_opacity=_OPACITY, foreground=foreground, augment=False)


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
