"""A training that tries its network now and then and ends with the one that did best."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import ceil
from typing import Any

import numpy as np
from torch import Tensor, nn

from detectors.base import FitContext
from detectors.training.best import BestNetwork
from detectors.training.checkpoints import Stateful
from detectors.training.loop import Schedule, Step, Trained, train

Quality = Callable[[Callable[[], None]], float]
"""Tries the network as it is: 0 to 1, higher = better. Calls its argument, which may cancel, now and then."""

TRIALS = "trials"
"""The stage under which watchers hear of each trial's `quality`, whose scale is not that of the losses."""


class Selection:
    """Tries the network at first, every so many steps, and at last; a part of the training's checkpoint."""

    def __init__(
        self, network: nn.Module, quality: Quality, steps: int, every: int, context: FitContext
    ) -> None:
        """Begin.

        Args:
            network: what is tried and kept, its mode included.
            quality: tries it.
            steps: of the whole training.
            every: steps between two trials.
            context: its progress is told that a trial runs, as often as `quality` calls its argument, and its
                watcher what came of it.
        """
        self._network, self._quality = network, quality
        self._steps, self._every, self._context = steps, every, context
        self._best = BestNetwork(network, chance=0.0)
        self._tried = -1

    @property
    def kept_step(self) -> int:
        """After how many steps the best network so far was tried."""
        return self._best.step

    def around(self, step: Step) -> Step:
        """The same step with its trials."""

        def tried(number: int, random: np.random.Generator) -> Mapping[str, Tensor]:
            if number == 0:
                self._try(0)
            losses = step(number, random)
            if (number + 1) % self._every == 0:
                self._try(number + 1)
            return losses

        return tried

    def finish(self, steps: int) -> None:
        """Try the last network, if it has not been tried, and put the best one in its place."""
        if 0 < steps != self._tried:
            self._try(steps)
        self._best.restore(self._network)

    def state_dict(self) -> dict[str, Any]:
        return {"best": self._best.state_dict(), "tried": self._tried}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._best.load_state_dict(state["best"])
        self._tried = state["tried"]

    def _try(self, number: int) -> None:
        def tell() -> None:
            message = f"Trying the network of step {number} on made-up defects"
            self._context.progress(number / self._steps, message)

        quality = self._quality(tell)
        self._tried = number
        self._best.consider(self._network, quality, number)
        self._context.watcher.losses(TRIALS, number, {"quality": quality})


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
    selection = Selection(network, quality, schedule.steps, every, context)
    trained = train(stage, {**parts, "selection": selection}, selection.around(step), schedule, context)
    selection.finish(trained.steps)
    return replace(trained, kept_step=selection.kept_step)
