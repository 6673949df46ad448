"""RealNet's networks put together: frozen features, their reconstruction, and the discriminator."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from detectors.features.backbones import Backbone
from detectors.methods.realnet.blocks import concatenated
from detectors.methods.realnet.discriminator import Discriminator
from detectors.methods.realnet.reconstruction import ReconstructionNet
from detectors.methods.realnet.selection import ResidualSelection


class SelectedFeatures(nn.Module):
    """The frozen backbone, and of each of its layers the channels that anomaly-aware selection kept."""

    def __init__(self, backbone: Backbone, kept: Sequence[Tensor], scales: Sequence[float]) -> None:
        """Select channels.

        Args:
            backbone: from `load_backbone`.
            kept: per layer, (m,) int64: channel numbers.
            scales: per layer, the factor that brings its activations to unit size.
        """
        super().__init__()
        self.backbone = backbone
        self.kept = [indices.to(backbone.scale.device) for indices in kept]
        self.scales = list(scales)

    @torch.no_grad()
    def forward(self, pixels: Tensor) -> list[Tensor]:
        """(B, 3, S, S) float32, 0…255, to one (B, m, h, w) map per layer."""
        layers = self.backbone(pixels)
        return [
            layer[:, kept] * scale for layer, kept, scale in zip(layers, self.kept, self.scales, strict=True)
        ]


class Judgement(NamedTuple):
    """Reconstructed features of each layer, and the discriminator's logits (B, 2, S, S)."""

    reconstructed: list[Tensor]
    logits: Tensor


class RealNetNetwork(nn.Module):
    """What is trained: one reconstruction network per layer, residual selection, and the discriminator."""

    def __init__(
        self,
        channels: Sequence[int],
        *,
        multipliers: tuple[int, ...],
        residual_blocks: int,
        kept_residuals: int,
        stop_gradient: bool,
    ) -> None:
        """Make the networks.

        Args:
            channels: of each layer's selected features, finest layer first.
            multipliers: see `ReconstructionNet`.
            residual_blocks: see `ReconstructionNet`.
            kept_residuals: residual channels kept by each of the two rules.
            stop_gradient: whether the discriminator's loss leaves the reconstruction alone.
        """
        super().__init__()
        self.reconstructions = nn.ModuleList(
            ReconstructionNet(count, multipliers, residual_blocks) for count in channels
        )
        self.selection = ResidualSelection(sum(channels), kept_residuals)
        self.discriminator = Discriminator(2 * kept_residuals)
        self.stop_gradient = stop_gradient

    def forward(self, features: list[Tensor], side_px: int) -> Judgement:
        """Judge the features of a batch of images of `side_px`."""
        reconstructed = [net(layer) for net, layer in zip(self.reconstructions, features, strict=True)]
        compared = [layer.detach() for layer in reconstructed] if self.stop_gradient else reconstructed
        residuals = [
            (layer - guess.float()).square() for layer, guess in zip(features, compared, strict=True)
        ]
        return Judgement(reconstructed, self.discriminator(self.selection(concatenated(residuals)), side_px))


def losses(judged: Judgement, clean: list[Tensor], mask: Tensor, usable: Tensor) -> dict[str, Tensor]:
    """Cross entropy of the map, and the summed reconstruction errors, over usable pixels only.

    Args:
        judged: of the images with defects.
        clean: the features of the same images without defects.
        mask: (B, S, S) int64, 1 = defect.
        usable: (B, S, S) bool.
    """
    entropy = functional.cross_entropy(judged.logits.float(), mask, reduction="none")
    reconstruction = torch.zeros((), device=mask.device)
    for guess, truth in zip(judged.reconstructed, clean, strict=True):
        cells = functional.adaptive_avg_pool2d(
            usable[:, None].float(), (truth.shape[-2], truth.shape[-1])
        ).floor()
        errors = (guess.float() - truth).square().mean(dim=1, keepdim=True)
        reconstruction = reconstruction + _mean_where(errors, cells)
    return {"segmentation": _mean_where(entropy, usable.float()), "reconstruction": reconstruction}


def anomaly_probability(logits: Tensor) -> Tensor:
    """(B, 2, S, S) logits to (B, S, S) probability of a defect."""
    return torch.softmax(logits, dim=1)[:, 1]


def _mean_where(values: Tensor, weights: Tensor) -> Tensor:
    return (values * weights).sum() / weights.sum().clamp(min=1.0)
