"""Looking on while a detector is fitted. Torch-free."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt


class FitWatcher:
    """What a fit tells besides its progress; does nothing until a subclass overrides a method.

    An exception raised in a method stops the fit.
    """

    def losses(self, stage: str, step: int, values: Mapping[str, float]) -> None:
        """Mean losses since the last call.

        Args:
            stage: which part of the training, such as `reconstruction`.
            step: optimiser steps of that stage so far; 0 before the first.
            values: loss, or another measure of the stage, by name.
        """

    def pictures(self, stage: str, step: int, strip: npt.NDArray[np.uint8]) -> None:
        """An example of what the method learns from.

        Args:
            stage: which part of the training.
            step: optimiser steps of that stage so far.
            strip: (H, W, 3) uint8, pictures side by side, such as input, target and output.
        """


@dataclass(frozen=True)
class Checkpoints:
    """Where a fit keeps what it needs to go on after its process was killed.

    Attributes:
        folder: a folder of this fit alone; made if missing. A checkpoint of other images or other
            hyperparameters is not taken up, but replaced.
        interval_s: seconds between two checkpoints.
    """

    folder: Path
    interval_s: float = 20.0
