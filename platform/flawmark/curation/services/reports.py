"""Asking for a report on a pool's health."""

from uuid import UUID

from django.db import transaction

from flawmark.accounts.models import User
from flawmark.accounts.services import audit_record
from flawmark.core.errors import Conflict
from flawmark.core.ids import uuid7
from flawmark.core.jobs import job_create
from flawmark.core.models import FINAL_JOB_STATES
from flawmark.curation.models import PoolHealthReport
from flawmark.datasets.models import Dataset
from flawmark.training.selectors import champion_of

HEALTH = "curation.health"


@transaction.atomic
def health_request(*, dataset: Dataset, actor: User) -> PoolHealthReport:
    """Store a report and the job that fills it.

    Raises:
        Conflict: one is being made already; `current` names it.
    """
    Dataset.objects.select_for_update().get(id=dataset.id)
    running = (
        PoolHealthReport.objects.filter(dataset=dataset).exclude(job__state__in=FINAL_JOB_STATES).first()
    )
    if running is not None:
        raise Conflict(
            "The health of this pool is being looked at already.",
            code="health_running",
            current={"report": str(running.id)},
        )
    report_id: UUID = uuid7()
    job = job_create(
        team_id=dataset.team_id,
        kind=HEALTH,
        queue="cpu",
        title=f"Health of the pool of {dataset.name}"[:200],
        payload={"report": str(report_id)},
        created_by_id=actor.id,
        subject_type="pool_health",
        subject_id=report_id,
    )
    report = PoolHealthReport.objects.create(
        id=report_id, dataset=dataset, model_version=champion_of(dataset), job=job, created_by=actor
    )
    audit_record(
        team=dataset.team,
        actor=actor,
        action="pool_health.create",
        object_type="pool_health",
        object_id=report.id,
        detail={"dataset": str(dataset.id)},
    )
    return report
