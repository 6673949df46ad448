"""EfficientNet-Lite0 with its head: probabilities of ImageNet's 1,000 classes, and these classes' names."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from detectors.errors import MissingWeightsError
from detectors.features import backbones
from detectors.generation.encoders import RgbImage

SIDE_PX = 224
_BACKBONE, _LAST_LAYER = "efficientnet_lite0", "blocks.6"
_NORM_EPSILON = 1e-3


class ImageClassifier(nn.Module):
    """(B, 3, S, S) float32 with values 0…255, RGB, to (B, 1000) probabilities."""

    def __init__(self) -> None:
        """Load the carried weights; raises MissingWeightsError without the package."""
        super().__init__()
        self.backbone = backbones.load_backbone(_BACKBONE, "imagenet", (_LAST_LAYER,), seed=0)
        weights = torch.load(backbones.imagenet_file(_BACKBONE), map_location="cpu", weights_only=True)
        channels, inputs = weights["_conv_head.weight"].shape[:2]
        self.conv = nn.Conv2d(inputs, channels, 1, bias=False)
        self.norm = nn.BatchNorm2d(channels, eps=_NORM_EPSILON)
        self.classes = nn.Linear(channels, len(weights["_fc.bias"]))
        for part, name in ((self.conv, "_conv_head."), (self.norm, "_bn1."), (self.classes, "_fc.")):
            part.load_state_dict(
                {key.removeprefix(name): value for key, value in weights.items() if key.startswith(name)}
            )
        self.eval().requires_grad_(False)

    def forward(self, pixels: Tensor) -> Tensor:
        (features,) = self.backbone(pixels)
        seen = functional.relu6(self.norm(self.conv(features))).mean((2, 3))
        return functional.softmax(self.classes(seen), dim=1)

    @torch.inference_mode()
    def probabilities(self, pictures: Sequence[RgbImage]) -> Tensor:
        """(n, 1000), each picture resized; one by one, so that grouping changes nothing."""
        return torch.cat([self(_prepared(picture)) for picture in pictures])


def class_names() -> list[str]:
    """The first names of ImageNet's 1,000 classes, in the network's order, from timm's tables."""
    package = find_spec("timm")
    if package is None or package.origin is None:
        raise MissingWeightsError("The names of ImageNet's classes need the package timm; run `make setup`.")
    folder = Path(package.origin).parent / "data" / "_info"
    lines = (folder / "imagenet_synset_to_lemma.txt").read_text().splitlines()
    names = dict(line.split("\t", 1) for line in lines)
    return [
        names[synset].split(",")[0] for synset in (folder / "imagenet_synsets.txt").read_text().splitlines()
    ]


def _prepared(picture: RgbImage) -> Tensor:
    pixels = torch.tensor(picture, dtype=torch.float32).permute(2, 0, 1)[None]
    return functional.interpolate(pixels, size=(SIDE_PX, SIDE_PX), mode="bilinear", antialias=True)
