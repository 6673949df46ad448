"""Training RealNet: channel selection, the optimiser steps, and the choice of the network that is kept."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from detectors.base import FitContext
from detectors.errors import InputError
from detectors.features.backbones import Backbone
from detectors.methods.realnet.network import (
    RealNetNetwork,
    SelectedFeatures,
    anomaly_probability,
    losses,
)
from detectors.methods.realnet.scores import window_score
from detectors.methods.realnet.selection import best_channels, channel_losses
from detectors.metrics.ranking import auroc
from detectors.synthesis.batches import Batch, Batches
from detectors.synthesis.gallery import strip
from detectors.training.best import BestNetwork
from detectors.training.loop import Schedule, Trained, train, training_autocast

Pictures = npt.NDArray[np.uint8]

_CHECKS = 8
"""How often the network is tried on the held-out samples during a training."""

_HELD_OUT_BATCHES = 8
_SELECTION_STREAM, _HELD_OUT_STREAM = 1, 2
"""Keep the draws of selection and of held-out samples apart from each other and from the training's."""


@dataclass(frozen=True)
class TrainingSettings:
    """What of the hyperparameters the training needs."""

    batch_size: int
    learning_rate: float
    anomaly_share: float
    keep_best: bool
    score_window: int
    seed: int


@torch.no_grad()
def select_channels(
    backbone: Backbone, batches: Batches, counts: Sequence[int], batch_count: int, settings: TrainingSettings
) -> list[Tensor]:
    """Anomaly-aware selection on made-up defects alone: per layer, (m,) channel numbers, ascending.

    Raises:
        InputError: more channels are asked for than a layer has.
    """
    random = np.random.default_rng((settings.seed, _SELECTION_STREAM))
    found: list[list[Tensor]] = [[] for _ in counts]
    device = backbone.scale.device
    for _ in range(batch_count):
        batch = batches.draw(settings.batch_size, 1.0, random)
        mask = torch.from_numpy(batch.masks[:, None]).to(device)
        made_up, clean = backbone(_pixels(batch.images, device)), backbone(_pixels(batch.clean, device))
        for layer, pair in enumerate(zip(made_up, clean, strict=True)):
            _check_enough(backbone.layers[layer], pair[0].shape[1], counts[layer])
            found[layer].append(channel_losses(*pair, mask))
    return [best_channels(layer, count) for layer, count in zip(found, counts, strict=True)]


def _check_enough(layer: str, channels: int, asked: int) -> None:
    if asked > channels:
        raise InputError(f"kept_channels asks for {asked} channels of {layer}, which has {channels}.")


def train_network(
    network: RealNetNetwork,
    features: SelectedFeatures,
    batches: Batches,
    held_out: Batches,
    settings: TrainingSettings,
    schedule: Schedule,
    context: FitContext,
) -> Trained:
    """Train in place; ends with the last network, or with the one that did best on held-out samples.

    Args:
        network: what is trained.
        features: the frozen features.
        batches: draws from the training frames.
        held_out: draws from the frames that are kept for the choice.
        settings: see there.
        schedule: how long.
        context: progress, losses, pictures, checkpoints (stage `realnet`).
    """
    device = next(network.parameters()).device
    optimiser = torch.optim.Adam(network.parameters(), lr=settings.learning_rate)
    best = BestNetwork(network)
    interval = max(1, schedule.steps // _CHECKS)
    samples = _held_out_samples(held_out, settings)

    def step(number: int, random: np.random.Generator) -> dict[str, Tensor]:
        batch = batches.draw(settings.batch_size, settings.anomaly_share, random)
        made_up, clean = _features(features, batch, device)
        mask, usable = torch.from_numpy(batch.masks).to(device), torch.from_numpy(batch.usable).to(device)
        network.train()
        with training_autocast(device):
            judged = network(made_up, mask.shape[-1])
            found = losses(judged, clean, mask.long(), usable)
        optimiser.zero_grad()
        (found["segmentation"] + found["reconstruction"]).backward()
        optimiser.step()
        if (number + 1) % interval == 0:
            best.consider(network, _quality(network, features, samples, settings.score_window), number + 1)
            context.watcher.pictures("realnet", number + 1, _strip(network, features, batch))
        return found

    trained = train(
        "realnet", {"network": network, "optimiser": optimiser, "best": best}, step, schedule, context
    )
    if settings.keep_best:
        best.restore(network)
    network.eval()
    return trained


def _held_out_samples(held_out: Batches, settings: TrainingSettings) -> list[Batch]:
    random = np.random.default_rng((settings.seed, _HELD_OUT_STREAM))
    return [held_out.draw(settings.batch_size, 0.5, random) for _ in range(_HELD_OUT_BATCHES)]


@torch.no_grad()
def _found(network: RealNetNetwork, features: SelectedFeatures, images: Pictures) -> npt.NDArray[np.float32]:
    """(N, S, S) probability of a defect."""
    network.eval()
    pixels = _pixels(images, next(network.parameters()).device)
    return anomaly_probability(network(features(pixels), images.shape[1]).logits).cpu().numpy()


def _quality(
    network: RealNetNetwork, features: SelectedFeatures, samples: list[Batch], score_window: int
) -> float:
    """Mean of image and pixel AUROC on the held-out samples; a metric without both classes counts as 0."""
    found = np.concatenate([_found(network, features, batch.images) for batch in samples])
    truth = np.concatenate([batch.masks for batch in samples])
    scores = np.array([window_score(cells, score_window) for cells in found])
    by_image = auroc(scores, truth.any(axis=(1, 2)))
    by_pixel = auroc(found.ravel(), truth.ravel())
    return ((by_image or 0.0) + (by_pixel or 0.0)) / 2


def _features(
    features: SelectedFeatures, batch: Batch, device: torch.device
) -> tuple[list[Tensor], list[Tensor]]:
    """Features of the images and of their clean selves; a sample without a defect is looked at once."""
    changed = batch.masks.any(axis=(1, 2))
    seen = features(_pixels(batch.images, device))
    clean = [layer.clone() for layer in seen]
    if changed.any():
        rows = torch.from_numpy(changed).to(device)
        for layer, found in zip(clean, features(_pixels(batch.clean[changed], device)), strict=True):
            layer[rows] = found
    return seen, clean


def _strip(network: RealNetNetwork, features: SelectedFeatures, batch: Batch) -> Pictures:
    """The sample with the largest defect: clean, made-up, mask and found."""
    number = int(batch.masks.sum(axis=(1, 2)).argmax())
    found = _found(network, features, batch.images[number : number + 1])[0]
    seen = (found * 255).round().astype(np.uint8)
    return strip([batch.clean[number], batch.images[number], batch.masks[number], seen])


def _pixels(images: Pictures, device: torch.device) -> Tensor:
    """(N, S, S, 3) uint8 to (N, 3, S, S) float32, 0…255."""
    return torch.from_numpy(images).to(device).permute(0, 3, 1, 2).float()
