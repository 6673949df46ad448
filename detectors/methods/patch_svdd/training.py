"""Patch SVDD's training: neighbouring patches are pulled together, and their direction is learned."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from detectors.methods.patch_svdd.encoder import BIG_PX, SMALL_PX, HierarchicalEncoder
from detectors.methods.patch_svdd.framewise import Framewise
from detectors.methods.patch_svdd.sampling import DIRECTIONS, direction_rule, neighbour_rule
from detectors.methods.patch_svdd_hyperparameters import PatchSVDDHyperparameters
from detectors.methods.patches.classifier import DirectionClassifier
from detectors.methods.patches.encoding import PairEncoder, Patchwise
from detectors.methods.patches.frames import TrainingFrames
from detectors.methods.patches.initial import keep_variance
from detectors.methods.patches.losses import direction_loss, mean_distance
from detectors.training.loop import autocast

SCALES_PX = (BIG_PX, SMALL_PX)
NOISE = 0.02
"""Deviation of the photometric perturbation, in units of the full scale."""

_CLASSIFIER_HIDDEN = (128, 128)


class Networks(nn.Module):
    """The encoder and the direction classifier of each scale."""

    def __init__(self, chosen: PatchSVDDHyperparameters) -> None:
        super().__init__()
        dim = chosen.embedding_dim
        self.encoder = HierarchicalEncoder(dim, chosen.width)
        self.classifiers = nn.ModuleDict(
            {
                str(patch_px): DirectionClassifier(
                    dim, _CLASSIFIER_HIDDEN, len(DIRECTIONS), chosen.freeze_last_weight
                )
                for patch_px in SCALES_PX
            }
        )
        if chosen.first_weights == "variance":
            keep_variance(self)


@dataclass(frozen=True)
class TrainingStep:
    """One optimiser step on all losses.

    Attributes:
        chosen: weights of the losses, batch size.
        networks: what learns.
        optimiser: over their parameters.
        pairs: where embedded pairs come from.
        device: where to compute.
    """

    chosen: PatchSVDDHyperparameters
    networks: Networks
    optimiser: torch.optim.Optimizer
    pairs: PairEncoder
    device: torch.device

    def __call__(self, number: int, random: np.random.Generator) -> Mapping[str, Tensor]:
        with autocast(self.device):
            losses = self.losses(random)
            total = torch.stack(list(losses.values())).sum()
        self.optimiser.zero_grad()
        total.backward()
        self.optimiser.step()
        return losses

    def losses(self, random: np.random.Generator) -> dict[str, Tensor]:
        """The weighted losses by name; their sum is what is minimised."""
        chosen = self.chosen
        losses = {}
        for patch_px in SCALES_PX:
            if chosen.position_loss:
                losses[f"position_{patch_px}"] = self._position_loss(patch_px, random)
            rule = neighbour_rule(patch_px, chosen.resample_invalid)
            near = self.pairs.encoded(random, rule, chosen.batch_size)
            losses[f"svdd_{patch_px}"] = chosen.svdd_weight * mean_distance(near.first, near.second)
        return losses

    def _position_loss(self, patch_px: int, random: np.random.Generator) -> Tensor:
        rule = direction_rule(patch_px, self.chosen.resample_invalid)
        pairs = self.pairs.encoded(random, rule, self.chosen.batch_size, NOISE)
        logits = self.networks.classifiers[str(patch_px)](pairs.first, pairs.second)
        return direction_loss(logits, pairs.labels)


def pair_encoder(
    chosen: PatchSVDDHyperparameters,
    frames: TrainingFrames,
    encoder: HierarchicalEncoder,
    device: torch.device,
) -> PairEncoder:
    """Frame by frame or patch by patch, as the hyperparameters say."""
    if chosen.frames_per_batch:
        return Framewise(frames, encoder, device, chosen.frames_per_batch)
    return Patchwise(frames, encoder.patches, device)
