"""The losses of a VQGAN: reconstruction, distance of pretrained features, and a discriminator's judgement."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from detectors.features.backbones import load_backbone

_BACKBONE, _LAYERS = "efficientnet_lite0", ("stem", "blocks.1", "blocks.2")
_ADAPTIVE_EPSILON, _ADAPTIVE_LIMIT = 1e-4, 1e4


class PerceptualDistance(nn.Module):
    """Mean squared distance of unit-length features at three depths, after LPIPS (Zhang et al., CVPR 2018).

    The features are EfficientNet-Lite0's, whose weights a package carries, without LPIPS's learned weights.
    """

    def __init__(self) -> None:
        """Load the features; raises MissingWeightsError without the package."""
        super().__init__()
        self.backbone = load_backbone(_BACKBONE, "imagenet", _LAYERS, seed=0)

    def forward(self, images: Tensor, targets: Tensor) -> Tensor:
        """Scalar, of two (B, 3, S, S) in [-1, 1]."""
        seen, wanted = (self.backbone((x + 1) * 127.5) for x in (images, targets))
        parts = [
            (functional.normalize(a) - functional.normalize(b)).square().sum(1).mean()
            for a, b in zip(seen, wanted, strict=True)
        ]
        return torch.stack(parts).mean()


class Discriminator(nn.Sequential):
    """PatchGAN (Isola et al., CVPR 2017): (B, 3, S, S) to a map of judgements, higher = real."""

    def __init__(self, width: int = 64, layers: int = 3) -> None:
        parts: list[nn.Module] = [nn.Conv2d(3, width, 4, 2, 1), nn.LeakyReLU(0.2)]
        current = width
        for number in range(1, layers + 1):
            following = width * min(2**number, 8)
            stride = 2 if number < layers else 1
            parts += [
                nn.Conv2d(current, following, 4, stride, 1, bias=False),
                nn.BatchNorm2d(following),
                nn.LeakyReLU(0.2),
            ]
            current = following
        super().__init__(*parts, nn.Conv2d(current, 1, 4, 1, 1))


def hinge(real: Tensor, made: Tensor) -> Tensor:
    """The discriminator's loss."""
    return (functional.relu(1 - real).mean() + functional.relu(1 + made).mean()) / 2


def adaptive_weight(reconstruction: Tensor, adversarial: Tensor, last_layer: Tensor) -> Tensor:
    """||grad of reconstruction|| / ||grad of adversarial|| at the decoder's last layer, within limits."""
    (wanted,) = torch.autograd.grad(reconstruction, last_layer, retain_graph=True)
    (given,) = torch.autograd.grad(adversarial, last_layer, retain_graph=True)
    return (wanted.norm() / (given.norm() + _ADAPTIVE_EPSILON)).clamp(0, _ADAPTIVE_LIMIT).detach()
