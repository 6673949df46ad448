"""Foreign textures blended into Perlin islands: DRAEM's simulation. Torch-free.

Zavrtanik et al., "DRAEM", ICCV 2021. RealNet uses the same islands, cut to the product, with pictures from a
diffusion model in the place of textures: give those as the source.
"""

import numpy as np

from detectors.synthesis.augmentation import augmented
from detectors.synthesis.base import Made, Synthesis
from detectors.synthesis.blending import blend
from detectors.synthesis.foreground import ForegroundRule, foreground_mask
from detectors.synthesis.perlin import perlin_mask
from detectors.synthesis.pixels import BoolMask, RgbImage
from detectors.synthesis.textures import TextureSource


class PerlinTexture(Synthesis):
    """Islands of a foreign texture, more or less opaque."""

    def __init__(
        self,
        textures: TextureSource,
        *,
        texture_opacity: tuple[float, float] = (0.2, 1.0),
        foreground: ForegroundRule = "all",
        augment: bool = True,
    ) -> None:
        """Set up.

        Args:
            textures: where the pictures come from.
            texture_opacity: (low, high) of the uniform opacity: (0.2, 1) in DRAEM's code, (0.1, 1) in its
                paper, (0.5, 1) for RealNet's diffusion pictures.
            foreground: where the product is; islands are cut to it.
            augment: change each texture at random, as DRAEM does.
        """
        self._textures = textures
        self._texture_opacity = texture_opacity
        self._foreground: ForegroundRule = foreground
        self._augment = augment

    def _spoiled(self, image: RgbImage, random: np.random.Generator, allowed: BoolMask) -> Made:
        size_px = image.shape[0], image.shape[1]
        texture = self._textures.sample(size_px, random)
        if self._augment:
            texture = augmented(texture, random)
        mask = perlin_mask(size_px, random) & allowed & foreground_mask(image, self._foreground)
        return Made(blend(image, texture, mask, random.uniform(*self._texture_opacity)), mask)
