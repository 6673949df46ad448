"""Generation runs: asked for by a person, carried out by a job."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from flawmark.accounts.models import User
from flawmark.accounts.services import audit_record
from flawmark.core.errors import Conflict, InvalidInput
from flawmark.core.events import publish
from flawmark.core.ids import uuid7
from flawmark.core.jobs import job_cancel, job_create
from flawmark.core.models import Job, JobState
from flawmark.curation.models import Finding
from flawmark.datasets.models import Dataset
from flawmark.generation.models import GenerationRun
from flawmark.generation.services.options import options_check
from flawmark.generation.services.sources import sources_choose

GENERATE = "generation.generate"
SUBJECT = "generation_run"


@transaction.atomic
def generation_run_create(
    *,
    dataset: Dataset,
    keyword: str,
    count: int,
    actor: User | None,
    seed: int = 0,
    prompt: str = "",
    options: dict[str, Any] | None = None,
    image_ids: Sequence[UUID] | None = None,
    finding: Finding | None = None,
) -> GenerationRun:
    """Store a run and its job.

    Raises:
        InvalidInput: no keyword, options that do not fit, or images that may not be learnt from.
    """
    keyword = keyword_check(keyword)
    complete = options_check(options or {})
    sources = sources_choose(dataset=dataset, image_ids=image_ids, finding=finding)
    run_id: UUID = uuid7()
    title = f"Generate {count} normals of {keyword} for {dataset.name}"
    job = _job_create(dataset, run_id, title, actor)
    run = GenerationRun.objects.create(
        id=run_id,
        dataset=dataset,
        job=job,
        keyword=keyword,
        prompt=prompt.strip(),
        count=count,
        options=complete,
        seed=seed,
        finding=finding,
        created_by=actor,
    )
    run.sources.set(sources)
    generation_record(run, actor, "create", {"keyword": keyword, "images": len(sources), "count": count})
    return run


@transaction.atomic
def generation_run_cancel(*, run: GenerationRun, actor: User) -> GenerationRun:
    """Ask the run to stop, within seconds; it can be resumed. Raises Conflict when it has ended."""
    job_cancel(job=run.job)
    generation_record(run, actor, "cancel", {})
    return run


@transaction.atomic
def generation_run_resume(*, run: GenerationRun, actor: User) -> GenerationRun:
    """Let a run that was cancelled or failed go on, in a job of its own, from its last checkpoint.

    Where no checkpoint is left (it failed, or another machine takes it up) it starts anew, and the seed gives
    the same pictures.

    Raises:
        Conflict: the run waits, runs, or has ended well (`not_stopped`).
    """
    rows = GenerationRun.objects.select_for_update(of=("self",)).select_related("job", "dataset__team")
    locked = rows.get(id=run.id)
    if locked.job.state not in (JobState.CANCELLED, JobState.FAILED):
        raise Conflict(
            "Only a run that was cancelled or failed can be resumed.",
            code="not_stopped",
            current={"state": locked.job.state},
        )
    locked.job = _job_create(locked.dataset, locked.id, locked.job.title, actor)
    locked.save(update_fields=["job", "updated_at"])
    generation_record(locked, actor, "resume", {})
    return locked


def _job_create(dataset: Dataset, run_id: UUID, title: str, actor: User | None) -> Job:
    return job_create(
        team_id=dataset.team_id,
        kind=GENERATE,
        queue=settings.TRAINING_QUEUE,
        title=title,
        created_by_id=actor.id if actor else None,
        subject_type=SUBJECT,
        subject_id=run_id,
    )


def keyword_check(keyword: str) -> str:
    """The keyword without the spaces around it. Raises InvalidInput where nothing is left."""
    if not keyword.strip():
        raise InvalidInput("Say in a word what the images show, such as `bottle`.", field="keyword")
    return keyword.strip()


def generation_record(run: GenerationRun, actor: User | None, what: str, detail: dict[str, Any]) -> None:
    """A line of the audit trail, and an event for the team's browsers."""
    audit_record(
        team=run.dataset.team,
        actor=actor,
        action=f"generation_run.{what}",
        object_type=SUBJECT,
        object_id=run.id,
        detail={"dataset": str(run.dataset_id), **detail},
    )
    publish(
        team_id=run.dataset.team_id,
        event="dataset",
        data={"id": run.dataset_id, "change": "generation", "run": run.id},
    )
