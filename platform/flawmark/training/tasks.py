"""What workers do for training."""

from typing import Any

from celery import shared_task
from django.db import close_old_connections

from flawmark.core.child import run_in_child
from flawmark.core.jobs import JobRun, job_task
from flawmark.training.services.policies import policies_check
from flawmark.training.services.previews import PREVIEW, preview_execute
from flawmark.training.services.runs import TRAIN


@shared_task(name=TRAIN, queue="cpu")
def train(job_id: str) -> None:
    """Run a training job in a process of its own."""
    run_in_child(job_id, "flawmark.training.services.fitting.training_run_execute")


@job_task(PREVIEW, queue="io")
def preview(run: JobRun) -> dict[str, Any]:
    return preview_execute(run)


@shared_task(name="training.check_policies", queue="io")
def check_policies() -> None:
    close_old_connections()
    policies_check()
