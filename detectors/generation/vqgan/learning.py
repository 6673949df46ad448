"""Training a generator on a pool of images."""

from collections.abc import Sequence
from math import cos, pi

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from detectors.base import FitContext
from detectors.errors import TrainingError
from detectors.generation.hyperparameters import GenerationHyperparameters
from detectors.generation.sources import resized
from detectors.generation.views import draw_view
from detectors.generation.vqgan.losses import Discriminator, PerceptualDistance, adaptive_weight, hinge
from detectors.generation.vqgan.network import VQGAN
from detectors.training.checkpoints import Stateful
from detectors.training.loop import Schedule, Trained, autocast, train

_BETAS = (0.5, 0.9)
_CODEBOOK_STARTS = 10
"""The codes are set to real latents at the first step and after this part (1 / …) of the steps."""
_CHECKED_IMAGES = 8
_FLAT = 1e-4
"""The part of the images' variance below which pictures are flat."""


def train_generator(
    network: VQGAN,
    small: Sequence[Tensor],
    view_kind: str,
    chosen: GenerationHyperparameters,
    context: FitContext,
) -> Trained:
    """Learn to reconstruct crops of the images, from latents and from codes.

    Args:
        network: changed in place, on its device.
        small: (3, h, w) uint8 each.
        view_kind: how they are redrawn, see `draw_view`.
        chosen: losses, crops and optimiser.
        context: progress, losses, checkpoints (stage `generator`).

    Raises:
        TrainingError: a loss without end, or a network that paints every picture the same.
    """
    network.quantize.beta, network.quantize.is_legacy = chosen.commitment, chosen.legacy_quantiser
    device = next(network.parameters()).device
    lesson = _Lesson(network, chosen, device)

    def step(number: int, random: np.random.Generator) -> dict[str, Tensor]:
        crops = [
            _crop(small[int(random.integers(len(small)))], view_kind, chosen, random)
            for _ in range(chosen.batch_size)
        ]
        return lesson.step(number, torch.stack(crops).to(device), random)

    trained = train("generator", lesson.parts, step, Schedule(chosen.steps, chosen.seed), context)
    network.requires_grad_(True).eval()
    if trained.steps:
        _check_alive(network, small, device)
    return trained


class _Lesson:
    """One optimiser step, with everything that it changes."""

    def __init__(self, network: VQGAN, chosen: GenerationHyperparameters, device: torch.device) -> None:
        self._network, self._chosen = network, chosen
        self._optimiser = torch.optim.Adam(network.parameters(), lr=chosen.learning_rate, betas=_BETAS)
        self.parts: dict[str, Stateful] = {"network": network, "optimiser": self._optimiser}
        self._perceptual = PerceptualDistance().to(device) if chosen.perceptual_weight else None
        self._discriminator: Discriminator | None = None
        if chosen.adversarial_start >= 0:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(chosen.seed)
                self._discriminator = Discriminator().to(device)
            self._judging = torch.optim.Adam(
                self._discriminator.parameters(), lr=chosen.learning_rate, betas=_BETAS
            )
            self.parts |= {"discriminator": self._discriminator, "judging": self._judging}

    def step(self, number: int, images: Tensor, random: np.random.Generator) -> dict[str, Tensor]:
        chosen, network = self._chosen, self._network
        self._optimiser.param_groups[0]["lr"] = chosen.learning_rate * _share(number, chosen.steps)
        with autocast(images.device):
            latents = network.encode(images)
            if number in (0, chosen.steps // _CODEBOOK_STARTS):
                network.quantize.start_from(latents.detach().float().permute(0, 2, 3, 1).flatten(0, 2))
            quantised = network.quantise(latents)
            from_codes = torch.from_numpy(random.random(len(images)) < chosen.quantised_share)
            mixed = torch.where(from_codes.to(images.device)[:, None, None, None], quantised.latents, latents)
            made = network.decode(mixed)
            losses = {"pixels": functional.l1_loss(made, images), "codes": quantised.loss}
            if self._perceptual is not None:
                losses["features"] = chosen.perceptual_weight * self._perceptual(made, images)
            total = torch.stack(list(losses.values())).sum()
            if self._discriminator is not None and number >= chosen.adversarial_start:
                losses["judged"] = -self._discriminator(made).mean()
                reconstruction = total - losses["codes"]
                weight = adaptive_weight(reconstruction, losses["judged"], network.last_layer)
                total = total + chosen.adversarial_weight * weight * losses["judged"]
        self._optimiser.zero_grad()
        total.backward()
        self._optimiser.step()
        if "judged" in losses:
            losses["judge"] = self._teach_judge(images, made.detach())
        return losses

    def _teach_judge(self, images: Tensor, made: Tensor) -> Tensor:
        assert self._discriminator is not None
        loss = hinge(self._discriminator(images), self._discriminator(made))
        self._judging.zero_grad()
        loss.backward()
        self._judging.step()
        return loss


def _share(number: int, steps: int) -> float:
    """Of the learning rate: a cosine down to a tenth."""
    return 0.1 + 0.45 * (1 + cos(pi * number / steps))


def _crop(
    small: Tensor, view_kind: str, chosen: GenerationHyperparameters, random: np.random.Generator
) -> Tensor:
    """A square of a view of an image, (3, crop, crop) in [-1, 1]; small images are enlarged to the crop."""
    picture = draw_view(view_kind, chosen, random).apply(small.float() / 255)
    side = chosen.crop_size
    height_px, width_px = (max(side, length) for length in picture.shape[1:])
    picture = resized(picture, height_px, width_px)
    top, left = int(random.integers(height_px - side + 1)), int(random.integers(width_px - side + 1))
    return picture[:, top : top + side, left : left + side] * 2 - 1


@torch.no_grad()
def _check_alive(network: VQGAN, small: Sequence[Tensor], device: torch.device) -> None:
    """Refuse a network that paints images which are not flat as flat ones."""
    seen = painted = 0.0
    for image in small[:_CHECKED_IMAGES]:
        pixels = (image.float() / 127.5 - 1).to(device)
        picture = network.decode(network.encode(pixels[None]))[0]
        seen += float(pixels.var(dim=(1, 2)).mean())
        painted += float(picture.var(dim=(1, 2)).mean())
    if painted < _FLAT * seen:
        raise TrainingError(
            "The generator collapsed: its pictures show nothing of the images. Train longer (steps) or with "
            "a smaller learning_rate."
        )
