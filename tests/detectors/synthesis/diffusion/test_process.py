"""Noising, the loss and sampling: round trips, gradients, and an analytic model."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from detectors.synthesis.diffusion.network import DiffusionNet
from detectors.synthesis.diffusion.process import (
    Sampling,
    image_from_noise,
    noised,
    sample,
    training_losses,
)
from detectors.synthesis.diffusion.schedule import NoiseSchedule

CHAIN = NoiseSchedule.linear(1000)
DATA_STD = 0.2


def perfect_model(noisy: Tensor, step: Tensor) -> Tensor:
    """The best guess of the noise for images drawn from N(0, DATA_STD²); variance at its lower end."""
    signal = torch.from_numpy(CHAIN.signal).to(noisy.dtype)[step].view(-1, 1, 1, 1)
    predicted = (1 - signal).sqrt() / (signal * DATA_STD**2 + 1 - signal) * noisy
    return torch.cat([predicted, -torch.ones_like(noisy)], dim=1)


def random_from(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def drawn(strength: float, count: int = 4, side: int = 8, seed: int = 0) -> Tensor:
    start = torch.randn((count, 1, side, side), generator=random_from(seed), dtype=torch.float64)
    how = Sampling(strength, clip=False)
    return sample(perfect_model, CHAIN.spaced(20), start, random_from(seed + 1), how)


def test_the_image_comes_back_from_its_noise() -> None:
    images, noise = torch.rand(5, 3, 4, 4) * 2 - 1, torch.randn(5, 3, 4, 4)
    number = torch.tensor([0, 1, 400, 700, 999])
    back = image_from_noise(CHAIN, noised(CHAIN, images, number, noise), number, noise)
    assert torch.allclose(back[:4], images[:4], atol=1e-4) and torch.allclose(back[4], images[4], atol=1e-3)


def test_deviation_from_the_plain_sample_grows_with_the_strength() -> None:
    plain = drawn(0.0)
    apart = [float((drawn(strength) - plain).square().mean().sqrt()) for strength in (0, 0.05, 0.1, 0.2, 0.5)]
    assert apart[0] == 0 and apart == sorted(apart) and apart[1] > 0


@pytest.mark.parametrize("strength", [0.0, 0.2, 1.0])
def test_the_variance_follows_the_chain_of_the_analytic_model(strength: float) -> None:
    spaced, variance = CHAIN.spaced(20), 1.0
    of_image, of_noisy = spaced.posterior_mean_factors
    for index in reversed(range(20)):
        signal = spaced.signal[index]
        guess = (1 - (1 - signal) / (signal * DATA_STD**2 + 1 - signal)) / np.sqrt(signal)
        factor = of_image[index] * guess + of_noisy[index]
        added = np.exp(spaced.posterior_log_variance[index]) * (1 + strength) if index else 0.0
        variance = factor**2 * variance + added
    seen = drawn(strength, count=64, side=16).std()
    assert float(seen) == pytest.approx(np.sqrt(variance), rel=0.02)


def test_the_last_step_adds_no_noise() -> None:
    one_step = NoiseSchedule(CHAIN.betas[:1], CHAIN.steps[:1])
    start = torch.randn((2, 1, 4, 4), generator=random_from(0), dtype=torch.float64)
    first, second = (
        sample(perfect_model, one_step, start, random_from(seed), Sampling(5.0)) for seed in (1, 2)
    )
    assert torch.equal(first, second)


def test_guidance_pulls_every_step_by_its_variance() -> None:
    start = torch.zeros((1, 1, 2, 2), dtype=torch.float64)
    two_steps = CHAIN.spaced(2)
    up = Sampling(guidance=lambda noisy, step: torch.ones_like(noisy), clip=False)
    plain = sample(perfect_model, two_steps, start, random_from(3), Sampling(clip=False))
    assert (sample(perfect_model, two_steps, start, random_from(3), up) > plain).all()


class Free(nn.Module):
    """Outputs that do not depend on the input."""

    def __init__(self) -> None:
        super().__init__()
        self.values = nn.Parameter(torch.full((1, 6, 4, 4), 0.1))

    def forward(self, noisy: Tensor, step: Tensor) -> Tensor:
        return self.values.expand(len(noisy), -1, -1, -1)


def test_the_bound_trains_the_variance_alone() -> None:
    model, images = Free(), torch.rand(3, 3, 4, 4) * 2 - 1
    number, noise = torch.tensor([0, 10, 500]), torch.randn(3, 3, 4, 4)
    training_losses(model, CHAIN, images, number, noise)["variance"].backward()
    gradient = model.values.grad
    assert gradient is not None and (gradient[:, :3] == 0).all() and (gradient[:, 3:] != 0).all()


def test_the_bound_is_least_at_the_true_variance_and_finite_at_the_first_step() -> None:
    images, noise = torch.zeros(1, 1, 8, 8), torch.zeros(1, 1, 8, 8)

    def bits(place: float, number: int) -> float:
        def model(noisy: Tensor, step: Tensor) -> Tensor:
            return torch.cat([torch.zeros_like(noisy), torch.full_like(noisy, place)], dim=1)

        losses = training_losses(model, CHAIN, images, torch.tensor([number]), noise)
        return float(losses["variance"])

    assert bits(-1.0, 30) == pytest.approx(0.0, abs=1e-6) and bits(1.0, 30) > 0
    assert 0 < bits(0.0, 0) < 20


def test_the_network_keeps_the_shape_and_starts_at_zero() -> None:
    network = DiffusionNet(16, (1, 2), 1, (2,))
    out = network(torch.randn(2, 3, 16, 16), torch.tensor([0, 999]))
    assert out.shape == (2, 6, 16, 16) and float(out.detach().abs().max()) == 0
