"""RealNet's parts against brute force and by construction."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from detectors.methods.realnet.network import Judgement, RealNetNetwork, losses
from detectors.methods.realnet.reconstruction import ReconstructionNet
from detectors.methods.realnet.scores import window_score
from detectors.methods.realnet.selection import ResidualSelection, best_channels, channel_losses


def planted() -> tuple[Tensor, Tensor, Tensor]:
    """Clean features 0; channel 1 answers with the mask, channel 2 not at all, the others with noise."""
    torch.manual_seed(0)
    mask = torch.zeros(4, 1, 32, 32)
    mask[:, :, 8:16, 8:24] = 1
    made_up = torch.randn(4, 5, 16, 16)
    made_up[:, 1] = 3 * functional.interpolate(mask, size=(16, 16), mode="nearest")[:, 0]
    made_up[:, 2] = 0
    return made_up, torch.zeros_like(made_up), mask


def test_a_channel_that_answers_with_the_mask_is_best_and_a_silent_one_loses_the_masks_mean() -> None:
    found = channel_losses(*planted())
    assert found[1] < 1e-4 and found.argmin() == 1
    assert float(found[2]) == pytest.approx(float(planted()[2].mean()))


def test_channel_losses_equal_brute_force_and_ignore_the_channels_scale() -> None:
    made_up, clean, mask = planted()
    expected = []
    for channel in range(5):
        response = (made_up[:, channel] - clean[:, channel]).numpy() ** 2
        scaled = (response - response.min()) / (response.max() - response.min() + 1e-4)
        expected.append(((scaled - mask[:, 0, ::2, ::2].numpy()) ** 2).mean())
    assert np.allclose(channel_losses(made_up, clean, mask), expected, atol=1e-6)
    assert torch.allclose(channel_losses(100 * made_up, clean, mask), torch.tensor(expected), atol=1e-4)


def test_channels_that_give_nan_count_as_the_worst_and_the_best_come_sorted() -> None:
    made_up, clean, mask = planted()
    made_up[0, 0, 0, 0] = float("nan")
    found = channel_losses(made_up, clean, mask)
    assert torch.isfinite(found).all() and found[0] == found.max()
    chosen = best_channels([torch.tensor([0.5, 0.1, 0.4, 0.3]), torch.tensor([0.0, 0.0, 0.3, 0.0])], 2)
    assert chosen.tolist() == [1, 3]


@pytest.mark.parametrize("side", [64, 32, 16, 8, 7])
def test_reconstruction_keeps_the_shape_and_starts_at_exactly_zero(side: int) -> None:
    network = ReconstructionNet(16, (1, 2, 4), 1)
    out = network(torch.randn(2, 16, side, side))
    assert out.shape == (2, 16, side, side) and float(out.detach().abs().max()) == 0


def test_a_hot_cell_leads_the_maximum_list_and_a_plateau_the_mean_list() -> None:
    residuals = torch.rand(2, 6, 8, 8) * 0.01
    residuals[:, 2, 3, 3] = 50.0
    residuals[:, 4] = 5.0
    selection = ResidualSelection(6, kept=2).eval()
    picked = selection(residuals)
    assert torch.equal(picked[:, 0], residuals[:, 2]) and torch.equal(picked[:, 2], residuals[:, 4])
    assert picked.shape == (2, 4, 8, 8)
    assert torch.equal(picked[:, 1], residuals[:, 4]), "a channel may be in both lists"


def test_selection_does_not_depend_on_the_batch_and_hands_gradients_to_the_picked_alone() -> None:
    selection = ResidualSelection(6, kept=1).eval()
    residuals = torch.rand(3, 6, 4, 4, requires_grad=True)
    together = selection(residuals)
    assert torch.equal(together[1:2], selection(residuals[1:2]))
    together.sum().backward()
    gradient = residuals.grad
    assert gradient is not None
    touched = gradient.abs().sum(dim=(2, 3)) > 0
    assert (touched.sum(dim=1) <= 2).all() and touched.any()


def network_of(stop_gradient: bool = False) -> RealNetNetwork:
    torch.manual_seed(1)
    network = RealNetNetwork(
        [16, 16], multipliers=(1, 2), residual_blocks=1, kept_residuals=8, stop_gradient=stop_gradient
    )
    for part in network.reconstructions:
        nn.init.normal_(part.exit.weight, std=0.1)
    return network


@pytest.mark.parametrize("stop_gradient", [False, True])
def test_the_map_trains_the_reconstruction_unless_told_not_to(stop_gradient: bool) -> None:
    network = network_of(stop_gradient)
    judged = network([torch.randn(2, 16, 8, 8), torch.randn(2, 16, 4, 4)], side_px=32)
    assert judged.logits.shape == (2, 2, 32, 32)
    functional.cross_entropy(judged.logits, torch.ones(2, 32, 32, dtype=torch.int64)).backward()
    reached = any(p.grad is not None and p.grad.abs().sum() > 0 for p in network.reconstructions.parameters())
    assert reached is not stop_gradient
    assert all(p.grad is not None for p in network.discriminator.parameters())


def test_losses_by_hand_and_only_where_usable() -> None:
    clean = [torch.zeros(1, 2, 2, 2)]
    guess = torch.zeros(1, 2, 2, 2)
    guess[0, :, 0, 0] = 2.0
    logits = torch.zeros(1, 2, 4, 4)
    logits[0, 1, 3, 3] = 100.0
    mask = torch.zeros(1, 4, 4, dtype=torch.int64)
    everywhere = torch.ones(1, 4, 4, dtype=torch.bool)
    found = losses(Judgement([guess], logits), clean, mask, everywhere)
    assert float(found["reconstruction"]) == pytest.approx(1.0)
    assert float(found["segmentation"]) == pytest.approx((15 * np.log(2) + 100) / 16, rel=1e-4)
    some = everywhere.clone()
    some[:, 3, 3] = False
    some[:, 0, 0] = False
    found = losses(Judgement([guess], logits), clean, mask, some)
    assert float(found["reconstruction"]) == 0
    assert float(found["segmentation"]) == pytest.approx(np.log(2), rel=1e-4)


def test_the_window_score_equals_brute_force_and_never_exceeds_the_greatest_pixel() -> None:
    cells = np.random.default_rng(0).random((20, 23)).astype(np.float32)
    expected = max(cells[r : r + 16, c : c + 16].mean() for r in range(5) for c in range(8))
    assert window_score(cells, 16) == pytest.approx(expected, rel=1e-6) and expected <= cells.max()
    assert window_score(np.full((16, 16), 0.25, np.float32), 16) == 0.25
    with pytest.raises(ValueError, match="smaller than the window"):
        window_score(cells[:15], 16)
