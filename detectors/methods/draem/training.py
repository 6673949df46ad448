"""DRAEM's training: one optimiser over both networks, whose losses are added."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from detectors.base import FitContext
from detectors.methods.draem.hyperparameters import DraemHyperparameters
from detectors.methods.draem.losses import focal_loss, squared_error, structural_loss
from detectors.methods.draem.networks import Discriminative, Reconstructive
from detectors.synthesis.batches import Batch, Batches
from detectors.synthesis.gallery import strip
from detectors.training.loop import Schedule, Trained, train, training_autocast

_DROPS = (0.8, 0.9)
_DROP_FACTOR = 0.2
_STRIPS = 12


class Networks(nn.Module):
    """The pair, and how images go through it."""

    def __init__(self, chosen: DraemHyperparameters) -> None:
        super().__init__()
        self.reconstructive = Reconstructive(chosen.reconstruction_width)
        self.discriminative = Discriminative(chosen.segmentation_width)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 3, H, W) in [0, 1] to the restoration and the (N, 2, H, W) logits.

        The restoration is not detached: the mask's loss trains both networks.
        """
        restored = self.reconstructive(images)
        return restored, self.discriminative(restored, images)


def make_networks(chosen: DraemHyperparameters, device: torch.device) -> Networks:
    """Untrained networks; the same for the same seed."""
    with torch.random.fork_rng():
        torch.manual_seed(chosen.seed)
        networks = Networks(chosen)
    # Channels last is twice as fast on a CPU, and no slower on a GPU.
    return networks.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]


def as_tensor(images: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], device: torch.device) -> Tensor:
    """(N, H, W, C) uint8 to (N, C, H, W) float32 in [0, 1]."""
    return torch.from_numpy(images).to(device).permute(0, 3, 1, 2).float() / 255


def learning_rate(chosen: DraemHyperparameters, step: int, steps: int) -> float:
    """The step size: a fifth of it from 80 % of the steps, a fifth of that from 90 %."""
    return chosen.learning_rate * _DROP_FACTOR ** sum(step >= int(part * steps) for part in _DROPS)


def fit_networks(
    networks: Networks,
    batches: Batches,
    chosen: DraemHyperparameters,
    schedule: Schedule,
    context: FitContext,
) -> Trained:
    """Train both networks together, to their places."""
    device = next(networks.parameters()).device
    optimiser = torch.optim.Adam(networks.parameters(), lr=chosen.learning_rate, fused=True)
    strip_every = max(1, schedule.steps // _STRIPS)

    def step(number: int, random: np.random.Generator) -> Mapping[str, Tensor]:
        batch = batches.draw(chosen.batch_size, chosen.anomaly_share, random)
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(chosen, number, schedule.steps)
        with training_autocast(device):
            restored, logits = networks(as_tensor(batch.images, device))
        probabilities = logits.float().softmax(dim=1)
        losses = _losses(restored.float(), probabilities, batch, chosen)
        optimiser.zero_grad(set_to_none=True)
        torch.stack(list(losses.values())).sum().backward()
        optimiser.step()
        if (number + 1) % strip_every == 0:
            _show(context, number + 1, batch, restored, probabilities)
        return losses

    networks.train()
    trained = train("draem", {"networks": networks, "optimiser": optimiser}, step, schedule, context)
    networks.eval()
    return trained


def _losses(
    restored: Tensor, probabilities: Tensor, batch: Batch, chosen: DraemHyperparameters
) -> dict[str, Tensor]:
    device = restored.device
    clean = as_tensor(batch.clean, device)
    mask, usable = (torch.from_numpy(one).to(device)[:, None].float() for one in (batch.masks, batch.usable))
    return {
        "reconstruction": squared_error(restored, clean, usable),
        "structure": chosen.ssim_weight * structural_loss(restored, clean, usable),
        "mask": focal_loss(probabilities, mask, usable, chosen.focal_gamma),
    }


def _show(context: FitContext, step: int, batch: Batch, restored: Tensor, probabilities: Tensor) -> None:
    """Tell the watcher of the image with the largest defect: clean, spoiled, mask, restored, predicted."""
    number = int(batch.masks.sum(axis=(1, 2)).argmax())
    restoration = (restored[number].detach().float().clamp(0, 1) * 255).round().byte()
    predicted = (probabilities[number, 1].detach() * 255).round().byte()
    pictures = [
        batch.clean[number],
        batch.images[number],
        batch.masks[number],
        restoration.permute(1, 2, 0).cpu().numpy(),
        predicted.cpu().numpy(),
    ]
    context.watcher.pictures("draem", step, strip(pictures))
