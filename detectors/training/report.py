"""What a training did, in figures. Torch-free."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class TrainingReport:
    """How long a network was trained, measured against the published schedule.

    Attributes:
        steps: optimiser steps done.
        planned_steps: optimiser steps asked for; more than `steps` if the training ended early: its time
            budget was spent, or held-out images showed no more gain.
        seconds: time spent in the steps, those before a resumed checkpoint included; 0 once loaded.
        share_of_paper: samples seen over the samples that the published schedule would see on this pool.
        losses: mean of each loss at the end; empty without steps.
        kept_step: the network is that of this step, because it did best on made-up defects in held-out
            images; None: the last one.
    """

    steps: int
    planned_steps: int
    seconds: float
    share_of_paper: float
    losses: dict[str, float] = field(default_factory=dict)
    kept_step: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `TrainingReport(**values)` reads them back."""
        return asdict(self)

    def sentence(self) -> str:
        """For people: how long, and what share of the paper's schedule that is."""
        cut = f" of {self.planned_steps} (ended early)" if self.steps < self.planned_steps else ""
        kept = (
            "" if self.kept_step is None else f" The network of step {self.kept_step} did best and is kept."
        )
        return (
            f"Trained {self.steps}{cut} steps in {self.seconds:.0f} s: "
            f"{self.share_of_paper:.2%} of the paper's schedule.{kept}"
        )
