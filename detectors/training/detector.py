"""The base of the methods that train a network of their own."""

from typing import Any

import torch

from detectors.artifacts import Artifact
from detectors.base import Detector
from detectors.devices import chosen_device
from detectors.errors import ArtifactError
from detectors.training.hyperparameters import TrainedHyperparameters
from detectors.training.loop import Schedule, Trained
from detectors.training.report import TrainingReport


class TrainedDetector(Detector):
    """Adds the device, the schedule and the report to the contract of every detector.

    A method sets `_report` when its `_fit` ends well, and keeps it across save and load with
    `_report_state` and `_read_report`.
    """

    hyperparameters: TrainedHyperparameters

    def __init__(self, **hyperparameters: Any) -> None:
        super().__init__(**hyperparameters)
        self._report: TrainingReport | None = None

    @property
    def training_report(self) -> TrainingReport | None:
        return self._report

    @property
    def device_name(self) -> str:
        device = self._device()
        return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"

    def _device(self) -> torch.device:
        return chosen_device(self.hyperparameters.device)

    def _schedule(self, images: int) -> Schedule:
        """How long to train on so many images."""
        chosen = self.hyperparameters
        return Schedule(chosen.planned_steps(images), chosen.seed, chosen.time_budget_s)

    def _report_of(self, trained: Trained, images: int) -> TrainingReport:
        chosen = self.hyperparameters
        return TrainingReport(
            steps=trained.steps,
            planned_steps=chosen.planned_steps(images),
            seconds=round(trained.seconds, 3),
            share_of_paper=chosen.share_of_paper(trained.steps, images),
            losses=trained.losses,
            kept_step=trained.kept_step,
        )

    def _report_state(self) -> dict[str, Any]:
        """The report for `_write`'s result, without its seconds: same fit, same bytes."""
        values = self._report.to_dict() if self._report else {}
        return {key: value for key, value in values.items() if key != "seconds"}

    def _read_report(self, artifact: Artifact, values: dict[str, Any]) -> None:
        try:
            self._report = TrainingReport(seconds=0.0, **values)
        except TypeError as error:
            raise ArtifactError(f"{artifact.folder} has an incomplete training report.") from error
