"""The inpainting transformer: what it may see, how its blocks are wired, and its losses."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from detectors.methods.intra.hyperparameters import InTraHyperparameters
from detectors.methods.intra.learning import BestNetwork, inpainting_losses
from detectors.methods.intra.network import InpaintingTransformer, feature_attention, mirrors, plain_attention
from detectors.methods.intra.similarity import (
    gradient_similarity,
    multiscale_gradient_similarity,
    structural_similarity,
)

SETTINGS: dict[str, Any] = {"patch": 4, "image_size": 32, "width": 32, "blocks": 5, "heads": 4, "window": 3}


@pytest.fixture(autouse=True)
def same_chance() -> None:
    torch.manual_seed(0)


def make_network(**changes: Any) -> InpaintingTransformer:
    return InpaintingTransformer(InTraHyperparameters.parse(SETTINGS | changes), 9).eval()


def make_windows(count: int = 2) -> tuple[Tensor, Tensor, Tensor]:
    return torch.rand(count, 9, 48), torch.arange(9), torch.tensor([4, 7] * count)[:count]


@pytest.mark.parametrize("attention", ["mfsa", "msa"])
@torch.no_grad()
def test_the_hidden_patch_never_enters_and_every_other_one_does(attention: str) -> None:
    network, (patches, positions, hidden) = make_network(attention=attention), make_windows(1)
    before = network(patches, positions, hidden)
    for place in range(9):
        changed = patches.clone()
        changed[0, place] = torch.rand(48)
        after = network(changed, positions, hidden)
        assert torch.equal(after, before) == (place == int(hidden[0]))


@torch.no_grad()
def test_patches_that_must_not_be_seen_change_nothing() -> None:
    network, (patches, positions, hidden) = make_network(), make_windows(1)
    seen = torch.ones(1, 9, dtype=torch.bool)
    whole = network(patches, positions, hidden)
    torch.testing.assert_close(network(patches, positions, hidden, seen), whole)
    seen[0, 2] = False
    before = network(patches, positions, hidden, seen)
    assert not torch.allclose(before, whole)
    patches[0, 2] = 5.0
    assert torch.equal(network(patches, positions, hidden, seen), before)


@torch.no_grad()
def test_the_order_of_tokens_says_nothing_beyond_their_positions() -> None:
    network, (patches, positions, hidden) = make_network(), make_windows(1)
    order = torch.randperm(9)
    shuffled = network(patches[:, order], positions[order], (order == 4).nonzero()[0])
    torch.testing.assert_close(shuffled, network(patches, positions, hidden))
    moved = network(patches, positions.flip(0), hidden)
    assert not torch.allclose(moved, shuffled)


@torch.no_grad()
def test_windows_do_not_depend_on_their_batch() -> None:
    network, (patches, positions, hidden) = make_network(), make_windows(2)
    together = network(patches, positions, hidden)
    for number in range(2):
        alone = network(patches[number : number + 1], positions, hidden[number : number + 1])
        torch.testing.assert_close(alone[0], together[number])


def test_long_residuals_pair_each_late_block_with_its_mirror() -> None:
    assert mirrors(13) == {13: 1, 12: 2, 11: 3, 10: 4, 9: 5, 8: 6}
    assert mirrors(5) == {5: 1, 4: 2} and mirrors(1) == {}


class Labelled(nn.Module):
    """A block that only notes what it was given, and gives its own power of ten."""

    def __init__(self, number: int, given: dict[int, float]) -> None:
        super().__init__()
        self._number, self._given = number, given

    def forward(self, tokens: Tensor, mask: Tensor | None = None) -> Tensor:
        self._given[self._number] = float(tokens.flatten()[0])
        return torch.full_like(tokens, 10.0**self._number)


@pytest.mark.parametrize("long_residuals", [True, False])
@torch.no_grad()
def test_blocks_get_the_outputs_that_the_pairing_names(long_residuals: bool) -> None:
    network, given = make_network(blocks=13, long_residuals=long_residuals), {}
    network.double()
    network.blocks = nn.ModuleList(Labelled(number, given) for number in range(1, 14))
    patches, positions, hidden = make_windows(1)
    network(patches.double(), positions, hidden)
    for block in range(2, 14):
        mirror = 10.0 ** (14 - block) if long_residuals and block >= 8 else 0.0
        assert given[block] == 10.0 ** (block - 1) + mirror


def test_feature_attention_has_the_published_sizes_and_scale() -> None:
    attention = feature_attention(width=512, heads=8)
    assert attention.query[-1].out_features == 256 and attention.value.out_features == 512
    block = sum(parameter.numel() for parameter in attention.parameters()) + 2 * 512 * 2048
    assert block == pytest.approx(4.20e6, rel=0.01)


@pytest.mark.parametrize("kind", ["mfsa", "msa"])
@torch.no_grad()
def test_attention_is_the_scaled_dot_product_of_its_queries_and_keys(kind: str) -> None:
    made = {"mfsa": feature_attention, "msa": plain_attention}[kind](16, 2)
    tokens = torch.rand(3, 5, 16)
    query, key, value = made.query(tokens), made.key(tokens), made.value(tokens)
    heads = []
    for q, k, v in zip(query.chunk(2, -1), key.chunk(2, -1), value.chunk(2, -1), strict=True):
        heads.append(torch.softmax(q @ k.transpose(1, 2) / q.shape[-1] ** 0.5, dim=-1) @ v)
    torch.testing.assert_close(made(tokens), made.output(torch.cat(heads, dim=-1)))


def test_equal_patches_cost_nothing_and_without_weights_only_squares_count() -> None:
    one, other = torch.rand(2, 3, 3, 16, 16).unbind()
    same = inpainting_losses(one, one.clone(), 0.01, 0.01)
    assert all(abs(float(value)) < 1e-6 for value in same.values())
    plain = inpainting_losses(one, other, 0.0, 0.0)
    assert plain["total"] == (one - other).square().mean()
    forth, back = (inpainting_losses(*pair, 0.5, 0.5)["total"] for pair in ((one, other), (other, one)))
    torch.testing.assert_close(forth, back)
    # Patches of a batch say nothing about each other.
    halves = [inpainting_losses(one[[n]], other[[n]], 0.5, 0.5)["total"] for n in range(3)]
    torch.testing.assert_close(torch.stack(halves).mean(), forth)


def test_similarities_are_one_for_equal_pictures_and_gradients_ignore_a_constant() -> None:
    one, other = torch.rand(2, 2, 3, 32, 32).unbind()
    for measure in (gradient_similarity, multiscale_gradient_similarity):
        assert torch.allclose(measure(one, one), torch.ones_like(one))
        found = measure(one, other)
        assert (found > 0).all() and (found < 1).any() and (found <= 1 + 1e-6).all()
    shifted = gradient_similarity(one, one * 0.5 + 0.1), gradient_similarity(one, one * 0.5)
    torch.testing.assert_close(shifted[0][..., 1:-1, 1:-1], shifted[1][..., 1:-1, 1:-1])
    assert not torch.allclose(*shifted)
    torch.testing.assert_close(structural_similarity(one, one), torch.ones_like(one))
    assert float(structural_similarity(one, 1 - one).mean()) < 0


def test_gradients_and_structure_equal_their_formulas_at_a_pixel() -> None:
    one, other = torch.rand(2, 1, 1, 15, 15).unbind()

    def magnitude(picture: Tensor) -> float:
        around = picture[0, 0, 6:9, 6:9]
        across = (around[:, 2] - around[:, 0]).sum() / 3
        down = (around[2] - around[0]).sum() / 3
        return float((across**2 + down**2).sqrt())

    first, second = magnitude(one), magnitude(other)
    wanted = (2 * first * second + 0.0026) / (first**2 + second**2 + 0.0026)
    assert float(gradient_similarity(one, other)[0, 0, 7, 7]) == pytest.approx(wanted, abs=1e-6)

    places = torch.arange(-5.0, 6.0)
    weights = torch.exp(-(places[:, None] ** 2 + places**2) / (2 * 1.5**2))
    weights = weights / weights.sum()
    x, y = one[0, 0, 2:13, 2:13], other[0, 0, 2:13, 2:13]
    mean_x, mean_y = (weights * x).sum(), (weights * y).sum()
    var_x, var_y = (weights * (x - mean_x) ** 2).sum(), (weights * (y - mean_y) ** 2).sum()
    both = (weights * (x - mean_x) * (y - mean_y)).sum()
    ssim = (2 * mean_x * mean_y + 1e-4) * (2 * both + 9e-4)
    ssim = ssim / ((mean_x**2 + mean_y**2 + 1e-4) * (var_x + var_y + 9e-4))
    assert float(structural_similarity(one, other)[0, 0, 7, 7]) == pytest.approx(float(ssim), abs=1e-4)


def test_the_best_network_is_kept_until_patience_ends_and_survives_a_checkpoint() -> None:
    network = make_network()
    best = BestNetwork(network, patience_epochs=2)
    with torch.no_grad():
        for loss, level in ((3.0, 1.0), (2.0, 2.0), (2.5, 3.0)):
            network.hidden_token.fill_(level)
            best.consider(loss)
    assert not best.is_over
    restored = BestNetwork(network, patience_epochs=2)
    restored.load_state_dict(best.state_dict())
    restored.consider(2.2)
    assert restored.is_over
    restored.put_back()
    assert (network.hidden_token == 2.0).all()
