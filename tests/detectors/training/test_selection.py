"""A training that ends with the network that did best in its trials."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from detectors.base import FitContext, ignore_progress
from detectors.errors import Cancelled
from detectors.training.loop import Schedule
from detectors.training.selection import TRIALS, train_choosing
from detectors.watching import Checkpoints, FitWatcher


class Counting:
    """A network of one number that grows by one a step, and how good each number is."""

    def __init__(self, qualities: Mapping[int, float], trials: int = 4, steps: int = 12) -> None:
        self.network = nn.Linear(1, 1, bias=False)
        self.tried: list[int] = []
        self.qualities, self.steps = qualities, steps
        with torch.no_grad():
            self.network.weight.zero_()
        self.trials = trials

    @property
    def number(self) -> int:
        return int(self.network.weight.item())

    def run(self, context: FitContext) -> None:
        def step(number: int, random: np.random.Generator) -> Mapping[str, Tensor]:
            with torch.no_grad():
                self.network.weight += 1
            return {"loss": torch.tensor(0.0)}

        chosen_of = self.network, self._quality, self.trials
        parts = {"network": self.network}
        trained = train_choosing("counting", parts, step, Schedule(self.steps, 0), context, chosen_of)
        self.kept_step = trained.kept_step

    def _quality(self, tell: Callable[[], None]) -> float:
        tell()
        self.tried.append(self.number)
        return self.qualities[self.number]


@pytest.mark.parametrize(
    ("qualities", "kept"),
    [
        ({0: 0.9, 3: 0.8, 6: 0.7, 9: 0.6, 12: 0.5}, 0),  # every step does harm: the untrained network stays
        ({0: 0.5, 3: 0.8, 6: 0.9, 9: 0.6, 12: 0.5}, 6),
        ({0: 0.5, 3: 0.6, 6: 0.7, 9: 0.8, 12: 0.9}, 12),
    ],
)
def test_a_harmful_schedule_ends_with_an_earlier_network(
    qualities: dict[int, float], kept: int, tmp_path: Path
) -> None:
    seen: dict[int, float] = {}

    class Watcher(FitWatcher):
        def losses(self, stage: str, step: int, values: Mapping[str, float]) -> None:
            if stage == TRIALS:
                seen[step] = values["quality"]

    counting = Counting(qualities)
    counting.run(FitContext(ignore_progress, tmp_path, Watcher()))
    assert counting.number == counting.kept_step == kept
    assert counting.tried == [0, 3, 6, 9, 12] and seen == qualities


def test_the_last_network_is_tried_even_off_the_beat(tmp_path: Path) -> None:
    counting = Counting({0: 0.5, 4: 0.6, 7: 0.7}, trials=2, steps=7)
    counting.run(FitContext(ignore_progress, tmp_path))
    assert counting.tried == [0, 4, 7] and counting.number == 7


@pytest.mark.parametrize("stop_at", [2, 7, 11])
def test_a_stopped_training_goes_on_with_the_kept_network(stop_at: int, tmp_path: Path) -> None:
    qualities = {0: 0.5, 3: 0.9, 6: 0.8, 9: 0.7, 12: 0.6}
    kept = Checkpoints(tmp_path, interval_s=0.0)

    def stop(fraction: float, message: str) -> None:
        if fraction * 12 > stop_at:
            raise Cancelled("Stopped.")

    first, second = Counting(qualities), Counting(qualities)
    with pytest.raises(Cancelled):
        first.run(FitContext(stop, tmp_path, checkpoints=kept))
    second.run(FitContext(ignore_progress, tmp_path, checkpoints=kept))
    assert second.number == 3 and second.tried == [number for number in (3, 6, 9, 12) if number >= stop_at]


def test_a_trial_can_be_cancelled(tmp_path: Path) -> None:
    def stop(fraction: float, message: str) -> None:
        raise Cancelled("Stopped.")

    counting = Counting({0: 0.5})
    with pytest.raises(Cancelled):
        counting.run(FitContext(stop, tmp_path))
    assert not counting.tried
