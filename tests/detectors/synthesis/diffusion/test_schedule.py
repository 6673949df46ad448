"""Noise schedules against their definitions."""

import numpy as np
import pytest

from detectors.synthesis.diffusion.schedule import NoiseSchedule

CHAIN = NoiseSchedule.linear(1000)


def test_the_published_betas() -> None:
    assert CHAIN.betas[0] == pytest.approx(1e-4) and CHAIN.betas[-1] == pytest.approx(0.02)
    assert np.allclose(np.diff(CHAIN.betas), np.diff(CHAIN.betas)[0])
    assert CHAIN.signal[-1] < 1e-4


def test_spaced_steps_keep_the_noise_of_the_original_chain() -> None:
    spaced = CHAIN.spaced(20)
    assert spaced.steps.tolist() == list(range(0, 1000, 50))
    assert np.allclose(spaced.signal, CHAIN.signal[spaced.steps])
    assert (spaced.betas > 0).all() and (spaced.betas < 1).all()
    assert np.allclose(CHAIN.spaced(1000).betas, CHAIN.betas)


def test_posterior_of_two_steps_equals_the_product_of_gaussians() -> None:
    step = 37
    before, beta = CHAIN.signal_before[step], CHAIN.betas[step]
    precision = 1 / (1 - before) + (1 - beta) / beta
    assert CHAIN.posterior_variance[step] == pytest.approx(1 / precision)
    of_image, of_noisy = (factor[step] for factor in CHAIN.posterior_mean_factors)
    assert of_image == pytest.approx(np.sqrt(before) / (1 - before) / precision)
    assert of_noisy == pytest.approx(np.sqrt(1 - beta) / beta / precision)


def test_impossible_numbers_of_steps_are_refused() -> None:
    for count in (0, 1001):
        with pytest.raises(ValueError, match="steps can be kept"):
            CHAIN.spaced(count)
