"""MSPB's training: near, far and clustered patches, and the angle from one patch to another."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from detectors.methods.mspb.encoders import PatchEncoders
from detectors.methods.mspb.losses import centre_loss, cosine_loss
from detectors.methods.mspb.phases import Phases, ScaleCentres
from detectors.methods.mspb.sampling import DIRECTIONS, angle_rule, neighbour_rule, triplets
from detectors.methods.mspb_hyperparameters import MSPBHyperparameters
from detectors.methods.patches.classifier import DirectionClassifier
from detectors.methods.patches.encoding import Patchwise, cut_out
from detectors.methods.patches.initial import keep_variance
from detectors.methods.patches.losses import direction_loss, mean_distance

NOISE = 0.02
"""Deviation of the photometric perturbation, in units of the full scale."""

_CLASSIFIER_HIDDEN = (128, 256, 512)


class Networks(nn.Module):
    """The encoders and the angle classifier of each patch size."""

    def __init__(self, chosen: MSPBHyperparameters) -> None:
        super().__init__()
        sizes_px, dim = tuple(chosen.strides_px()), chosen.embedding_dim
        self.encoders = PatchEncoders(sizes_px, dim, chosen.width, shared=chosen.trunk == "shared")
        self.classifiers = nn.ModuleDict(
            {
                str(patch_px): DirectionClassifier(
                    dim, _CLASSIFIER_HIDDEN, len(DIRECTIONS), chosen.freeze_last_weight
                )
                for patch_px in sizes_px
            }
        )
        if chosen.first_weights != "default":
            keep_variance(self)


@dataclass(frozen=True)
class TrainingStep:
    """One optimiser step on all losses.

    Attributes:
        chosen: weights of the losses, batch size, sampling.
        networks: what learns.
        optimiser: over their parameters.
        pairs: cuts and embeds.
        centres: by patch size.
        phases: which step does what with the centres.
    """

    chosen: MSPBHyperparameters
    networks: Networks
    optimiser: torch.optim.Optimizer
    pairs: Patchwise
    centres: Mapping[int, ScaleCentres]
    phases: Phases

    def __call__(self, number: int, random: np.random.Generator) -> Mapping[str, Tensor]:
        if self.chosen.centres and self.phases.clusters_at(number):
            for centres in self.centres.values():
                centres.cluster(random)
        losses = self.losses(number, random)
        total = torch.stack(list(losses.values())).sum()
        self.optimiser.zero_grad()
        total.backward()
        self.optimiser.step()
        return losses

    def losses(self, number: int, random: np.random.Generator) -> dict[str, Tensor]:
        """The weighted losses of a step by name; their sum is what is minimised."""
        losses = {}
        for patch_px in self.centres:
            losses[f"angle_{patch_px}"] = self._angle_loss(patch_px, random)
            svdd, cosine = self._triplet_losses(patch_px, random)
            losses[f"svdd_{patch_px}"] = self.chosen.svdd_weight * svdd
            losses[f"cosine_{patch_px}"] = self.chosen.svdd_weight * cosine
            pulled = self._centre_loss(patch_px, number, random)
            if pulled is not None:
                losses[f"centres_{patch_px}"] = pulled
        return losses

    def _angle_loss(self, patch_px: int, random: np.random.Generator) -> Tensor:
        rule = angle_rule(patch_px, self.chosen.resample_invalid)
        [pairs] = self.pairs.encoded(random, [rule], self.chosen.batch_size, NOISE)
        logits = self.networks.classifiers[str(patch_px)](pairs.first, pairs.second)
        return direction_loss(logits, pairs.labels)

    def _triplet_losses(self, patch_px: int, random: np.random.Generator) -> tuple[Tensor, Tensor]:
        chosen, pairs = self.chosen, self.pairs
        rule = neighbour_rule(patch_px, chosen.resample_invalid)
        drawn = triplets(random, pairs.source, rule, chosen.batch_size, chosen.far_rule)
        patches = [
            cut_out(pairs.source, drawn.frames, corners, patch_px, pairs.device)
            for corners in (drawn.anchor, drawn.near, drawn.far)
        ]
        anchor, near, far = pairs.embedded(torch.cat(patches), patch_px).split(len(drawn.frames))
        return mean_distance(anchor, near), cosine_loss(anchor, near, far)

    def _centre_loss(self, patch_px: int, number: int, random: np.random.Generator) -> Tensor | None:
        """The k-means loss, or None while it takes no part; collects embeddings where it is their time."""
        collects, pulls = self.phases.collects_at(number), self.phases.pulls_at(number)
        centres = self.centres[patch_px]
        if not self.chosen.centres or not (collects or pulls):
            return None
        source = self.pairs.source
        frames = source.draw(random, self.chosen.batch_size, patch_px)
        corners = source.places(random, frames, patch_px)
        with torch.set_grad_enabled(pulls):
            patches = cut_out(source, frames, corners, patch_px, self.pairs.device)
            embeddings = self.pairs.embedded(patches, patch_px)
        if collects:
            centres.collect(embeddings)
        if not pulls or centres.centres is None:
            return None
        target = centres.centres.to(embeddings.device)
        return centre_loss(embeddings, target, self.chosen.centre_distance)
