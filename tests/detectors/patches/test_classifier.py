"""The direction classifier and the losses that both methods share."""

import pytest
import torch

from detectors.methods.patches.classifier import DirectionClassifier, NormalisedLinear
from detectors.methods.patches.losses import direction_loss, mean_distance


def test_logits_depend_on_the_difference_alone() -> None:
    torch.manual_seed(0)
    classifier = DirectionClassifier(6, (16, 16), 8, freeze_last_weight=True)
    first, second, shift = torch.randn(3, 10, 6)
    assert torch.allclose(classifier(first, second), classifier(first + shift, second + shift), atol=1e-5)
    assert not torch.allclose(classifier(first, second), classifier(second, first), atol=1e-3)


@pytest.mark.parametrize("freeze", [True, False])
def test_the_last_weight_learns_only_if_it_is_not_frozen(freeze: bool) -> None:
    classifier = DirectionClassifier(6, (16,), 8, freeze_last_weight=freeze)
    logits = classifier(torch.randn(10, 6), torch.randn(10, 6))
    direction_loss(logits, torch.arange(10) % 8).backward()
    last = classifier.layers[-1]
    assert (last.weight.grad is None) is freeze
    assert last.bias.grad is not None and classifier.layers[0].weight.grad.abs().sum() > 0


def test_the_weight_is_normalised_over_the_outputs_of_each_input() -> None:
    layer = NormalisedLinear(5, 3, freeze_weight=True)
    columns = layer(torch.eye(5)) - layer.bias
    assert torch.allclose(columns.norm(dim=1), torch.ones(5), atol=1e-6)


def test_the_svdd_loss_is_the_mean_norm_with_a_finite_gradient_at_zero() -> None:
    first = torch.zeros(2, 4, requires_grad=True)
    second = torch.zeros(2, 4)
    loss = mean_distance(first, second)
    loss.backward()
    assert loss == 0 and torch.isfinite(first.grad).all()
    second[0, :2] = torch.tensor([3.0, 4.0])
    assert float(mean_distance(first, second).detach()) == pytest.approx(2.5)


def test_no_pairs_give_zero_with_a_gradient() -> None:
    empty = torch.zeros(0, 4, requires_grad=True)
    total = mean_distance(empty, empty) + direction_loss(empty, torch.zeros(0, dtype=torch.long))
    total.backward()
    assert total == 0
