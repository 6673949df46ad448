"""The network: the published names, the quantiser, checkpoints, the losses, what training does."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_generation import TINY
from torch.nn import functional

from detectors.base import FitContext, ignore_progress
from detectors.errors import InputError, MissingWeightsError, TrainingError
from detectors.generation.hyperparameters import GenerationHyperparameters
from detectors.generation.sources import as_bytes
from detectors.generation.vqgan import learning
from detectors.generation.vqgan.checkpoint import load_checkpoint
from detectors.generation.vqgan.learning import train_generator
from detectors.generation.vqgan.losses import Discriminator, PerceptualDistance, adaptive_weight, hinge
from detectors.generation.vqgan.network import VQGAN, NetworkSettings, seeded_network
from detectors.generation.vqgan.quantiser import Quantiser

_ATTENTIVE = NetworkSettings(8, (1, 2), 1, True, 4, 8)


def _with_a_discriminator(network: VQGAN) -> dict[str, torch.Tensor]:
    """As the published files hold them: with what only training needs."""
    return {**network.state_dict(), "loss.discriminator.main.0.weight": torch.zeros(1)}


def test_the_published_shape_has_the_published_names_and_size() -> None:
    with torch.device("meta"):
        network = VQGAN(NetworkSettings())
    state = network.state_dict()
    expected = {
        "encoder.down.0.block.0.norm1.weight": (128,),
        "encoder.down.2.block.0.nin_shortcut.weight": (256, 128, 1, 1),
        "encoder.down.3.downsample.conv.weight": (256, 256, 3, 3),
        "encoder.down.4.attn.1.proj_out.bias": (512,),
        "encoder.mid.attn_1.q.weight": (512, 512, 1, 1),
        "decoder.up.4.attn.2.norm.weight": (512,),
        "decoder.up.1.upsample.conv.weight": (128, 128, 3, 3),
        "decoder.up.0.block.2.conv2.weight": (128, 128, 3, 3),
        "quantize.embedding.weight": (1024, 256),
        "post_quant_conv.weight": (256, 256, 1, 1),
    }
    assert {name: tuple(state[name].shape) for name in expected} == expected
    assert "encoder.down.4.downsample.conv.weight" not in state
    assert "encoder.down.3.attn.0.q.weight" not in state
    assert network.settings.cell_px == 16
    assert round(sum(value.numel() for value in network.parameters()) / 1e6, 1) == 72.1


@pytest.mark.parametrize("suffix", [".ckpt", ".pth", ".safetensors"])
def test_a_checkpoint_is_loaded_strictly_with_the_shape_that_it_has(tmp_path: Path, suffix: str) -> None:
    from safetensors.torch import save_file

    made = seeded_network(_ATTENTIVE, 1)
    path = tmp_path / f"last{suffix}"
    if suffix == ".safetensors":
        save_file(_with_a_discriminator(made), path)
    else:
        content = _with_a_discriminator(made)
        torch.save({"state_dict": content, "epoch": 3} if suffix == ".ckpt" else content, path)
    loaded = load_checkpoint(path)
    assert loaded.settings == _ATTENTIVE
    images = torch.rand(1, 3, 16, 16)
    torch.testing.assert_close(loaded.decode(loaded.encode(images)), made.decode(made.encode(images)))


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.pth"
    with pytest.raises(MissingWeightsError, match="vqgan_imagenet_f16"):
        load_checkpoint(path)
    path.write_bytes(b"no weights")
    with pytest.raises(InputError, match="can be read safely"):
        load_checkpoint(path)
    torch.save({"state_dict": {"a": torch.zeros(1)}}, path)
    with pytest.raises(InputError, match="does not hold a VQGAN"):
        load_checkpoint(path)
    state = dict(seeded_network(_ATTENTIVE, 0).state_dict())
    del state["decoder.conv_out.bias"]
    torch.save(state, path)
    with pytest.raises(InputError, match="published make"):
        load_checkpoint(path)


def test_each_cell_takes_its_nearest_code() -> None:
    torch.manual_seed(0)
    quantiser = Quantiser(16, 3)
    torch.nn.init.normal_(quantiser.embedding.weight)
    latents = torch.randn(2, 3, 4, 5)
    cells = latents.permute(0, 2, 3, 1)[..., None, :]
    expected = (cells - quantiser.embedding.weight).square().sum(-1).argmin(-1)
    found = quantiser(latents)
    assert torch.equal(found.indices, expected)
    torch.testing.assert_close(found.latents, quantiser.embedding(expected).permute(0, 3, 1, 2))


def test_gradients_pass_straight_and_reach_the_codes_by_the_loss_alone() -> None:
    torch.manual_seed(0)
    quantiser, latents = Quantiser(8, 3), torch.randn(1, 3, 2, 2, requires_grad=True)
    weights = torch.randn(1, 3, 2, 2)
    (quantiser(latents).latents * weights).sum().backward()
    torch.testing.assert_close(latents.grad, weights)
    assert quantiser.embedding.weight.grad is None
    quantiser(latents).loss.backward()
    assert quantiser.embedding.weight.grad is not None
    assert bool(quantiser.embedding.weight.grad.any())


@pytest.mark.parametrize(("is_legacy", "codebook_share"), [(True, 0.25), (False, 1.0)])
def test_beta_weighs_the_term_that_it_should(is_legacy: bool, codebook_share: float) -> None:
    quantiser = Quantiser(1, 1, beta=0.25, is_legacy=is_legacy)
    torch.nn.init.zeros_(quantiser.embedding.weight)
    quantiser(torch.ones(1, 1, 1, 1)).loss.backward()
    assert float(quantiser.embedding.weight.grad) == pytest.approx(-2 * codebook_share)


def test_a_code_itself_costs_nothing() -> None:
    quantiser = Quantiser(8, 3)
    code = quantiser.embedding.weight[5].detach().view(1, 3, 1, 1)
    found = quantiser(code)
    assert float(found.loss.detach()) == 0
    assert int(found.indices) == 5


def test_the_adversarial_weight_balances_the_gradients() -> None:
    layer = torch.ones(3, requires_grad=True)
    weight = adaptive_weight((4 * layer).sum(), (2 * layer).sum(), layer)
    assert float(weight) == pytest.approx(2, rel=1e-3)
    assert float(hinge(torch.tensor([2.0]), torch.tensor([-2.0]))) == 0
    assert float(hinge(torch.tensor([0.0]), torch.tensor([0.0]))) == 1
    assert Discriminator(4)(torch.rand(2, 3, 32, 32)).shape == (2, 1, 2, 2)


def test_the_perceptual_distance_sees_a_blur_more_than_a_little_light() -> None:
    torch.manual_seed(0)
    image = torch.rand(1, 3, 32, 32) * 2 - 1
    distance = PerceptualDistance()
    blurred = functional.avg_pool2d(image, 3, 1, 1)
    assert float(distance(image, image)) == 0
    assert float(distance(blurred, image)) > 2 * float(distance(image * 0.95, image))


def _striped(count: int = 2) -> list[torch.Tensor]:
    waves = torch.sin(torch.arange(32) / 3.0)
    return [as_bytes((0.5 + 0.4 * waves).expand(3, 32, 32).contiguous()) for _ in range(count)]


def _trained(tmp_path: Path, **changed: object) -> tuple[VQGAN, torch.Tensor]:
    chosen = GenerationHyperparameters.parse({**TINY, **changed})
    network = seeded_network(NetworkSettings.of(chosen), 0)
    train_generator(network, _striped(), "none", chosen, FitContext(ignore_progress, tmp_path))
    images = _striped()[0][None].float() / 127.5 - 1
    return network, functional.mse_loss(network.decode(network.encode(images)), images)


def test_training_brings_pictures_nearer_to_the_images(tmp_path: Path) -> None:
    _, before = _trained(tmp_path, steps=0)
    _, after = _trained(tmp_path, steps=60, learning_rate=5e-3)
    assert float(after.detach()) < 0.3 * float(before.detach())


def test_training_with_a_discriminator_runs(tmp_path: Path) -> None:
    network, _ = _trained(tmp_path, steps=25, adversarial_start=20, learning_rate=5e-3)
    assert all(bool(value.isfinite().all()) for value in network.parameters())


def test_a_collapsed_generator_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VQGAN, "decode", lambda self, latents: torch.zeros(len(latents), 3, 32, 32))
    network = seeded_network(NetworkSettings.of(GenerationHyperparameters.parse(TINY)), 0)
    with pytest.raises(TrainingError, match="collapsed"):
        learning._check_alive(network, _striped(), torch.device("cpu"))


def test_random_weights_leave_the_global_state(tmp_path: Path) -> None:
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    first, again = (seeded_network(_ATTENTIVE, 7) for _ in range(2))
    torch.testing.assert_close(torch.rand(1), expected)
    np.testing.assert_array_equal(first.last_layer.detach(), again.last_layer.detach())
