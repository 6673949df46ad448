"""DRAEM's networks: the published sizes, any image side, and no way around the bottleneck."""

import pytest
import torch

from detectors.methods.draem.networks import Discriminative, Reconstructive, crop_like, pad_to_multiple


@pytest.mark.parametrize(
    ("network", "millions"), [(Reconstructive, (128, 69.05)), (Discriminative, (64, 28.37))]
)
def test_the_published_widths_have_the_published_parameters(
    network: type[torch.nn.Module], millions: tuple[int, float]
) -> None:
    width, expected = millions
    with torch.device("meta"):
        made = network(width)
    assert sum(one.numel() for one in made.parameters()) / 1e6 == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize("side", [(32, 64), (33, 47), (40, 100)])
def test_any_side_goes_in_and_comes_out(side: tuple[int, int]) -> None:
    images = torch.rand(2, 3, *side)
    restored = Reconstructive(2)(images)
    assert restored.shape == images.shape
    assert Discriminative(2)(restored, images).shape == (2, 2, *side)


def test_padding_repeats_the_edge_and_is_cropped_off_exactly() -> None:
    images = torch.rand(1, 3, 33, 64)
    padded = pad_to_multiple(images, 32)
    assert padded.shape == (1, 3, 64, 64) and torch.equal(crop_like(padded, images), images)
    assert torch.equal(padded[0, :, 60], images[0, :, 32])
    assert pad_to_multiple(images[..., :32, :], 32).data_ptr() == images.data_ptr()


def test_nothing_passes_by_the_bottleneck() -> None:
    network = Reconstructive(2).eval()
    bottleneck = torch.zeros_like(network.encode(torch.rand(1, 3, 256, 256)))
    inner = network.decode(bottleneck)[..., 80:-80, 80:-80]
    assert inner.std(dim=(2, 3)).max() < 1e-6
