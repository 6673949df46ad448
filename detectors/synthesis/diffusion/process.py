"""Noising, the training loss, and sampling with a strength."""

from collections.abc import Callable
from dataclasses import dataclass
from math import log, pi, sqrt

import numpy as np
import torch
from torch import Tensor

from detectors.synthesis.diffusion.schedule import NoiseSchedule

Model = Callable[[Tensor, Tensor], Tensor]
"""(B, C, S, S) noisy images and (B,) step numbers to (B, 2C, S, S): the noise, then the variance's place."""

Guidance = Callable[[Tensor, Tensor], Tensor]
"""(B, C, S, S) and (B,) step numbers to the gradient of log p(class | noisy image)."""


def noised(schedule: NoiseSchedule, images: Tensor, number: Tensor, noise: Tensor) -> Tensor:
    """x[t] of images in [-1, 1], for each image's step `number` (B,) and unit noise of the same shape."""
    signal = _at(schedule.signal, number, images)
    return signal.sqrt() * images + (1 - signal).sqrt() * noise


def image_from_noise(schedule: NoiseSchedule, noisy: Tensor, number: Tensor, noise: Tensor) -> Tensor:
    """The image that `noised` would have started from, given the noise."""
    signal = _at(schedule.signal, number, noisy)
    return (noisy - (1 - signal).sqrt() * noise) / signal.sqrt()


def training_losses(
    model: Model, schedule: NoiseSchedule, images: Tensor, number: Tensor, noise: Tensor
) -> dict[str, Tensor]:
    """The published two terms.

    Args:
        model: the network.
        schedule: all steps.
        images: (B, C, S, S) in [-1, 1].
        number: (B,) int64, a step for each image.
        noise: unit noise of the images' shape.

    Returns:
        `noise`: mean squared error of the predicted noise; `variance`: the variational bound in bits per
        value, whose gradient reaches the variance's channels alone.
    """
    noisy = noised(schedule, images, number, noise)
    predicted, place = model(noisy, _steps(schedule, number)).float().chunk(2, dim=1)
    frozen = predicted.detach()
    mean = _posterior_mean(schedule, image_from_noise(schedule, noisy, number, frozen), noisy, number)
    log_variance = _log_variance(schedule, place, number)
    true_mean = _posterior_mean(schedule, images, noisy, number)
    true_log_variance = _at(schedule.posterior_log_variance, number, images)
    divergence = _gaussian_divergence(true_mean, true_log_variance, mean, log_variance)
    likelihood = _byte_surprise(images, mean, log_variance)
    bits = torch.where(_column(number, images) == 0, likelihood, divergence) / log(2.0)
    return {"noise": (predicted - noise).square().mean(), "variance": bits.mean()}


@dataclass(frozen=True)
class Sampling:
    """How images are drawn.

    Attributes:
        strength: s ≥ 0; every step's noise has the standard deviation sqrt(1 + s) times the learned one, so 0
            draws normal images.
        guidance: pulls towards a class; None: no class.
        clip: whether each step's guess of the image is kept within [-1, 1].
    """

    strength: float = 0.0
    guidance: Guidance | None = None
    clip: bool = True


@torch.inference_mode()
def sample(
    model: Model, schedule: NoiseSchedule, start: Tensor, random: torch.Generator, how: Sampling
) -> Tensor:
    """Walk back from noise to images, (B, C, S, S) in [-1, 1]; the last step adds no noise.

    Args:
        model: the network.
        schedule: the steps to take, usually `NoiseSchedule.spaced`.
        start: (B, C, S, S) unit noise.
        random: where each step's noise comes from.
        how: strength and guidance.
    """
    noisy = start
    for index in reversed(range(len(schedule.betas))):
        number = torch.full((len(start),), index, dtype=torch.int64, device=start.device)
        predicted, place = model(noisy, _steps(schedule, number)).float().chunk(2, dim=1)
        guess = image_from_noise(schedule, noisy, number, predicted)
        mean = _posterior_mean(schedule, guess.clamp(-1, 1) if how.clip else guess, noisy, number)
        deviation = (0.5 * _log_variance(schedule, place, number)).exp()
        if how.guidance is not None:
            mean = mean + deviation.square() * how.guidance(noisy, _steps(schedule, number))
        noise = torch.randn(start.shape, generator=random, device=start.device, dtype=start.dtype)
        noisy = mean + (index > 0) * sqrt(1 + how.strength) * deviation * noise
    return noisy


def _log_variance(schedule: NoiseSchedule, place: Tensor, number: Tensor) -> Tensor:
    """Between the posterior's log variance (place -1) and that of the step's own noise (place 1)."""
    low = _at(schedule.posterior_log_variance, number, place)
    high = _at(np.log(schedule.betas), number, place)
    share = (place + 1) / 2
    return share * high + (1 - share) * low


def _posterior_mean(schedule: NoiseSchedule, images: Tensor, noisy: Tensor, number: Tensor) -> Tensor:
    of_image, of_noisy = schedule.posterior_mean_factors
    return _at(of_image, number, images) * images + _at(of_noisy, number, noisy) * noisy


def _gaussian_divergence(mean: Tensor, log_variance: Tensor, other: Tensor, other_log: Tensor) -> Tensor:
    """Kullback–Leibler divergence of two Gaussians, in nats per value."""
    ratio = (log_variance - other_log).exp()
    return 0.5 * (other_log - log_variance - 1 + ratio + (mean - other).square() * (-other_log).exp())


def _byte_surprise(images: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """Negative log probability, in nats, of 8-bit values in [-1, 1] under a Gaussian."""
    inverse, half_step = (-0.5 * log_variance).exp(), 1 / 255
    above = _normal_distribution((images - mean + half_step) * inverse)
    below = _normal_distribution((images - mean - half_step) * inverse)
    above = torch.where(images > 0.999, torch.ones_like(above), above)
    below = torch.where(images < -0.999, torch.zeros_like(below), below)
    return -(above - below).clamp(min=1e-12).log()


def _normal_distribution(x: Tensor) -> Tensor:
    """The usual tanh approximation, whose gradient stays finite far out."""
    return 0.5 * (1 + torch.tanh(sqrt(2 / pi) * (x + 0.044715 * x**3)))


def _steps(schedule: NoiseSchedule, number: Tensor) -> Tensor:
    return torch.from_numpy(schedule.steps).to(number.device)[number]


def _at(values: "np.ndarray[tuple[int], np.dtype[np.float64]]", number: Tensor, like: Tensor) -> Tensor:
    picked = torch.from_numpy(values).to(device=like.device)[number]
    return _column(picked.to(like.dtype), like)


def _column(values: Tensor, like: Tensor) -> Tensor:
    return values.view(-1, *([1] * (like.dim() - 1)))
