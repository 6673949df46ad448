"""Scored datasets for the tests."""

from typing import Any

from flawmark.core.jobs.runtime import execute
from flawmark.core.models import Job
from flawmark.inspections.services.bulk import SCORE, scoring_execute, scoring_request
from flawmark.training.models import ModelVersion


def score_everything(model: ModelVersion) -> Job:
    """Do the model's scoring job here, slice after slice, as a scorer does it."""
    job = scoring_request(model_version=model) or Job.objects.filter(kind=SCORE).latest("created_at")
    return run_slices(job)


def run_slices(job: Job) -> Job:
    for _ in range(100):
        execute(str(job.id), scoring_execute)
        job.refresh_from_db()
        if job.state != "running":
            return job
    raise AssertionError("The scoring job does not end.")


class Heard:
    """Remembers what a signal sent; keep it alive as long as it shall listen."""

    def __init__(self, signal: Any) -> None:
        self.messages: list[dict[str, Any]] = []
        signal.connect(self._hear)

    def _hear(self, **message: Any) -> None:
        self.messages.append(message)
