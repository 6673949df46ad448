"""Judging images that look the same together."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from flawmark.accounts.models import User
from flawmark.accounts.services import audit_record
from flawmark.core.errors import FlawmarkError
from flawmark.reviews.models import Review, ReviewTask
from flawmark.reviews.selectors.queue import held_tasks, offered_tasks
from flawmark.reviews.services.leases import lease_grant
from flawmark.reviews.services.verdicts import VerdictGiven, review_submit


@dataclass(frozen=True)
class TogetherGiven:
    """One verdict for many tasks."""

    verdict: str
    reason: str = ""
    comment: str = ""


@dataclass(frozen=True)
class LeftAlone:
    """A task that was not judged, and why."""

    task_id: UUID
    why: str


def tasks_judge_together(
    *, like: ReviewTask, task_ids: Sequence[UUID], reviewer: User, given: TogetherGiven
) -> tuple[list[Review], list[LeftAlone]]:
    """Give the same verdict on tasks that look like another one; each is a review of its own.

    Args:
        like: the task that they resemble.
        task_ids: tasks of the same dataset.
        reviewer: who looked at them all.
        given: what they said.

    Returns:
        The verdicts that were taken, and the tasks that were left alone: somebody else holds them, or the
        verdict cannot be carried out there. One never holds up the others.
    """
    taken: list[Review] = []
    left: list[LeftAlone] = []
    for task_id in dict.fromkeys(task_ids):
        try:
            taken.append(_judge(like, task_id, reviewer, given))
        except _Held:
            left.append(LeftAlone(task_id, "Somebody else has this image, or it needs no review any more."))
        except FlawmarkError as error:
            left.append(LeftAlone(task_id, error.detail))
    audit_record(
        team=like.dataset.team,
        actor=reviewer,
        action="review.together",
        object_type="image",
        object_id=like.image_id,
        detail={"verdict": given.verdict, "reviews": [str(review.id) for review in taken]},
    )
    return taken, left


class _Held(Exception):
    """The task cannot be had right now."""


@transaction.atomic
def _judge(like: ReviewTask, task_id: UUID, reviewer: User, given: TogetherGiven) -> Review:
    free = (offered_tasks(like.dataset, reviewer), held_tasks(like.dataset, reviewer))
    wanted = (tasks.filter(id=task_id, round=like.round) for tasks in free)
    locked = (tasks.select_for_update(skip_locked=True, of=("self",)).first() for tasks in wanted)
    task = next(filter(None, locked), None)
    if task is None:
        raise _Held
    lease_grant(task=task, reviewer=reviewer)
    task.refresh_from_db()
    verdict = VerdictGiven(
        verdict=given.verdict, lease_token=task.lease_token, reason=given.reason, comment=given.comment
    )
    return review_submit(task=task, reviewer=reviewer, given=verdict)
