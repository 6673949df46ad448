"""The training loop: seeded step by step, watched, cancellable, limited in time, resumable to the same bytes.

The random state of a step depends on the seed and the step's number alone. A resumed training therefore
draws exactly what the uninterrupted one would have drawn, and a checkpoint needs no random state.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil, isfinite

import numpy as np
import torch
from torch import Tensor

from detectors.base import FitContext
from detectors.devices import multiplies_bfloat16
from detectors.errors import TrainingError
from detectors.training.checkpoints import Position, StageCheckpoint, Stateful

Step = Callable[[int, np.random.Generator], Mapping[str, Tensor]]
"""One optimiser step: takes its number (from 0) and a generator of its own; gives its losses, each a scalar.

Torch's global generators are seeded for the step as well.
"""


class LearnedEnough(Exception):
    """Raised by a step that has nothing more to do: the stage ends before it."""


_LOGGED_POINTS = 200
_LOG_INTERVAL_S = 5.0


@dataclass(frozen=True)
class Schedule:
    """How long a stage is trained.

    Attributes:
        steps: optimiser steps.
        seed: the seed of the fit.
        time_budget_s: end after so many seconds of training; 0 = no limit.
    """

    steps: int
    seed: int
    time_budget_s: float = 0.0


@dataclass(frozen=True)
class Trained:
    """What a stage did: steps, seconds (over all its processes), and the mean losses of its last interval.

    `kept_step` is the step whose network was kept, where trials chose it; else None.
    """

    steps: int
    seconds: float
    losses: dict[str, float]
    kept_step: int | None = None


def train(
    stage: str, parts: Mapping[str, Stateful], step: Step, schedule: Schedule, context: FitContext
) -> Trained:
    """Run a training stage to its end, from a checkpoint of the same fit where there is one.

    Args:
        stage: a short name, unique in the fit; names the checkpoint and the curves.
        parts: everything that a step changes: networks, optimisers, learning-rate schedulers, centres.
        step: does one optimiser step; may run in mixed precision (`training_autocast`).
        schedule: how long.
        context: progress (whose `Cancelled` stops the training), watcher, checkpoints.

    Raises:
        TrainingError: a loss became infinite or not a number.
    """
    checkpoint = StageCheckpoint(stage, parts, context)
    position = checkpoint.restore()
    meter = _Meter(stage, schedule.steps, context)
    saved_s = position.seconds
    with torch.random.fork_rng():
        while position.step < schedule.steps and not _is_over(position, schedule):
            started = time.monotonic()
            try:
                losses = step(position.step, _seeded(schedule.seed, position.step))
            except LearnedEnough:
                break
            meter.add(losses)
            position = Position(position.step + 1, position.seconds + time.monotonic() - started)
            meter.tell(position)
            if checkpoint.is_due(position.seconds - saved_s):
                checkpoint.write(position)
                saved_s = position.seconds
    if saved_s < position.seconds:
        checkpoint.write(position)
    return Trained(position.step, position.seconds, meter.last)


def training_autocast(device: torch.device) -> torch.autocast:
    """Mixed precision (bfloat16) for the forward pass of a step.

    On a GPU, and on processors that multiply bfloat16, where a step takes about half the time. Losses are
    to be computed outside, in float32; what judges images uses `autocast`.
    """
    return torch.autocast(
        device.type, dtype=torch.bfloat16, enabled=device.type == "cuda" or multiplies_bfloat16(device)
    )


def autocast(device: torch.device) -> torch.autocast:
    """Mixed precision (bfloat16) on a GPU; nothing on the CPU, where results stay as they are."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=device.type == "cuda")


def _is_over(position: Position, schedule: Schedule) -> bool:
    return 0 < schedule.time_budget_s <= position.seconds


def _seeded(seed: int, step: int) -> np.random.Generator:
    sequence = np.random.SeedSequence((seed, step))
    torch.manual_seed(int(sequence.generate_state(1, np.uint64)[0]))
    return np.random.default_rng(sequence)


class _Meter:
    """Means of the losses, told to the watcher now and then."""

    def __init__(self, stage: str, steps: int, context: FitContext) -> None:
        self._stage, self._steps, self._context = stage, steps, context
        self._interval = max(1, ceil(steps / _LOGGED_POINTS))
        self._sums: dict[str, Tensor] = {}
        self._count = 0
        self._told_at = time.monotonic()
        self.last: dict[str, float] = {}

    def add(self, losses: Mapping[str, Tensor]) -> None:
        for name, value in losses.items():
            self._sums[name] = self._sums.get(name, 0.0) + value.detach().float()
        self._count += 1

    def tell(self, position: Position) -> None:
        step = position.step
        now = time.monotonic()
        if step % self._interval == 0 or step == self._steps or now - self._told_at > _LOG_INTERVAL_S:
            self._flush(step)
            self._told_at = now
        losses = [f"{name} {value:.4g}" for name, value in self.last.items()]
        message = " · ".join([f"Step {step} of {self._steps}", *losses])
        self._context.progress(step / self._steps, message)

    def _flush(self, step: int) -> None:
        self.last = {name: float(total) / self._count for name, total in self._sums.items()}
        self._sums, self._count = {}, 0
        for name, value in self.last.items():
            if not isfinite(value):
                raise TrainingError(
                    f"The training broke at step {step}: the loss {name} became {value}. "
                    "A smaller learning rate helps."
                )
        self._context.watcher.losses(self._stage, step, self.last)
