"""Leases: one task, one person at a time, for ten minutes of the database's clock.

The browser holds a few tasks: the one on the screen and those behind it, which it loads meanwhile. Asking
again gives back what is already held, so a reload loses nothing and what was loaded ahead is what comes next.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import transaction
from django.db.models import F, Func, IntegerField, Min, QuerySet, UUIDField, Value
from django.db.models.functions import Now

from flawmark.accounts.models import User
from flawmark.core.errors import Conflict
from flawmark.core.events import publish
from flawmark.datasets.models import Dataset
from flawmark.reviews.models import ReviewTask, TaskState
from flawmark.reviews.selectors.queue import held_tasks, offered_tasks, reviewable
from flawmark.reviews.selectors.sequence import best_first
from flawmark.reviews.services.queue import queue_catch_up

LEASE_LASTS = timedelta(minutes=10)
FREE = {"state": TaskState.OPEN, "leased_to": None, "leased_at": None, "lease_expires_at": None}


@transaction.atomic
def task_lease(
    *,
    dataset: Dataset,
    reviewer: User,
    loaded: Collection[UUID] = (),
    band: str | None = None,
    reason: str | None = None,
    task_id: UUID | None = None,
) -> ReviewTask | None:
    """Give the reviewer the best task that nobody else holds, or the one they hold already.

    Args:
        loaded: The tasks that the browser has already: some other one is wanted, to be loaded ahead.
        task_id: Only this task will do.

    Returns:
        The task with a fresh lease, or None when nothing waits for this person.
    """
    wanted = {"inspection__band": band, "reason": reason, "id": task_id}
    filters = {name: value for name, value in wanted.items() if value}
    task = _lock_first(held_tasks(dataset, reviewer).filter(**filters).exclude(id__in=loaded))
    if task is not None:
        ReviewTask.objects.filter(id=task.id).update(lease_expires_at=Now() + LEASE_LASTS)
    else:
        task = _lock_best(offered_tasks(dataset, reviewer).filter(**filters), dataset, reviewer)
        if task is None:
            return None
        lease_grant(task=task, reviewer=reviewer)
    task.refresh_from_db()
    return task


def _lock_best(tasks: QuerySet[ReviewTask], dataset: Dataset, reviewer: User) -> ReviewTask | None:
    ranked = best_first(tasks, dataset, reviewer)
    ids = Value(ranked, output_field=ArrayField(UUIDField()))
    place = Func(ids, F("id"), function="array_position", output_field=IntegerField())
    # Whoever asks at the same moment ranks alike: beyond the ranked ones any free task is better than none.
    return _lock_first(tasks.filter(id__in=ranked).order_by(place)) or _lock_first(tasks)


def _lock_first(tasks: QuerySet[ReviewTask]) -> ReviewTask | None:
    # SKIP LOCKED: twenty reviewers who ask at once get twenty tasks and nobody waits.
    return tasks.select_for_update(skip_locked=True, of=("self",)).first()


def lease_grant(*, task: ReviewTask, reviewer: User, comes_first: bool = False) -> None:
    """Put a locked task into the reviewer's hands; every older token is late from now on.

    With `comes_first` it is given back before everything else that they hold.
    """
    earliest = None
    if comes_first:
        earliest = held_tasks(task.dataset, reviewer).aggregate(at=Min("leased_at"))["at"]
    ReviewTask.objects.filter(id=task.id).update(
        state=TaskState.LEASED,
        leased_to=reviewer,
        lease_token=F("lease_token") + 1,
        leased_at=earliest - timedelta(milliseconds=1) if earliest else Now(),
        lease_expires_at=Now() + LEASE_LASTS,
    )


def lease_extend(*, task: ReviewTask, reviewer: User, lease_token: int) -> datetime:
    """Keep the lease alive. Raises Conflict `lease_lost` when it has ended or passed to somebody else."""
    # No joins here: after waiting for a row lock, PostgreSQL checks again only the row's own columns.
    held = ReviewTask.objects.filter(
        id=task.id,
        state=TaskState.LEASED,
        leased_to=reviewer,
        lease_token=lease_token,
        lease_expires_at__gt=Now(),
    )
    if not held.update(lease_expires_at=Now() + LEASE_LASTS):
        raise lease_lost(task)
    task.refresh_from_db()
    assert task.lease_expires_at is not None
    return task.lease_expires_at


def lease_release(*, task: ReviewTask, reviewer: User, lease_token: int) -> None:
    """Hand the task back to the queue; releasing what is no longer held is no error."""
    held = ReviewTask.objects.filter(
        id=task.id, state=TaskState.LEASED, leased_to=reviewer, lease_token=lease_token
    )
    if held.update(**FREE):
        queue_catch_up(dataset=task.dataset, image_ids=[task.image_id])


def lease_lost(task: ReviewTask) -> Conflict:
    """The error for a lease that ended; it says where the task is now."""
    task.refresh_from_db()
    current = {"state": task.state, "leased_to": task.leased_to.username if task.leased_to else None}
    return Conflict(
        "Your time with this image ran out, and it went back to the queue.",
        code="lease_lost",
        current=current,
    )


def leases_return_expired() -> int:
    """Free the tasks of closed laptops, and withdraw those whose image needs no review any more."""
    expired = ReviewTask.objects.filter(state=TaskState.LEASED, lease_expires_at__lte=Now())
    images = defaultdict(list)
    for dataset_id, image_id in expired.values_list("dataset", "image"):
        images[dataset_id].append(image_id)
    freed = expired.update(**FREE)
    obsolete = ReviewTask.objects.filter(~reviewable(), state=TaskState.OPEN)
    emptier = set(obsolete.values_list("dataset", flat=True))
    obsolete.update(state=TaskState.WITHDRAWN)
    for dataset in Dataset.objects.filter(id__in=emptier | set(images)):
        queue_catch_up(dataset=dataset, image_ids=images[dataset.id])
        publish(
            team_id=dataset.team_id, event="review", data={"dataset": dataset.id, "what": "leases_returned"}
        )
    return freed
