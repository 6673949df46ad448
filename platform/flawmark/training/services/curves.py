"""Losses of a run while it trains, kept in its row's `curves`."""

import time
from collections.abc import Mapping
from typing import Any, Protocol, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from flawmark.core.jobs.runtime import JobLost, JobRun
from flawmark.core.models import JobState

T = TypeVar("T")

WRITE_INTERVAL_S = 1.0
MOST_POINTS = 400
"""Kept of each stage; beyond it every second one goes, so that the whole course stays visible."""


class CurvedRun(Protocol):
    """A row with `curves`, a list of `{"stage", "step", "losses"}`, and the job that fills them."""

    id: UUID
    curves: Any


class RunCurves:
    """Points of losses. Every write counts only while the attempt owns the job.

    A run that was killed goes on from its last checkpoint and tells some steps again: what was told of them
    before is dropped.
    """

    def __init__(self, run: CurvedRun, job_run: JobRun) -> None:
        self._run, self._job_run = run, job_run
        self._points: list[dict[str, Any]] = list(run.curves)
        self._written_at_s = 0.0
        self._stages_told: set[str] = set()

    def add(self, stage: str, step: int, values: Mapping[str, float]) -> None:
        """Append a point; written about once a second, and by `write`."""
        self._note_resumption(stage, step)
        others = [point for point in self._points if point["stage"] != stage]
        own = [point for point in self._points if point["stage"] == stage and point["step"] < step]
        own.append({"stage": stage, "step": step, "losses": dict(values)})
        self._points = others + (every_second(own) if len(own) > MOST_POINTS else own)
        now_s = time.monotonic()
        if now_s - self._written_at_s >= WRITE_INTERVAL_S:
            self._written_at_s = now_s
            self.write()

    def write(self, **fields: Any) -> None:
        """Write the points, and other fields of the row. Raises JobLost if another process owns the run."""
        if not self.owned().update(curves=self._points, **fields):
            raise JobLost

    def owned(self) -> QuerySet[Any]:
        """The run's row while this attempt owns its job; no row afterwards."""
        rows: type[Model] = type(self._run)  # type: ignore[assignment]  # a run is a row
        return rows._default_manager.filter(
            id=self._run.id, job__attempt=self._job_run.job.attempt, job__state=JobState.RUNNING
        )

    def check_owned(self) -> None:
        """Raises JobLost if another process owns the run."""
        if not self.owned().exists():
            raise JobLost

    def _note_resumption(self, stage: str, step: int) -> None:
        """Log where a stage that an earlier process had begun is taken up again."""
        if stage not in self._stages_told and any(point["stage"] == stage for point in self._points):
            self._job_run.log(f"Going on with {stage} at step {step}.")
        self._stages_told.add(stage)


def every_second(kept: list[T]) -> list[T]:
    """Every second one, the last among them."""
    return kept[::-1][::2][::-1]
