"""What workers do for generation. Whatever needs torch runs in a process of its own."""

from celery import shared_task
from django.db import close_old_connections

from flawmark.core.child import run_in_child
from flawmark.generation.services.reports import REPORT, reports_advance
from flawmark.generation.services.runs import GENERATE
from flawmark.generation.services.words import WORDS


@shared_task(name=GENERATE, queue="cpu")
def generate(job_id: str) -> None:
    run_in_child(job_id, "flawmark.generation.services.running.generation_run_execute")


@shared_task(name=WORDS, queue="cpu")
def words(job_id: str) -> None:
    run_in_child(job_id, "flawmark.generation.services.proposing.words_execute")


@shared_task(name=REPORT, queue="cpu")
def report(job_id: str) -> None:
    run_in_child(job_id, "flawmark.generation.services.comparing.repair_report_execute")


@shared_task(name="generation.advance_reports", queue="io")
def advance_reports() -> None:
    """Begin what the end of a training did not, because its process died in that very moment."""
    close_old_connections()
    reports_advance()
