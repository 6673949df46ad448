"""DRAEM's losses against brute force, and which way their gradients flow."""

import math

import numpy as np
import pytest
import torch
from scipy import ndimage

from detectors.methods.draem.hyperparameters import DraemHyperparameters
from detectors.methods.draem.losses import (
    focal_loss,
    squared_error,
    structural_loss,
    structural_similarity,
)
from detectors.methods.draem.training import learning_rate, make_networks

ALL = torch.ones(2, 1, 16, 16)


def probabilities(of_anomaly: torch.Tensor) -> torch.Tensor:
    return torch.cat([1 - of_anomaly, of_anomaly], dim=1)


def test_similarity_with_itself_is_one_and_has_a_finite_gradient() -> None:
    image = torch.rand(2, 3, 16, 16, requires_grad=True)
    loss = structural_loss(image, image.detach(), ALL)
    loss.backward()
    assert loss.item() == pytest.approx(0, abs=1e-5)
    assert image.grad is not None and image.grad.isfinite().all()
    flat = torch.zeros(2, 3, 16, 16)
    assert structural_loss(flat, flat, ALL).item() == pytest.approx(0, abs=1e-6)


def test_similarity_equals_the_definition() -> None:
    random = np.random.default_rng(0)
    first, second = random.random((2, 24, 20))

    def mean(values: np.ndarray) -> np.ndarray:
        return np.asarray(ndimage.gaussian_filter(values, 1.5, mode="constant", radius=5))

    m1, m2 = mean(first), mean(second)
    v1, v2 = mean(first**2) - m1**2, mean(second**2) - m2**2
    above = (2 * m1 * m2 + 1e-4) * (2 * (mean(first * second) - m1 * m2) + 9e-4)
    expected = above / ((m1**2 + m2**2 + 1e-4) * (v1 + v2 + 9e-4))
    given = structural_similarity(torch.tensor(first)[None, None], torch.tensor(second)[None, None])
    assert np.abs(given[0, 0].numpy() - expected).max() < 1e-6


def test_the_range_does_not_jump_with_early_outputs() -> None:
    clean = torch.rand(2, 3, 16, 16)
    above, below = (structural_loss(clean - shift, clean, ALL).item() for shift in (0.99, 1.01))
    assert abs(above - below) < 0.05


def test_focal_loss_equals_a_pixel_by_pixel_sum() -> None:
    torch.manual_seed(0)
    anomaly, mask = torch.rand(2, 1, 16, 16), (torch.rand(2, 1, 16, 16) < 0.3).float()
    total = 0.0
    for p, m in zip(anomaly.flatten().tolist(), mask.flatten().tolist(), strict=True):
        truth = max(1e-5, min(m, 1 - 1e-5))
        p_t = truth * p + (1 - truth) * (1 - p) + 1e-5
        total -= (1 - p_t) ** 2 * math.log(p_t)
    loss = focal_loss(probabilities(anomaly), mask, ALL, gamma=2)
    assert loss.item() == pytest.approx(total / mask.numel(), rel=1e-4)


def test_without_gamma_it_is_the_cross_entropy() -> None:
    torch.manual_seed(1)
    logits, mask = torch.randn(2, 2, 16, 16), (torch.rand(2, 1, 16, 16) < 0.3).float()
    loss = focal_loss(logits.softmax(dim=1), mask, ALL, gamma=0)
    expected = torch.nn.functional.cross_entropy(logits, mask[:, 0].long())
    assert loss.item() == pytest.approx(expected.item(), abs=1e-3)


def test_channel_one_is_the_defect_and_certainty_lowers_the_loss() -> None:
    mask = torch.zeros(2, 1, 16, 16)
    mask[0, 0, 3, 5] = 1
    right, wrong = probabilities(mask * 0.98 + 0.01), probabilities(1 - (mask * 0.98 + 0.01))
    assert focal_loss(right, mask, ALL, 2) < focal_loss(wrong, mask, ALL, 2)
    losses = [focal_loss(probabilities(torch.full_like(mask, p)), mask * 0, ALL, 2) for p in (0.1, 0.4, 0.9)]
    assert losses[0] < losses[1] < losses[2]
    assert focal_loss(probabilities(mask), mask, ALL, 1.5).isfinite()


def test_pixels_that_may_not_train_change_nothing() -> None:
    usable = ALL.clone()
    usable[:, :, :4] = 0
    clean, restored = torch.rand(2, 3, 16, 16), torch.rand(2, 3, 16, 16)
    judged, mask = torch.rand(2, 1, 16, 16), (torch.rand(2, 1, 16, 16) < 0.3).float()
    other_clean, other_mask = clean.clone(), mask.clone()
    other_clean[:, :, :4], other_mask[:, :, :4] = 9, 1 - mask[:, :, :4]
    for loss in (squared_error, structural_loss):
        assert loss(restored, other_clean, usable) == loss(restored, clean, usable) > 0
        assert loss(restored, other_clean, usable * 0) == 0
    unmoved = (focal_loss(probabilities(judged), each, usable, 2) for each in (mask, other_mask))
    assert len({each.item() for each in unmoved}) == 1
    inner = ((restored - clean) ** 2)[:, :, 4:].mean()
    assert squared_error(restored, clean, usable).item() == pytest.approx(inner.item(), rel=1e-5)


@pytest.mark.parametrize("detached", [False, True])
def test_the_masks_loss_trains_the_restoring_network_too(detached: bool) -> None:
    networks = make_networks(
        DraemHyperparameters(reconstruction_width=2, segmentation_width=2), torch.device("cpu")
    )
    images, mask = torch.rand(2, 3, 32, 32), torch.zeros(2, 1, 32, 32)
    mask[:, :, :8] = 1
    restored, logits = networks(images)
    if detached:
        logits = networks.discriminative(restored.detach(), images)
    focal_loss(logits.softmax(dim=1), mask, torch.ones_like(mask), 2).backward()
    first = next(networks.reconstructive.encoder.parameters())
    assert (first.grad is None) if detached else bool(first.grad is not None and first.grad.abs().sum() > 0)


def test_the_learning_rate_drops_twice() -> None:
    chosen = DraemHyperparameters(learning_rate=1.0)
    rates = [learning_rate(chosen, step, 100) for step in (0, 79, 80, 89, 90, 99)]
    assert rates == pytest.approx([1, 1, 0.2, 0.2, 0.04, 0.04])
