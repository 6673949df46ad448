"""What people ask of the queue: a look at certain images, and how it is filled."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from flawmark.accounts.models import User
from flawmark.accounts.services import audit_record
from flawmark.core.errors import InvalidInput
from flawmark.core.events import publish
from flawmark.core.http.etag import lock_version
from flawmark.datasets.models import Dataset, Image, Split
from flawmark.inspections.models import Inspection
from flawmark.reviews.models import OpinionRule, QueueSettings, ReviewTask, TaskReason, TaskState
from flawmark.reviews.selectors.queue import WAITING_STATES
from flawmark.training.selectors import champion_of

REQUESTED_PRIORITY = 2.0
MAX_REASONS = 9  # one key each


@transaction.atomic
def review_request(
    *, dataset: Dataset, image_ids: Sequence[UUID], actor: User, comment: str = ""
) -> list[ReviewTask]:
    """Ask for a person's look at these images, labelled or not, before everything else.

    Raises:
        InvalidInput: When an image is not of this dataset, is quarantined, or is in the frozen test split.
    """
    images = list(Image.objects.filter(dataset=dataset, id__in=image_ids, quarantined_at__isnull=True))
    if len(images) != len(set(image_ids)):
        raise InvalidInput("Some of these images are not in this dataset, or in quarantine.", field="images")
    if any(image.split == Split.TEST for image in images):
        raise InvalidInput("Test images stay as they are: they are not reviewed.", field="images")
    waiting = ReviewTask.objects.filter(image__in=images, round=1, state__in=WAITING_STATES)
    waiting.update(reason=TaskReason.REQUESTED, priority=REQUESTED_PRIORITY, sampling_probability=1.0)
    champion = champion_of(dataset)
    inspections = {
        inspection.image_id: inspection
        for inspection in Inspection.objects.filter(model_version=champion, image__in=images)
    }
    tasks = [
        ReviewTask(
            dataset=dataset,
            image=image,
            inspection=inspections.get(image.id),
            reason=TaskReason.REQUESTED,
            priority=REQUESTED_PRIORITY,
        )
        for image in images
    ]
    ReviewTask.objects.bulk_create(tasks, ignore_conflicts=True)  # one that waits already stays
    audit_record(
        team=dataset.team,
        actor=actor,
        action="review.request",
        object_type="dataset",
        object_id=dataset.id,
        detail={"images": [str(image.id) for image in images], "comment": comment},
    )
    publish(team_id=dataset.team_id, event="review", data={"dataset": dataset.id, "what": "requested"})
    return list(ReviewTask.objects.filter(image__in=images, round=1, state__in=WAITING_STATES))


def review_request_state(*, dataset: Dataset, image_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """The first-round tasks that wait for these images, as `review_request_undo` puts them back."""
    waiting = ReviewTask.objects.filter(
        dataset=dataset, image__in=list(image_ids), round=1, state__in=WAITING_STATES
    )
    return [
        {"task": str(task.id), "reason": task.reason, "priority": task.priority,
         "sampling_probability": task.sampling_probability}
        for task in waiting
    ]  # fmt: skip


@transaction.atomic
def review_request_undo(
    *, dataset: Dataset, asked: Sequence[UUID], before: Sequence[dict[str, Any]], actor: User
) -> int:
    """Take a request back where nobody has begun: returns how many tasks were withdrawn or put back.

    Args:
        dataset: whose queue it is.
        asked: the tasks that the request gave.
        before: those of them that waited already, as `review_request_state` described them then.
        actor: who takes it back.
    """
    untouched = ReviewTask.objects.filter(
        dataset=dataset, id__in=list(asked), state=TaskState.OPEN, reason=TaskReason.REQUESTED
    )
    count = 0
    for state in before:
        count += untouched.filter(id=state["task"]).update(
            **{name: value for name, value in state.items() if name != "task"}
        )
    known = [state["task"] for state in before]
    count += untouched.exclude(id__in=known).update(state=TaskState.WITHDRAWN)
    audit_record(
        team=dataset.team,
        actor=actor,
        action="review.request_undo",
        object_type="dataset",
        object_id=dataset.id,
        detail={"tasks": count},
    )
    publish(team_id=dataset.team_id, event="review", data={"dataset": dataset.id, "what": "requested"})
    return count


@transaction.atomic
def queue_settings_change(
    *, dataset: Dataset, actor: User, expected_version: int | None, **changes: Any
) -> QueueSettings:
    """Change how the queue is filled from now on; what already waits stays. Raises LostRace, InvalidInput."""
    QueueSettings.objects.get_or_create(dataset=dataset, defaults={"version": 0})
    settings = lock_version(QueueSettings.objects.filter(dataset=dataset), expected_version)
    for name, value in changes.items():
        _check_setting(name, value)
        setattr(settings, name, value)
    settings.version += 1
    settings.save()
    audit_record(
        team=dataset.team,
        actor=actor,
        action="queue.settings",
        object_type="dataset",
        object_id=dataset.id,
        detail=dict(changes),
    )
    return settings


def _check_setting(name: str, value: Any) -> None:
    if name.endswith("_probability") and not 0.0 <= value <= 1.0:
        raise InvalidInput("A probability lies between 0 and 1.", field=name)
    if name == "second_opinion_always" and not set(value) <= set(OpinionRule.values):
        raise InvalidInput(f"The rules are {', '.join(OpinionRule.values)}.", field=name)
    if name == "canned_reasons" and (len(value) > MAX_REASONS or len(set(value)) < len(value)):
        raise InvalidInput(f"Give up to {MAX_REASONS} different reasons.", field=name)
