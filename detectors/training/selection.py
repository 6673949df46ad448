"""A training that tries its network now and then and ends with the one that did best."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import ceil
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from detectors.base import FitContext, Progress
from detectors.training.best import BestNetwork
from detectors.training.checkpoints import Stateful
from detectors.training.loop import Schedule, Step, Trained, train

Quality = Callable[[Callable[[], None]], float]
"""Tries the network as it is: 0 to 1, higher = better. Calls its argument, which may cancel, now and then."""

QUALITY = "held_out_quality"
"""The name of the last trial's result among the losses."""


class Selection:
    """Tries the network at first, every so many steps, and at last; a part of the training's checkpoint."""

    def __init__(
        self, network: nn.Module, quality: Quality, steps: int, every: int, progress: Progress
    ) -> None:
        """Begin.

        Args:
            network: what is tried and kept, its mode included.
            quality: tries it.
            steps: of the whole training.
            every: steps between two trials.
            progress: told that a trial runs, as often as `quality` calls its argument.
        """
        self._network, self._quality = network, quality
        self._steps, self._every, self._progress = steps, every, progress
        self._best = BestNetwork(network, chance=0.0)
        self._tried, self._last = -1, 0.0

    @property
    def kept_step(self) -> int:
        """After how many steps the best network so far was tried."""
        return self._best.step

    def around(self, step: Step) -> Step:
        """The same step with its trials; the last one's result stands beside the losses."""

        def tried(number: int, random: np.random.Generator) -> Mapping[str, Tensor]:
            if number == 0:
                self._try(0)
            losses = step(number, random)
            if (number + 1) % self._every == 0:
                self._try(number + 1)
            return {**losses, QUALITY: torch.tensor(self._last)}

        return tried

    def finish(self, steps: int) -> None:
        """Try the last network, if it has not been tried, and put the best one in its place."""
        if 0 < steps != self._tried:
            self._try(steps)
        self._best.restore(self._network)

    def state_dict(self) -> dict[str, Any]:
        return {"best": self._best.state_dict(), "tried": self._tried, "last": self._last}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._best.load_state_dict(state["best"])
        self._tried, self._last = state["tried"], state["last"]

    def _try(self, number: int) -> None:
        def tell() -> None:
            self._progress(number / self._steps, f"Trying the network of step {number} on made-up defects")

        self._tried, self._last = number, self._quality(tell)
        self._best.consider(self._network, self._last, number)


def train_choosing(
    stage: str,
    parts: Mapping[str, Stateful],
    step: Step,
    schedule: Schedule,
    context: FitContext,
    chosen_of: tuple[nn.Module, Quality, int],
) -> Trained:
    """`loop.train`, but the network ends as it was when it did best.

    Args:
        stage, parts, step, schedule, context: as `loop.train` takes them.
        chosen_of: the network, what tries it, and how often, besides the untrained one.
    """
    network, quality, trials = chosen_of
    every = max(1, ceil(schedule.steps / trials))
    selection = Selection(network, quality, schedule.steps, every, context.progress)
    trained = train(stage, {**parts, "selection": selection}, selection.around(step), schedule, context)
    selection.finish(trained.steps)
    return replace(trained, kept_step=selection.kept_step)
