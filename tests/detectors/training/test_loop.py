"""The training loop on a small regression: seeds, resuming, budget, watching, broken losses."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from detectors.base import FitContext, ignore_progress
from detectors.errors import Cancelled, TrainingError
from detectors.training.loop import Schedule, Step, Trained, train
from detectors.watching import Checkpoints, FitWatcher


class Toy:
    """A network with state of every kind: batch statistics, dropout, momentum."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.network = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.2), nn.Linear(8, 1))
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=1e-2)

    def step(self, number: int, random: np.random.Generator) -> dict[str, Tensor]:
        batch = torch.from_numpy(random.normal(size=(16, 4)).astype(np.float32))
        loss = (self.network(batch).squeeze(1) - batch.sum(1)).square().mean()
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        return {"error": loss}

    def train(self, context: FitContext, steps: int = 40, step: Step | None = None) -> Trained:
        parts = {"network": self.network, "optimiser": self.optimiser}
        return train("toy", parts, step or self.step, Schedule(steps, seed=7), context)

    def weights(self) -> bytes:
        return b"".join(tensor.numpy().tobytes() for tensor in self.network.state_dict().values())


def context_of(tmp_path: Path, name: str = "fit", **settings: object) -> FitContext:
    checkpoints = Checkpoints(tmp_path / "kept", interval_s=0.0)
    values = {"checkpoints": checkpoints, "fingerprint": lambda: name} | settings
    return FitContext(ignore_progress, tmp_path, **values)


def stop_after(toy: Toy, steps: int) -> Step:
    def step(number: int, random: np.random.Generator) -> Mapping[str, Tensor]:
        if number == steps:
            raise Cancelled("Stopped.")
        return toy.step(number, random)

    return step


def test_a_resumed_training_ends_in_the_same_bytes(tmp_path: Path) -> None:
    straight, killed, resumed = Toy(), Toy(), Toy()
    straight.train(context_of(tmp_path / "a"))
    with pytest.raises(Cancelled):
        killed.train(context_of(tmp_path / "b"), step=stop_after(killed, 17))
    seen: list[int] = []

    def watched(number: int, random: np.random.Generator) -> Mapping[str, Tensor]:
        seen.append(number)
        return resumed.step(number, random)

    resumed.train(context_of(tmp_path / "b"), step=watched)
    assert seen == list(range(17, 40))
    assert resumed.weights() == straight.weights() != killed.weights()


@pytest.mark.parametrize("damage", ["other fit", "half a file"])
def test_a_checkpoint_of_another_fit_or_a_damaged_one_is_not_taken_up(tmp_path: Path, damage: str) -> None:
    Toy().train(context_of(tmp_path), steps=10)
    name = "another" if damage == "other fit" else "fit"
    if damage == "half a file":
        path = tmp_path / "kept" / "toy.pt"
        path.write_bytes(path.read_bytes()[:200])
    toy, fresh = Toy(), Toy()
    toy.train(context_of(tmp_path, name), steps=10)
    fresh.train(context_of(tmp_path / "fresh"), steps=10)
    assert toy.weights() == fresh.weights()


def test_the_time_budget_ends_the_training(tmp_path: Path) -> None:
    toy = Toy()
    parts = {"network": toy.network, "optimiser": toy.optimiser}
    trained = train("toy", parts, toy.step, Schedule(10**9, 0, time_budget_s=0.05), context_of(tmp_path))
    assert 0 < trained.steps < 10**9 and trained.seconds >= 0.05


def test_the_watcher_sees_the_losses_fall_and_the_random_state_outside_stays(tmp_path: Path) -> None:
    seen: list[tuple[str, int, float]] = []

    class Watcher(FitWatcher):
        def losses(self, stage: str, step: int, values: Mapping[str, float]) -> None:
            seen.append((stage, step, values["error"]))

    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    toy = Toy.__new__(Toy)
    with torch.random.fork_rng():
        toy.__init__()  # type: ignore[misc]
    toy.train(context_of(tmp_path, watcher=Watcher()), steps=400)
    assert torch.rand(1) == expected
    assert [step for _, step, _ in seen] == list(range(2, 401, 2)) and seen[0][0] == "toy"
    assert seen[-1][2] < 0.5 * seen[0][2]


def test_no_steps_leave_everything_as_it_was(tmp_path: Path) -> None:
    toy = Toy()
    assert toy.train(context_of(tmp_path), steps=0) == Trained(0, 0.0, {})
    assert toy.weights() == Toy().weights()


def test_a_loss_that_is_no_number_is_an_error(tmp_path: Path) -> None:
    toy = Toy()
    with pytest.raises(TrainingError, match="step 1: the loss error became nan"):
        toy.train(context_of(tmp_path), step=lambda number, random: {"error": torch.tensor(float("nan"))})


def test_every_step_draws_its_own_chance(tmp_path: Path) -> None:
    toy, drawn = Toy(), []

    def step(number: int, random: np.random.Generator) -> Mapping[str, Tensor]:
        drawn.append((float(random.random()), float(torch.rand(1))))
        return toy.step(number, random)

    toy.train(context_of(tmp_path), steps=12, step=step)
    for values in zip(*drawn, strict=True):
        assert len(set(values)) == 12
