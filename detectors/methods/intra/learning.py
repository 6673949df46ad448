"""How the inpainting transformer learns: its loss, its steps, and when it has learned enough."""

from collections.abc import Callable, Mapping
from math import cos, pi
from typing import Any

import numpy as np
import torch
from torch import Tensor

from detectors.methods.intra.hyperparameters import InTraHyperparameters
from detectors.methods.intra.network import InpaintingTransformer
from detectors.methods.intra.pool import TrainingPool, Windows
from detectors.methods.intra.similarity import gradient_similarity, structural_similarity
from detectors.training.checkpoints import Stateful
from detectors.training.loop import LearnedEnough, autocast

_VALIDATION_SEED, _VALIDATION_WINDOWS_PER_FRAME = 1, 100

AfterStep = Callable[[int], None]
"""Told the number of each step that is done, from 1."""


def inpainting_losses(
    original: Tensor, inpainted: Tensor, gms_weight: float, ssim_weight: float
) -> dict[str, Tensor]:
    """The paper's loss and its parts for (B, 3, K, K) patches in [0, 1]: `total`, `l2`, `gms`, `ssim`."""
    squared = (original - inpainted).square().mean()
    gradients = (1 - gradient_similarity(original, inpainted)).mean()
    structure = (1 - structural_similarity(original, inpainted)).mean()
    total = squared + gms_weight * gradients + ssim_weight * structure
    return {"total": total, "l2": squared, "gms": gradients, "ssim": structure}


class BestNetwork:
    """Keeps the network of the lowest held-out loss, and says when patience ends."""

    def __init__(self, network: InpaintingTransformer, patience_epochs: int) -> None:
        self._network, self._patience = network, patience_epochs
        self._loss, self._epochs_since = float("inf"), 0
        self._weights: dict[str, Tensor] = {}

    @property
    def is_over(self) -> bool:
        return self._epochs_since >= self._patience

    def consider(self, loss: float) -> None:
        """Take note of the held-out loss after one more pass."""
        if loss < self._loss:
            self._loss, self._epochs_since = loss, 0
            self._weights = {key: value.clone() for key, value in self._network.state_dict().items()}
        else:
            self._epochs_since += 1

    def put_back(self) -> None:
        """Give the network the weights of its best pass."""
        if self._weights:
            self._network.load_state_dict(self._weights)

    def state_dict(self) -> dict[str, Any]:
        return {"loss": self._loss, "epochs_since": self._epochs_since, "weights": self._weights}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._loss, self._epochs_since = state["loss"], state["epochs_since"]
        self._weights = state["weights"]


class InpaintingLessons:
    """The optimiser steps of a training."""

    def __init__(
        self,
        network: InpaintingTransformer,
        pool: TrainingPool,
        chosen: InTraHyperparameters,
        *,
        is_global: bool,
        after_step: AfterStep,
    ) -> None:
        self.network, self._chosen, self._is_global = network, chosen, is_global
        self._after_step = after_step
        self._steps = chosen.planned_steps(len(pool))
        self._pool, self._held_out = pool.split(0.1, 20) if chosen.patience_epochs else (pool, None)
        self._epoch_steps = max(1, round(chosen.steps_per_epoch(len(self._pool))))
        self._optimiser = torch.optim.Adam(network.parameters(), lr=chosen.learning_rate)
        self._best = BestNetwork(network, chosen.patience_epochs)
        augmentation = chosen.augmentation
        if augmentation == "auto":
            augmentation = "none" if is_global else "turns"
        self._augmentation = augmentation

    @property
    def parts(self) -> dict[str, Stateful]:
        """All that a step changes."""
        return {"network": self.network, "optimiser": self._optimiser, "best": self._best}

    def step(self, number: int, random: np.random.Generator) -> Mapping[str, Tensor]:
        """One optimiser step; raises `LearnedEnough` when the patience has ended."""
        if self._held_out is not None and self._best.is_over:
            raise LearnedEnough
        if self._chosen.learning_rate_decay:
            for group in self._optimiser.param_groups:
                group["lr"] = self._chosen.learning_rate * (1 + cos(pi * number / self._steps)) / 2
        self.network.train()
        losses = self._losses(self._windows(self._pool, self._chosen.batch_size, random))
        self._optimiser.zero_grad(set_to_none=True)
        losses["total"].backward()
        self._optimiser.step()
        if self._held_out is not None and (number + 1) % self._epoch_steps == 0:
            losses["held out"] = torch.tensor(self._held_out_loss(self._held_out))
            self._best.consider(float(losses["held out"]))
        self._after_step(number + 1)
        return losses

    def finish(self) -> None:
        """Leave the network as it is to be used."""
        self._best.put_back()
        self.network.eval()

    def _windows(self, pool: TrainingPool, count: int, random: np.random.Generator) -> Windows:
        return pool.draw(count, random, augmentation=self._augmentation, is_global=self._is_global)

    @torch.no_grad()
    def _held_out_loss(self, pool: TrainingPool) -> float:
        """Always of the same windows, so that two passes can be compared."""
        self.network.eval()
        random = np.random.default_rng(_VALIDATION_SEED)
        count = _VALIDATION_WINDOWS_PER_FRAME * len(pool)
        sizes = [min(self._chosen.batch_size, count - at) for at in range(0, count, self._chosen.batch_size)]
        sums = [size * float(self._losses(self._windows(pool, size, random))["total"]) for size in sizes]
        return sum(sums) / count

    def _losses(self, windows: Windows) -> dict[str, Tensor]:
        device = self.network.head.weight.device
        patches = torch.from_numpy(windows.patches).to(device).float() / 255
        hidden = torch.from_numpy(windows.hidden).to(device)
        seen = None if windows.seen is None else torch.from_numpy(windows.seen).to(device)
        with autocast(device):
            inpainted = self.network(patches, torch.from_numpy(windows.positions).to(device), hidden, seen)
        original = patches[torch.arange(len(hidden), device=device), hidden]
        return inpainting_losses(
            self._as_pictures(original),
            self._as_pictures(inpainted.float()),
            self._chosen.gms_weight,
            self._chosen.ssim_weight,
        )

    def _as_pictures(self, patches: Tensor) -> Tensor:
        side = self._chosen.patch
        return patches.unflatten(1, (side, side, 3)).permute(0, 3, 1, 2)
