"""Variance-aware generation: latents drawn around the mean of augmented copies' (TGVIG, section 4)."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor

from detectors.generation.hyperparameters import GenerationHyperparameters
from detectors.generation.views import warped
from detectors.generation.vqgan.network import VQGAN


@dataclass(frozen=True)
class Augmentation:
    """Mild, spatially aligned changes of an image; see the settings of the same names."""

    copies: int = 8
    light: float = 0.1
    noise: float = 0.02
    shift: float = 0.005
    turn_deg: float = 1.0

    @classmethod
    def of(cls, chosen: GenerationHyperparameters) -> Self:
        """What a run's settings name."""
        return cls(
            chosen.augmentations,
            chosen.augment_light,
            chosen.augment_noise,
            chosen.augment_shift,
            chosen.augment_turn_deg,
        )

    def draw(self, image: Tensor, random: np.random.Generator) -> Tensor:
        """(3, h, w) in [-1, 1] to (copies, 3, h, w), each changed in its own way."""
        return torch.stack([self._one(image, random) for _ in range(self.copies)])

    def _one(self, image: Tensor, random: np.random.Generator) -> Tensor:
        brightness, contrast, saturation = random.uniform(-self.light, self.light, 3)
        turn_deg = random.uniform(-self.turn_deg, self.turn_deg)
        shift = random.uniform(-self.shift, self.shift, 2)
        if turn_deg or shift.any():
            image = warped(image, turn_deg=turn_deg, shift=(shift[0], shift[1]))
        grey = image.mean(0, keepdim=True)
        image = grey + (image - grey) * (1 + saturation)
        mean = image.mean()
        image = mean + (image - mean) * (1 + contrast) + brightness
        if self.noise:
            # The range of [-1, 1] is 2 wide.
            noise = random.normal(0, 2 * self.noise, tuple(image.shape)).astype(np.float32)
            image = image + torch.from_numpy(noise).to(image.device)
        return image


def moments(latents: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and (population) variance over the first axis: (M, C, h, w) to two (C, h, w)."""
    return latents.mean(0), latents.var(0, unbiased=False)


def drawn_latents(
    network: VQGAN,
    image: Tensor,
    mode: str,
    augmentation: Augmentation,
    temperature: float,
    random: np.random.Generator,
) -> Tensor:
    """The latents of one generated picture.

    Args:
        network: its encoder, and for `quantized` its codebook.
        image: (3, h, w) in [-1, 1].
        mode: `sample`: mu + temperature · sqrt(var) · eps; `mean`: mu; `quantized`: the image's own codes.
        augmentation: of the copies that give mu and var.
        temperature: 0 makes `sample` the same as `mean`.
        random: where chance comes from.

    Returns:
        (C, h / cell, w / cell).
    """
    if mode == "quantized":
        return network.quantise(network.encode(image[None])).latents[0]
    mean, variance = moments(network.encode(augmentation.draw(image, random)))
    if mode == "mean":
        return mean
    epsilon = torch.from_numpy(random.standard_normal(tuple(mean.shape), dtype=np.float32))
    return mean + temperature * variance.sqrt() * epsilon.to(mean.device)
