"""One change for many images, with an outcome for each and a way back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from flawmark.accounts.models import User
from flawmark.accounts.services import audit_record
from flawmark.core.errors import Conflict, FlawmarkError, InvalidInput
from flawmark.datasets.models import BulkChange, Dataset, Image
from flawmark.datasets.services.labels import (
    ImageChanges,
    image_change_apply,
    image_state,
    images_changed_announce,
)

MAX_IMAGES = 20_000
CHANGED_FIELDS = [
    "label", "split", "quarantined_at", "quarantine_reason", "current_revision", "labelled_by",
    "labelled_at", "version", "updated_at",
]  # fmt: skip


@dataclass(frozen=True)
class BulkOutcome:
    """What happened to one image: `changed`, `unchanged`, or `refused` with the reason."""

    image_id: UUID
    outcome: str
    version: int
    reason: str = ""


@transaction.atomic
def images_change(
    *, dataset: Dataset, images: QuerySet[Image], changes: ImageChanges, actor: User
) -> tuple[BulkChange, list[BulkOutcome]]:
    """Change every image of `images` that the rules allow; refuse the others one by one.

    Raises:
        InvalidInput: more than 20,000 images at once.
    """
    # Ordered, so that two bulk changes wait for each other instead of deadlocking.
    locked = list(
        images.filter(dataset=dataset).order_by("id").select_for_update(of=("self",))[: MAX_IMAGES + 1]
    )
    if len(locked) > MAX_IMAGES:
        raise InvalidInput(f"At most {MAX_IMAGES:,} images can be changed at once.", field="filter")
    before: dict[str, Any] = {}
    outcomes = []
    for image in locked:
        state = image_state(image)
        outcome = _change_one(image, changes, actor)
        outcomes.append(outcome)
        if outcome.outcome == "changed":
            before[str(image.id)] = state | {"changed_version": image.version}
    _save([image for image in locked if str(image.id) in before])
    bulk = BulkChange.objects.create(dataset=dataset, actor=actor, changes=changes.described(), before=before)
    _record(bulk, actor, "images.bulk_change", len(before))
    images_changed_announce(dataset=dataset, image_ids=[UUID(image_id) for image_id in before])
    return bulk, outcomes


def _change_one(image: Image, changes: ImageChanges, actor: User) -> BulkOutcome:
    try:
        changed = image_change_apply(image=image, changes=changes, actor=actor)
    except FlawmarkError as error:
        return BulkOutcome(image.id, "refused", image.version, error.detail)
    return BulkOutcome(image.id, "changed" if changed else "unchanged", image.version)


@transaction.atomic
def bulk_change_undo(*, bulk: BulkChange, actor: User) -> list[BulkOutcome]:
    """Give every image back what it was, unless somebody has changed it since.

    Raises:
        Conflict: it was undone before.
    """
    bulk = BulkChange.objects.select_for_update(of=("self",)).select_related("dataset").get(id=bulk.id)
    if bulk.undone_at is not None:
        raise Conflict("This change was already undone.", code="already_undone")
    images = Image.objects.filter(id__in=bulk.before).order_by("id").select_for_update(of=("self",))
    restored, outcomes = [], []
    for image in images:
        state = bulk.before[str(image.id)]
        if image.version != state["changed_version"]:
            reason = "Somebody changed this image in the meantime."
            outcomes.append(BulkOutcome(image.id, "refused", image.version, reason))
            continue
        _restore(image, state)
        restored.append(image)
        outcomes.append(BulkOutcome(image.id, "changed", image.version))
    _save(restored)
    bulk.undone_at = timezone.now()
    bulk.save(update_fields=["undone_at", "updated_at"])
    _record(bulk, actor, "images.bulk_undo", len(restored))
    images_changed_announce(dataset=bulk.dataset, image_ids=[image.id for image in restored])
    return outcomes


def _restore(image: Image, state: dict[str, Any]) -> None:
    image.label, image.split = state["label"], state["split"]
    image.quarantined_at, image.quarantine_reason = _time(state["quarantined_at"]), state["quarantine_reason"]
    image.current_revision_id = state["current_revision"] and UUID(state["current_revision"])
    image.labelled_by_id = state["labelled_by"] and UUID(state["labelled_by"])
    image.labelled_at = _time(state["labelled_at"])
    image.version += 1


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _save(images: list[Image]) -> None:
    now = timezone.now()
    for image in images:
        image.updated_at = now
    Image.objects.bulk_update(images, CHANGED_FIELDS, batch_size=500)


def _record(bulk: BulkChange, actor: User, action: str, count: int) -> None:
    audit_record(
        team=bulk.dataset.team,
        actor=actor,
        action=action,
        object_type="dataset",
        object_id=bulk.dataset_id,
        detail={"bulk_change": str(bulk.id), "changes": bulk.changes, "images": count},
    )
