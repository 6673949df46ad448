"""Looking on while normals are generated. Torch-free."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from detectors.watching import FitWatcher

if TYPE_CHECKING:
    from detectors.generation.prompts import ScoredWord


class GenerationWatcher:
    """What a run tells besides its progress; does nothing until a subclass overrides a method.

    An exception raised in a method stops the run.
    """

    def words(self, scored: "Sequence[ScoredWord]", warnings: Sequence[str]) -> None:
        """The candidate words, the chosen one first, and what a person should know."""

    def losses(self, step: int, steps: int, losses: Mapping[str, float]) -> None:
        """Mean losses of the generator's training since the last call; `step` counts from 1."""

    def iteration(
        self, index: int, score: float, best: bool, pictures: Sequence[npt.NDArray[np.uint8]]
    ) -> None:
        """A set was made.

        Args:
            index: its number, from 0.
            score: agreement with the prompt, higher = better.
            best: whether it is the best set so far.
            pictures: (H, W, 3) uint8.
        """


class TrainingLosses(FitWatcher):
    """Hands the losses of one stage of training on."""

    def __init__(self, stage: str, steps: int, watcher: GenerationWatcher) -> None:
        self._stage, self._steps, self._watcher = stage, steps, watcher

    def losses(self, stage: str, step: int, values: Mapping[str, float]) -> None:
        if stage == self._stage:
            self._watcher.losses(step, self._steps, values)
