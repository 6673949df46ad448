"""Background work of reviews."""

from typing import Any
from uuid import UUID

from celery import shared_task

from flawmark.core.errors import NotFound
from flawmark.core.jobs import JobRun, job_task
from flawmark.reviews.services.leases import leases_return_expired
from flawmark.reviews.services.queue import FILL_JOB, REFRESH_TASK, queue_fill
from flawmark.training.models import ModelVersion


@job_task(FILL_JOB, queue="io")
def fill_queue(run: JobRun) -> dict[str, Any]:
    """Go over everything that a champion has inspected. Running it twice changes nothing."""
    model_version = ModelVersion.objects.filter(id=UUID(run.payload["model_version"])).first()
    if model_version is None:
        raise NotFound("The model whose images were to be queued is gone.")
    return {"created": queue_fill(model_version=model_version, progress=run.progress)}


@shared_task(name=REFRESH_TASK, queue="io")
def refresh_queue(model_version_id: str) -> None:
    model_version = ModelVersion.objects.filter(id=UUID(model_version_id)).first()
    if model_version is not None:
        queue_fill(model_version=model_version)


@shared_task(name="reviews.return_expired_leases", queue="io")
def return_expired_leases() -> None:
    leases_return_expired()
