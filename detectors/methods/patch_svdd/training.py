"""Patch SVDD's training: neighbouring patches are pulled together, and their direction is learned."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from detectors.methods.patch_svdd.encoder import BIG_PX, LATTICE_PX, SMALL_PX, HierarchicalEncoder
from detectors.methods.patch_svdd.framewise import Framewise
from detectors.methods.patch_svdd.sampling import DIRECTIONS, direction_rule, neighbour_rule
from detectors.methods.patch_svdd_hyperparameters import PatchSVDDHyperparameters
from detectors.methods.patches.classifier import DirectionClassifier
from detectors.methods.patches.encoding import PairEncoder, Patchwise
from detectors.methods.patches.frames import TrainingFrames
from detectors.methods.patches.initial import keep_variance
from detectors.methods.patches.losses import direction_loss, mean_distance

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
        if chosen.first_weights != "default":
            keep_variance(self)


@dataclass(frozen=True)
class TrainingStep:
    """One optimiser step on all losses.

    Attributes:
        chosen: weights of the losses, batch size.
        networks: what learns.
        optimiser: over their parameters.
        apart: where embedded pairs of the position loss come from.
        near: where those of the SVDD loss come from.
    """

    chosen: PatchSVDDHyperparameters
    networks: Networks
    optimiser: torch.optim.Optimizer
    apart: PairEncoder
    near: PairEncoder

    def __call__(self, number: int, random: np.random.Generator) -> Mapping[str, Tensor]:
        losses = self.losses(random)
        total = torch.stack(list(losses.values())).sum()
        self.optimiser.zero_grad()
        total.backward()
        self.optimiser.step()
        return losses

    def losses(self, random: np.random.Generator) -> dict[str, Tensor]:
        """The weighted losses by name; their sum is what is minimised."""
        losses = self._position_losses(random) if self.chosen.position_loss else {}
        for patch_px in SCALES_PX:
            rule = neighbour_rule(patch_px, self.chosen.resample_invalid)
            [near] = self.near.encoded(random, [rule], self.chosen.batch_size)
            losses[f"svdd_{patch_px}"] = self.chosen.svdd_weight * mean_distance(near.first, near.second)
        return losses

    def _position_losses(self, random: np.random.Generator) -> dict[str, Tensor]:
        # Whole lattice steps, so that pairs of any direction and size may share a window.
        step_px = LATTICE_PX if self.chosen.frames_per_batch else 1
        rules = [direction_rule(patch_px, self.chosen.resample_invalid, step_px) for patch_px in SCALES_PX]
        losses = {}
        for rule, pairs in zip(
            rules, self.apart.encoded(random, rules, self.chosen.batch_size, NOISE), strict=True
        ):
            logits = self.networks.classifiers[str(rule.patch_px)](pairs.first, pairs.second)
            losses[f"position_{rule.patch_px}"] = direction_loss(logits, pairs.labels)
        return losses


def pair_encoder(
    frames: TrainingFrames, encoder: HierarchicalEncoder, device: torch.device, frames_per_batch: int
) -> PairEncoder:
    """On windows of so many frames at once, or patch by patch where it is 0."""
    if frames_per_batch:
        return Framewise(frames, encoder, device, frames_per_batch)
    return Patchwise(frames, encoder.patches, device)
