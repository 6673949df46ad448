"""Losses and example pictures of a running fit, kept where people can see them."""

import io
import time
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from django.db.models import QuerySet
from PIL import Image

from detectors.watching import FitWatcher
from flawmark.core.blobs import blob_store
from flawmark.core.jobs.runtime import JobLost, JobRun
from flawmark.core.models import JobState
from flawmark.training.models import TrainingRun, TrainingStrip

T = TypeVar("T")

WRITE_INTERVAL_S = 1.0
MOST_POINTS, MOST_STRIPS = 400, 12
"""Kept of each stage; beyond it every second one goes, so that the whole course stays visible."""


class RunWatcher(FitWatcher):
    """Writes what a fit tells into its run.

    A fit that was killed goes on from its last checkpoint and tells some steps again: what was told of them
    before is dropped. Every write counts only while the attempt owns the job.
    """

    def __init__(self, run: TrainingRun, job_run: JobRun) -> None:
        self._run, self._job_run = run, job_run
        self._points: list[dict[str, Any]] = list(run.curves)
        self._written_at_s = 0.0
        self._stages_told: set[str] = set()

    def losses(self, stage: str, step: int, values: Mapping[str, float]) -> None:
        """Append a point; written about once a second, and by `write`."""
        self._note_resumption(stage, step)
        others = [point for point in self._points if point["stage"] != stage]
        own = [point for point in self._points if point["stage"] == stage and point["step"] < step]
        own.append({"stage": stage, "step": step, "losses": dict(values)})
        self._points = others + (_every_second(own) if len(own) > MOST_POINTS else own)
        now_s = time.monotonic()
        if now_s - self._written_at_s >= WRITE_INTERVAL_S:
            self._written_at_s = now_s
            self.write()

    def _note_resumption(self, stage: str, step: int) -> None:
        """Log where a stage that an earlier process had begun is taken up again."""
        if stage not in self._stages_told and any(point["stage"] == stage for point in self._points):
            self._job_run.log(f"Going on with {stage} at step {step}.")
        self._stages_told.add(stage)

    def pictures(self, stage: str, step: int, strip: npt.NDArray[np.uint8]) -> None:
        """Keep a strip as a PNG."""
        self._check_owned()
        stream = io.BytesIO()
        Image.fromarray(strip).save(stream, "PNG")
        team_id = self._run.dataset.team_id
        picture = blob_store(team_id=team_id, content=stream.getvalue(), media_type="image/png")
        strips = TrainingStrip.objects.filter(run=self._run, stage=stage)
        strips.filter(step__gte=step).delete()
        TrainingStrip.objects.create(run=self._run, stage=stage, step=step, picture=picture)
        kept = list(strips.order_by("step"))
        if len(kept) > MOST_STRIPS:
            spared = {one.id for one in _every_second(kept)}
            strips.exclude(id__in=spared).delete()

    def write(self) -> None:
        """Write the points that are still unwritten. Raises JobLost if another process owns the run."""
        if not self._owned().update(curves=self._points):
            raise JobLost

    def _owned(self) -> QuerySet[TrainingRun]:
        return TrainingRun.objects.filter(
            id=self._run.id, job__attempt=self._job_run.job.attempt, job__state=JobState.RUNNING
        )

    def _check_owned(self) -> None:
        if not self._owned().exists():
            raise JobLost


def _every_second(kept: list[T]) -> list[T]:
    """Every second one, the last among them."""
    return kept[::-1][::2][::-1]
