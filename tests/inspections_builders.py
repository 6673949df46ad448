"""Scored datasets for the tests."""

from collections.abc import Callable
from typing import Any

from flawmark.core.jobs import JobRun
from flawmark.core.jobs.runtime import execute
from flawmark.core.models import Job
from flawmark.inspections.selectors import SCORE
from flawmark.inspections.services.bulk import scoring_execute, scoring_request
from flawmark.inspections.services.live import LIVE_JOB
from flawmark.training.models import ModelVersion


def score_everything(model: ModelVersion) -> Job:
    """Do the model's scoring job here, slice after slice, as a scorer does it."""
    job = scoring_request(model_version=model) or Job.objects.filter(kind=SCORE).latest("created_at")
    return run_slices(job)


def run_slices(job: Job, work: Callable[[JobRun], dict[str, Any]] = scoring_execute) -> Job:
    for _ in range(100):
        execute(str(job.id), work)
        job.refresh_from_db()
        if job.state != "running":
            return job
    raise AssertionError("The job does not end.")


def learn() -> Job:
    """Do the newest live update here, slice after slice."""
    from flawmark.inspections.services.live_work import live_execute

    job = Job.objects.filter(kind=LIVE_JOB).latest("created_at")
    job = run_slices(job, live_execute)
    assert job.state == "succeeded", job.error_detail + job.log_tail
    return job


class Heard:
    """Remembers what a signal sent; keep it alive as long as it shall listen."""

    def __init__(self, signal: Any) -> None:
        self.messages: list[dict[str, Any]] = []
        signal.connect(self._hear)

    def _hear(self, **message: Any) -> None:
        self.messages.append(message)
