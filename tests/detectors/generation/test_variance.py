"""Latents around the mean of augmented copies; views."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_generation import TINY

from detectors.generation.hyperparameters import GenerationHyperparameters
from detectors.generation.orientation import kind_of
from detectors.generation.sources import as_bytes
from detectors.generation.variance import Augmentation, drawn_latents, moments
from detectors.generation.views import View, draw_view, warped
from detectors.generation.vqgan.network import VQGAN

IDENTITY = Augmentation(copies=3, light=0, noise=0, shift=0, turn_deg=0)
MILD = Augmentation(copies=4)


def _image(seed: int = 0) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).uniform(-1, 1, (3, 32, 32)).astype(np.float32))


def _drawn(
    network: VQGAN, mode: str, augmentation: Augmentation, seed: int = 0, tau: float = 1
) -> torch.Tensor:
    random = np.random.default_rng(seed)
    with torch.no_grad():
        return network.decode(drawn_latents(network, _image(), mode, augmentation, tau, random)[None])[0]


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), copies=st.integers(1, 6))
def test_moments_are_numpys(seed: int, copies: int) -> None:
    latents = np.random.default_rng(seed).normal(size=(copies, 2, 3, 3)).astype(np.float32)
    mean, variance = moments(torch.from_numpy(latents))
    np.testing.assert_allclose(mean, latents.mean(0), atol=1e-5)
    np.testing.assert_allclose(variance, latents.var(0), atol=1e-5)


def test_without_augmentation_there_is_no_variance(network: VQGAN) -> None:
    plain = network.decode(network.encode(_image()[None]))[0].detach()
    for mode in ("mean", "sample"):
        torch.testing.assert_close(_drawn(network, mode, IDENTITY), plain, atol=1e-5, rtol=1e-4)
    assert float((_drawn(network, "quantized", IDENTITY) - plain).abs().max()) > 1e-3


def test_variance_grows_with_the_augmentation(network: VQGAN) -> None:
    variances = []
    for strength in (0.0, 0.5, 1.0, 3.0):
        changed = Augmentation(8, 0.1 * strength, 0.02 * strength, 0, 0).draw(
            _image(), np.random.default_rng(0)
        )
        variances.append(float(moments(network.encode(changed))[1].mean().detach()))
    assert variances[0] == pytest.approx(0, abs=1e-9)
    assert variances == sorted(variances)


def test_no_temperature_is_the_mean(network: VQGAN) -> None:
    torch.testing.assert_close(_drawn(network, "sample", MILD, tau=0), _drawn(network, "mean", MILD))


def test_sets_are_as_diverse_as_their_mode_says(network: VQGAN) -> None:
    def spread(mode: str, augmentation: Augmentation) -> float:
        made = torch.stack([_drawn(network, mode, augmentation, seed) for seed in range(4)])
        return float(torch.pdist(made.flatten(1)).mean())

    assert spread("sample", MILD) > spread("mean", MILD) > spread("mean", IDENTITY)
    assert spread("mean", IDENTITY) == 0 == spread("quantized", MILD)


def test_only_quantised_pictures_depend_on_the_codes(network: VQGAN) -> None:
    before = {mode: _drawn(network, mode, MILD) for mode in ("mean", "sample", "quantized")}
    torch.nn.init.normal_(network.quantize.embedding.weight)
    assert torch.equal(_drawn(network, "mean", MILD), before["mean"])
    assert torch.equal(_drawn(network, "sample", MILD), before["sample"])
    assert not torch.equal(_drawn(network, "quantized", MILD), before["quantized"])


def test_a_warp_that_does_nothing_changes_nothing() -> None:
    image = _image()
    torch.testing.assert_close(warped(image), image, atol=1e-5, rtol=0)


def test_a_quarter_turn_of_a_square_is_rot90() -> None:
    image = _image()
    torch.testing.assert_close(warped(image, turn_deg=90), torch.rot90(image, -1, (1, 2)), atol=1e-4, rtol=0)


def test_a_shift_moves_by_its_part_of_the_sides() -> None:
    image = torch.zeros(1, 32, 64)
    image[:, 16, 32] = 1
    moved = warped(image, shift=(0.25, -0.125))
    assert np.unravel_index(int(moved.argmax()), (32, 64)) == (8, 40)


def test_a_zoom_keeps_the_centre() -> None:
    rows = torch.linspace(-1, 1, 33).expand(1, 33, 33).transpose(1, 2)
    torch.testing.assert_close(warped(rows, scale=2.0), rows / 2, atol=1e-3, rtol=0)


def test_views_stay_in_range_and_are_their_kinds() -> None:
    chosen, random = GenerationHyperparameters.parse(TINY), np.random.default_rng(0)
    picture = (_image() + 1) / 2
    assert torch.equal(draw_view("none", chosen, random).apply(picture), picture)
    for kind in ("texture", "object"):
        views = [draw_view(kind, chosen, random) for _ in range(20)]
        assert any(view.is_mirrored for view in views) == (kind == "texture")
        assert any(view.is_flipped for view in views) == (kind == "texture")
        for view in views[:5]:
            seen = view.apply(picture)
            assert seen.shape == picture.shape
            assert 0 <= float(seen.min()) <= float(seen.max()) <= 1
            assert not torch.equal(seen, picture)
    assert View(**{**views[0].to_dict(), "shift": views[0].shift}) == views[0]


def test_a_texture_is_told_from_a_part_with_its_place() -> None:
    random = np.random.default_rng(0)
    textures = [as_bytes(torch.from_numpy(random.uniform(0, 1, (3, 64, 64)).astype(np.float32)))] * 2
    assert kind_of(textures) == "texture"
    part = textures[0].clone()
    part[:, :40] = 20
    assert kind_of([part] * 8) == "object"
