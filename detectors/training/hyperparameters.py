"""Hyperparameters of the methods that train a network: presets, and how long to train. Torch-free."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any, ClassVar, Self

from detectors.errors import InputError
from detectors.hyperparameters import Hyperparameters, setting

PRESET_NAMES = ("cpu", "gpu", "paper")


@dataclass(frozen=True)
class TrainedHyperparameters(Hyperparameters):
    """Base of the trained methods' hyperparameters.

    A preset gives the values that the caller leaves out; a value that is given always wins. The defaults of
    a dataclass are its preset `cpu`, and `presets` names only what the other presets change.
    """

    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {"cpu": {}, "gpu": {}, "paper": {}}

    preset: str = setting(
        "cpu",
        "Small and quick (cpu), for one modern graphics card (gpu), or the published settings (paper).",
        group="basic",
        choices=PRESET_NAMES,
    )
    steps: int = setting(
        -1,
        "Optimiser steps. 0 leaves the network untrained, for comparison; -1: as many as the epochs make.",
        group="basic",
        minimum=-1,
    )
    epochs: float = setting(
        0.0, "Passes over the training images, where steps are not given.", group="basic", minimum=0
    )
    time_budget_s: float = setting(
        0.0, "Training ends after this many seconds; 0: no limit.", title="Time budget (s)", minimum=0
    )
    seed: int = setting(0, "Same seed, images and device: same model.", minimum=0)
    device: str = setting("auto", "Where to compute.", choices=("auto", "cpu", "cuda"))

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Build from plain values, with the preset's for those left out.

        Raises:
            InputError: see `Hyperparameters.parse`; or both steps and epochs were given.
        """
        preset = values.get("preset", "cpu")
        chosen = dict(cls.presets[preset]) if isinstance(preset, str) and preset in cls.presets else {}
        if values.get("steps", -1) != -1 and values.get("epochs", 0) != 0:
            raise InputError("Give steps or epochs, not both.")
        if values.get("steps", -1) != -1:
            chosen["epochs"] = 0.0
        elif values.get("epochs", 0) != 0:
            chosen["steps"] = -1
        return super().parse({**chosen, **values})

    def planned_steps(self, images: int) -> int:
        """Optimiser steps for a pool of so many images."""
        return self.steps if self.steps >= 0 else ceil(self.epochs * self.steps_per_epoch(images))

    @abstractmethod
    def steps_per_epoch(self, images: int) -> float:
        """Optimiser steps that make one pass over a pool of so many images."""

    @abstractmethod
    def share_of_paper(self, steps: int, images: int) -> float:
        """Samples seen in so many steps over those of the published schedule on this pool."""

    @classmethod
    def json_schema(cls, title: str, description: str) -> dict[str, Any]:
        """The schema of `Hyperparameters`, with what each preset changes under `x-presets`."""
        schema = super().json_schema(title, description)
        changed = {name for preset in cls.presets.values() for name in preset}
        schema["x-presets"] = {
            preset: {
                name: value
                for name, value in cls.parse({"preset": preset}).to_dict().items()
                if name in changed
            }
            for preset in PRESET_NAMES
        }
        return schema
