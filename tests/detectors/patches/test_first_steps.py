"""What makes short trainings safe: the first weights, the optimiser, and the guard against collapse."""

from pathlib import Path

import numpy as np
import pytest
import torch
from patches.frames_of import frames_of
from pictures import stripes
from torch import nn

from detectors.errors import TrainingError
from detectors.methods.mspb_hyperparameters import MSPBHyperparameters
from detectors.methods.patch_svdd_hyperparameters import PatchSVDDHyperparameters
from detectors.methods.patches.geometry import PatchGrid
from detectors.methods.patches.initial import scale_to_contrast
from detectors.methods.patches.optimiser import optimiser_of
from detectors.methods.patches.spaces import EmbeddingSpill, ScaleMemory


def test_the_contrast_is_the_deviation_from_the_mean_frame(tmp_path: Path) -> None:
    images = [stripes(number, 96) for number in range(12)]
    frames = frames_of(images, tmp_path, (64, 32), size_px=96)
    expected = (np.stack(images) - np.stack(images).mean(axis=0)).std() / 255
    assert frames.contrast() == pytest.approx(expected, rel=1e-3)


def test_faint_and_strong_surfaces_look_alike_to_the_scaled_first_layer() -> None:
    torch.manual_seed(0)
    surface = torch.randn(4, 3, 16, 16)
    seen = []
    for contrast in (0.01, 0.2):
        torch.manual_seed(1)
        layer = nn.Conv2d(3, 8, 3, bias=False)
        scale_to_contrast(layer, contrast, 0.3)
        seen.append(layer(contrast * surface))
    assert torch.allclose(*seen, rtol=1e-3, atol=1e-5)
    scale_to_contrast(layer, 0.0, 0.3)
    assert torch.isfinite(layer.weight).all()


@pytest.mark.parametrize("hyperparameters", [PatchSVDDHyperparameters, MSPBHyperparameters])
def test_faint_gradients_make_small_steps_unless_as_published(hyperparameters: type) -> None:
    moved = {}
    for preset in ("cpu", "paper"):
        layer = nn.Linear(1, 1)
        optimiser = optimiser_of(layer, hyperparameters.parse({"preset": preset, "learning_rate": 1e-3}))
        before = layer.weight.item()
        layer.weight.grad, layer.bias.grad = torch.full((1, 1), 1e-5), torch.zeros(1)
        optimiser.step()
        moved[preset] = abs(layer.weight.item() - before)
    assert moved["paper"] == pytest.approx(1e-3, rel=0.01)
    assert moved["cpu"] < 1e-4


def _remembered(embeddings: np.ndarray, path: Path) -> ScaleMemory:
    spill = EmbeddingSpill(path, PatchGrid(64, 32, 32))
    spill.append(0, embeddings, np.zeros((len(embeddings), 2), np.int32))
    return spill.finish(embeddings.shape[1], 0, 0)


def test_embeddings_are_judged_by_their_spread_over_their_length(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(size=(50, 64)).astype(np.float32)
    assert _remembered(1e-5 * noise, tmp_path / "short").space.spread == pytest.approx(8e-5, rel=0.1)
    with pytest.raises(TrainingError, match="same embedding"):
        _remembered(np.float32(0.99) + 1e-6 * noise, tmp_path / "long")
