"""Presets and the length of a training."""

from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from detectors.errors import InputError
from detectors.hyperparameters import setting
from detectors.training.hyperparameters import TrainedHyperparameters


@dataclass(frozen=True)
class Example(TrainedHyperparameters):
    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "cpu": {},
        "gpu": {"width": 64, "epochs": 30.0},
        "paper": {"width": 128, "epochs": 300.0},
    }
    epochs: float = setting(3.0, "Passes over the pool.", minimum=0)
    width: int = setting(16, "Channels.", minimum=1)

    def steps_per_epoch(self, images: int) -> float:
        return images / 4

    def share_of_paper(self, steps: int, images: int) -> float:
        return steps / (300 * images / 4)


def test_a_preset_fills_what_is_left_out_and_a_given_value_wins() -> None:
    assert Example.parse({}).width == 16
    assert Example.parse({"preset": "paper"}).width == 128
    assert Example.parse({"preset": "paper", "width": 9}).width == 9
    with pytest.raises(InputError, match="preset"):
        Example.parse({"preset": "big"})


@pytest.mark.parametrize(
    ("values", "steps"),
    [
        ({}, 30),
        ({"preset": "gpu"}, 300),
        ({"preset": "gpu", "steps": 7}, 7),
        ({"steps": 0}, 0),
        ({"epochs": 0.1}, 1),
    ],
)
def test_the_length_comes_from_steps_or_epochs(values: dict[str, Any], steps: int) -> None:
    chosen = Example.parse(values)
    assert chosen.planned_steps(images=40) == steps
    assert Example.parse(chosen.to_dict()) == chosen


def test_steps_and_epochs_together_are_refused() -> None:
    with pytest.raises(InputError, match="steps or epochs"):
        Example.parse({"steps": 5, "epochs": 2})


def test_the_schema_tells_a_form_what_each_preset_changes() -> None:
    schema = Example.json_schema("Example", "An example.")
    assert schema["x-presets"] == {
        "cpu": {"epochs": 3.0, "width": 16},
        "gpu": {"epochs": 30.0, "width": 64},
        "paper": {"epochs": 300.0, "width": 128},
    }
    assert schema["properties"]["width"]["default"] == 16
