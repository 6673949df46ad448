"""What workers do for training."""

from celery import shared_task
from django.db import close_old_connections

from flawmark.core.child import run_in_child
from flawmark.training.services.policies import policies_check
from flawmark.training.services.runs import TRAIN


@shared_task(name=TRAIN, queue="cpu")
def train(job_id: str) -> None:
    """Run a training job in a process of its own."""
    run_in_child(job_id, "flawmark.training.services.fitting.training_run_execute")


@shared_task(name="training.check_policies", queue="io")
def check_policies() -> None:
    close_old_connections()
    policies_check()
