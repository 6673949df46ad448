"""Create, cancel and recover jobs."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from celery import current_app
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from flawmark.core.errors import Conflict
from flawmark.core.events import publish
from flawmark.core.models import FINAL_JOB_STATES, Job, JobState

# A worker that has not been heard of for this long has lost its job.
LOST_AFTER = timedelta(seconds=45)
# A queued job whose message has not been picked up for this long gets another message.
FORGOTTEN_AFTER = timedelta(minutes=2)
# A job that this many workers did not survive is given up.
MAX_LOSSES = 5


def job_create(
    *,
    team_id: UUID,
    kind: str,
    queue: str,
    title: str,
    payload: dict[str, Any] | None = None,
    created_by_id: UUID | None = None,
    subject_type: str = "",
    subject_id: UUID | None = None,
) -> Job:
    """Store a job and, once the transaction commits, tell the workers about it."""
    job = Job.objects.create(
        team_id=team_id,
        kind=kind,
        queue=queue,
        title=title,
        payload=payload or {},
        created_by_id=created_by_id,
        subject_type=subject_type,
        subject_id=subject_id,
    )
    transaction.on_commit(lambda: job_enqueue(job), robust=True)
    job_announce(job)
    return job


def job_enqueue(job: Job) -> None:
    """Send the message. If the broker is away the sweep sends it later: the row is already safe."""
    current_app.send_task(job.kind, args=[str(job.id)], queue=job.queue, retry=False)


def job_announce(job: Job) -> None:
    publish(
        team_id=job.team_id,
        event="job",
        data={
            "id": job.id,
            "kind": job.kind,
            "title": job.title,
            "state": job.state,
            "fraction": job.fraction,
            "message": job.message,
            "eta_s": job.eta_s,
            "subject_type": job.subject_type,
            "subject_id": job.subject_id,
            "error_detail": job.error_detail,
        },
    )


@transaction.atomic
def job_cancel(*, job: Job) -> Job:
    """Ask a job to stop: a queued one stops here, a running one at its next sign of progress."""
    now = timezone.now()
    if Job.objects.filter(id=job.id, state=JobState.QUEUED).update(
        state=JobState.CANCELLED,
        cancel_requested_at=now,
        finished_at=now,
        message="Cancelled before it began",
    ) or Job.objects.filter(id=job.id, state=JobState.RUNNING).update(cancel_requested_at=now):
        job.refresh_from_db()
        job_announce(job)
        return job
    job.refresh_from_db()
    raise Conflict("This job has already ended.", code="job_ended", current={"state": job.state})


def jobs_requeue_lost() -> int:
    """Put jobs of dead workers back, and send forgotten messages again. Returns how many."""
    now = timezone.now()
    Job.objects.filter(
        state=JobState.RUNNING, heartbeat_at__lt=now - LOST_AFTER, cancel_requested_at__isnull=False
    ).update(state=JobState.CANCELLED, finished_at=now, message="Cancelled")
    for job in Job.objects.filter(state=JobState.RUNNING, heartbeat_at__lt=now - LOST_AFTER):
        job_take_back(job)
    forgotten = Q(state=JobState.QUEUED, enqueued_at__lt=now - FORGOTTEN_AFTER)
    count = 0
    for job in Job.objects.filter(forgotten).order_by("created_at")[:200]:
        if Job.objects.filter(forgotten, id=job.id).update(enqueued_at=now):
            job_enqueue(job)
            count += 1
    return count


def job_take_back(job: Job) -> bool:
    """Put a running job of a dead worker back into the queue, or give it up. False: it moved on meanwhile.

    Another attempt number locks the lost worker out, should it still be alive after all.
    """
    now = timezone.now()
    fields: dict[str, Any] = {"attempt": F("attempt") + 1, "losses": F("losses") + 1}
    if job.losses + 1 < MAX_LOSSES:
        fields |= {
            "state": JobState.QUEUED,
            "enqueued_at": now - 2 * FORGOTTEN_AFTER,
            "message": "Its worker was lost; starting again",
        }
    else:
        detail = f"{MAX_LOSSES} workers died while running this, so it was given up."
        fields |= {
            "state": JobState.FAILED,
            "finished_at": now,
            "error_code": "worker_lost",
            "error_detail": detail,
        }
    mine = Job.objects.filter(id=job.id, state=JobState.RUNNING, attempt=job.attempt)
    taken = bool(mine.update(**fields))
    if taken:
        job.refresh_from_db()
        job_announce(job)
    return taken


def job_is_final(job: Job) -> bool:
    return job.state in FINAL_JOB_STATES
