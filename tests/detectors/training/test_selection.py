"""A training that ends with the network that did best in its trials."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from detectors.base import FitContext, ignore_progress
from detectors.errors import Cancelled
from detectors.training.loop import Schedule, train
from detectors.training.selection import QUALITY, Selection
from detectors.watching import Checkpoints

STEPS, EVERY = 12, 3


class Counting:
    """A network of one number that grows by one a step, and how good each number is."""

    def __init__(self, qualities: Mapping[int, float], every: int = EVERY, steps: int = STEPS) -> None:
        self.network = nn.Linear(1, 1, bias=False)
        self.tried: list[int] = []
        self.qualities, self.steps = qualities, steps
        with torch.no_grad():
            self.network.weight.zero_()
        self.selection = Selection(self.network, self._quality, steps, every, ignore_progress)

    @property
    def number(self) -> int:
        return int(self.network.weight.item())

    def run(self, context: FitContext, time_budget_s: float = 0.0) -> list[float]:
        shown: list[float] = []

        def step(number: int, random: np.random.Generator) -> Mapping[str, Tensor]:
            with torch.no_grad():
                self.network.weight += 1
            return {"loss": torch.tensor(0.0)}

        around = self.selection.around(step)

        def seen(number: int, random: np.random.Generator) -> Mapping[str, Tensor]:
            losses = around(number, random)
            shown.append(float(losses[QUALITY]))
            return losses

        parts = {"network": self.network, "selection": self.selection}
        trained = train("counting", parts, seen, Schedule(self.steps, 0, time_budget_s), context)
        self.selection.finish(trained.steps)
        return shown

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
    counting = Counting(qualities)
    shown = counting.run(FitContext(ignore_progress, tmp_path))
    assert counting.number == counting.selection.kept_step == kept
    assert counting.tried == [0, 3, 6, 9, 12]
    assert shown[0] == pytest.approx(qualities[0]) and shown[-1] == pytest.approx(qualities[12])


def test_the_last_network_is_tried_even_off_the_beat(tmp_path: Path) -> None:
    counting = Counting({0: 0.5, 5: 0.6, 7: 0.7}, every=5, steps=7)
    counting.run(FitContext(ignore_progress, tmp_path))
    assert counting.tried == [0, 5, 7] and counting.number == 7


@pytest.mark.parametrize("stop_at", [2, 7, 11])
def test_a_stopped_training_goes_on_with_the_kept_network(stop_at: int, tmp_path: Path) -> None:
    qualities = {0: 0.5, 3: 0.9, 6: 0.8, 9: 0.7, 12: 0.6}
    kept = Checkpoints(tmp_path, interval_s=0.0)

    def stop(fraction: float, message: str) -> None:
        if fraction * STEPS > stop_at:
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
    counting.selection = Selection(counting.network, counting._quality, STEPS, EVERY, stop)
    with pytest.raises(Cancelled):
        counting.run(FitContext(ignore_progress, tmp_path))
    assert not counting.tried
