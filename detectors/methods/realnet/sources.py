"""What RealNet's made-up defects come from: a kind of every method's, or a diffusion network of its own."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from PIL import Image

from detectors.base import FitContext
from detectors.methods.realnet.hyperparameters import SDAS, RealNetHyperparameters
from detectors.synthesis import kinds
from detectors.synthesis.base import MixedSynthesis, Synthesis
from detectors.synthesis.diffusion.images import DiffusionSettings, Images, draw_images, train_diffusion
from detectors.synthesis.normals import NormalPictures
from detectors.synthesis.perlin_texture import PerlinTexture
from detectors.synthesis.pixels import RgbImage
from detectors.training.loop import Schedule

_STRENGTH, _OPACITY = (0.1, 0.2), (0.5, 1.0)


def made_up_defects(
    chosen: RealNetHyperparameters, normals: NormalPictures, context: FitContext, device: torch.device
) -> Synthesis:
    """The synthesis that the hyperparameters name; trains the diffusion network where it is `sdas`.

    Raises:
        InputError: a texture or defect folder that cannot be used.
    """
    settings = chosen.synthesis_settings()
    if chosen.synthesis != SDAS:
        return kinds.create(settings, normals)
    drawn = _sdas(chosen, normals, context, device)
    if not chosen.defect_folder or chosen.real_share == 0:
        return drawn
    real = kinds.create(replace(settings, kind="real"), normals)
    return MixedSynthesis([drawn, real], [1 - chosen.real_share, chosen.real_share])


def _sdas(
    chosen: RealNetHyperparameters, normals: NormalPictures, context: FitContext, device: torch.device
) -> Synthesis:
    settings = DiffusionSettings(side_px=chosen.sdas_size, width=chosen.sdas_width)
    schedule = Schedule(chosen.sdas_steps, chosen.seed)
    network, _ = train_diffusion(normals, settings, schedule, context, device)
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
