"""What the scorer (queue `score`) and the general worker do for inspections."""

import threading
from typing import Any

import structlog
from celery import shared_task
from celery.signals import worker_ready
from django.db import close_old_connections, connection

from flawmark.core.jobs import JobRun, job_task
from flawmark.inspections.selectors import SCORE
from flawmark.inspections.services.answering import prediction_answer
from flawmark.inspections.services.bulk import scoring_execute
from flawmark.inspections.services.calibration import RECALIBRATE, thresholds_recalibrate
from flawmark.inspections.services.explanations import EXPLAIN
from flawmark.inspections.services.live import LIVE_JOB
from flawmark.inspections.services.prediction import PREDICT
from flawmark.inspections.services.warmth import champions_load
from flawmark.training.models import ModelVersion

log = structlog.get_logger(__name__)


@shared_task(name=PREDICT, queue="score", acks_late=False)
def predict(ticket: str, model_id: str, image_id: str | None, filename: str) -> None:
    """Answer one prediction. Whoever asked waits only seconds, so a lost one is not repeated."""
    close_old_connections()
    prediction_answer(ticket=ticket, model_id=model_id, image_id=image_id, filename=filename)


@shared_task(name=EXPLAIN, queue="score", acks_late=False)
def explain(ticket: str, inspection_id: str, pixel_xy: tuple[int, int] | None, neighbours: int) -> None:
    """Explain one pixel. As with a prediction, a lost question is not repeated."""
    from flawmark.inspections.services.explaining import (
        explanation_answer,
    )  # only scorers need what it imports

    close_old_connections()
    explanation_answer(ticket=ticket, inspection_id=inspection_id, pixel_xy=pixel_xy, neighbours=neighbours)


@job_task(SCORE, queue="score")
def score(run: JobRun) -> dict[str, Any]:
    return scoring_execute(run)


@job_task(LIVE_JOB, queue="score")
def live_update(run: JobRun) -> dict[str, Any]:
    from flawmark.inspections.services.live_work import live_execute  # only scorers need what it imports

    return live_execute(run)


@shared_task(name=RECALIBRATE, queue="io")
def recalibrate(model_id: str) -> None:
    close_old_connections()
    model = ModelVersion.objects.select_related("dataset__team").filter(id=model_id).first()
    if model is not None:
        thresholds_recalibrate(model_version=model)


@worker_ready.connect
def load_champions(sender: Any = None, **_: Any) -> None:
    """A scorer loads the champions as soon as it is up, on the side, so that it answers pings meanwhile."""
    if "score" in sender.app.amqp.queues.consume_from:
        threading.Thread(target=_load_champions, daemon=True, name="load-champions").start()


def _load_champions() -> None:
    try:
        champions_load()
    except Exception:
        log.warning("champions not loaded ahead", exc_info=True)
    finally:
        connection.close()
