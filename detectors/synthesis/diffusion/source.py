"""Made-up defects from a diffusion network (SDAS): train it, draw pictures, lay them into Perlin islands."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from detectors.base import FitContext
from detectors.synthesis.diffusion.images import DiffusionSettings, Images, draw_images, train_diffusion
from detectors.synthesis.hyperparameters import SdasHyperparameters
from detectors.synthesis.perlin_texture import PerlinTexture
from detectors.synthesis.pixels import RgbImage
from detectors.training.loop import Schedule

_STRENGTH, _OPACITY = (0.1, 0.2), (0.5, 1.0)


def diffusion_defects(
    chosen: SdasHyperparameters,
    normals: Sequence[RgbImage],
    seed: int,
    context: FitContext,
    device: torch.device,
) -> PerlinTexture:
    """Islands of pictures that a network, trained here on the normal ones, draws a little beside them.

    Args:
        chosen: the network's size and training, how many pictures, and where the product is.
        normals: N pictures, (S, S, 3) uint8.
        seed: same seed and pictures: same defects.
        context: progress, losses, checkpoints (stage `diffusion`).
        device: where to train and draw.
    """
    settings = DiffusionSettings(side_px=chosen.sdas_size, width=chosen.sdas_width)
    schedule = Schedule(chosen.sdas_steps, seed)
    network, _ = train_diffusion(normals, settings, schedule, context, device)
    images = draw_images(network, settings, chosen.sdas_images, _STRENGTH, seed)
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
