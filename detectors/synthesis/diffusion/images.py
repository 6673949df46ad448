"""Training a diffusion network on a pool of normal images, and drawing images that leave it a little."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from detectors.base import FitContext
from detectors.synthesis.diffusion.network import DiffusionNet
from detectors.synthesis.diffusion.process import Sampling, sample, training_losses
from detectors.synthesis.diffusion.schedule import NoiseSchedule
from detectors.synthesis.pixels import RgbImage
from detectors.training.checkpoints import Stateful
from detectors.training.loop import Schedule, Trained, train, training_autocast

Images = npt.NDArray[np.uint8]

_SAMPLED_TOGETHER = 8
_CHAIN_STEPS, _SAMPLED_STEPS = 1000, 20


@dataclass(frozen=True)
class DiffusionSettings:
    """Size of the network and how it is trained.

    Attributes:
        side_px: images are brought to this side, and drawn at it.
        width: see `DiffusionNet`; so are the next three.
        multipliers: of the width.
        residual_blocks: per level.
        attention_strides: where cells attend to each other.
        batch_size: images per step.
        learning_rate: of Adam.
        averaging: weight of the past in the exponential mean of the network that is kept.
    """

    side_px: int = 64
    width: int = 32
    multipliers: tuple[int, ...] = (1, 2, 2)
    residual_blocks: int = 1
    attention_strides: tuple[int, ...] = (4,)
    batch_size: int = 8
    learning_rate: float = 5e-4
    averaging: float = 0.995

    def network(self) -> DiffusionNet:
        return DiffusionNet(self.width, self.multipliers, self.residual_blocks, self.attention_strides)


def train_diffusion(
    normals: Sequence[RgbImage],
    settings: DiffusionSettings,
    schedule: Schedule,
    context: FitContext,
    device: torch.device,
) -> tuple[DiffusionNet, Trained]:
    """Learn to denoise normal images.

    Args:
        normals: N pictures, (S, S, 3) uint8.
        settings: size and optimiser.
        schedule: how long.
        context: progress, losses, checkpoints (stage `diffusion`).
        device: where to train.

    Returns:
        The exponential mean of the network over the training, and what was done.
    """
    with torch.random.fork_rng():
        torch.manual_seed(schedule.seed)
        network = settings.network().to(device)
    average = _Average(network, settings.averaging)
    optimiser = torch.optim.Adam(network.parameters(), lr=settings.learning_rate)
    chain = NoiseSchedule.linear(_CHAIN_STEPS)

    def step(_number: int, random: np.random.Generator) -> dict[str, Tensor]:
        chosen = random.integers(len(normals), size=settings.batch_size)
        images = _batch([normals[int(index)] for index in chosen], settings.side_px).to(device)
        number = torch.from_numpy(random.integers(_CHAIN_STEPS, size=len(images))).to(device)
        with training_autocast(device):
            losses = training_losses(network, chain, images, number, torch.randn_like(images))
        optimiser.zero_grad()
        (losses["noise"] + losses["variance"]).backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        average.follow(network)
        return losses

    parts: dict[str, Stateful] = {"network": network, "average": average.network, "optimiser": optimiser}
    trained = train("diffusion", parts, step, schedule, context)
    return average.network.eval(), trained


def draw_images(
    network: DiffusionNet, settings: DiffusionSettings, count: int, strength: tuple[float, float], seed: int
) -> Images:
    """Draw images, (count, S, S, 3) uint8; one strength per batch of eight, uniform in the range.

    Args:
        network: from `train_diffusion`.
        settings: those it was trained with.
        count: how many.
        strength: least and greatest; 0 draws normal images.
        seed: same seed, same images.
    """
    device = next(network.parameters()).device
    chain = NoiseSchedule.linear(_CHAIN_STEPS).spaced(_SAMPLED_STEPS)
    strengths = np.random.default_rng(seed)
    random = torch.Generator(device).manual_seed(seed)
    drawn = []
    for start in range(0, count, _SAMPLED_TOGETHER):
        shape = (min(_SAMPLED_TOGETHER, count - start), 3, settings.side_px, settings.side_px)
        noise = torch.randn(shape, generator=random, device=device)
        images = sample(network, chain, noise, random, Sampling(strengths.uniform(*strength)))
        drawn.append(((images.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy())
    return np.concatenate(drawn)


class _Average:
    """The exponential mean of a network's parameters."""

    def __init__(self, network: DiffusionNet, weight: float) -> None:
        self.network, self._weight = copy.deepcopy(network).requires_grad_(False), weight

    @torch.no_grad()
    def follow(self, network: DiffusionNet) -> None:
        for mean, value in zip(self.network.parameters(), network.parameters(), strict=True):
            mean.lerp_(value, 1 - self._weight)


def _batch(pictures: list[RgbImage], side_px: int) -> Tensor:
    """(S, S, 3) uint8 each to (B, 3, side, side) in [-1, 1]."""
    pixels = torch.from_numpy(np.stack(pictures)).float().permute(0, 3, 1, 2)
    if pixels.shape[-1] != side_px:
        pixels = functional.interpolate(pixels, size=(side_px, side_px), mode="bilinear", antialias=True)
    return pixels / 127.5 - 1
