"""What people do about a finding, with one click and a way back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from flawmark.accounts.models import User
from flawmark.accounts.services import audit_record
from flawmark.core.errors import Conflict, InvalidInput
from flawmark.curation.models import Finding, FindingAction, FindingActionKind, FindingKind
from flawmark.datasets.models import Image, Label
from flawmark.datasets.services.bulk import bulk_change_undo, images_change
from flawmark.datasets.services.labels import ImageChanges
from flawmark.reviews.services.requests import review_request, review_request_state, review_request_undo

MAX_REVIEWS = 500
REASONS = {
    FindingKind.NEAR_DUPLICATES: "Near-duplicate",
    FindingKind.SMALL_MODE: "Small mode",
    FindingKind.SUSPECTED_MISLABEL: "Suspected mislabel",
    FindingKind.NORMAL_LOOKING_DEFECT: "Defect that looks normal",
    FindingKind.QUALITY_OUTLIER: "Taken differently from the rest",
    FindingKind.UNEVEN_METADATA: "Rare in the pool",
    FindingKind.COVERAGE_GAP: "Beside a gap in time",
}


@dataclass(frozen=True)
class Wanted:
    """What to do, and with which images of the finding; `keep` is the one that a merge leaves in the pool."""

    action: FindingActionKind
    images: tuple[UUID, ...] = ()
    label: str = ""
    keep: UUID | None = None


@transaction.atomic
def finding_act(*, finding: Finding, wanted: Wanted, actor: User) -> FindingAction:
    """Carry out an action; without images it concerns all of the finding.

    Raises:
        InvalidInput: images that the finding does not name, a merge of other things than duplicates, no label
            for a relabel, or more than 500 images for review.
    """
    images = _images(finding, wanted)
    action = FindingAction(finding=finding, action=wanted.action, actor=actor)
    _CARRY_OUT[wanted.action](action, images, wanted, actor)
    action.save()
    _record(action, actor, "finding.act")
    return action


@transaction.atomic
def finding_action_undo(*, action: FindingAction, actor: User) -> FindingAction:
    """Put everything back that nobody has changed since.

    Raises:
        Conflict: it was undone before.
    """
    locked = FindingAction.objects.select_for_update(of=("self",)).get(id=action.id)
    if locked.undone_at is not None:
        raise Conflict("This was already undone.", code="already_undone")
    if action.bulk_change is not None:
        bulk_change_undo(bulk=action.bulk_change, actor=actor)
    else:
        review_request_undo(
            dataset=action.finding.report.dataset,
            asked=[UUID(entry["task"]) for entry in action.asked],
            before=[entry["before"] for entry in action.asked if entry["before"]],
            actor=actor,
        )
    action.undone_at = timezone.now()
    action.save(update_fields=["undone_at", "updated_at"])
    _record(action, actor, "finding.undo")
    return action


def _images(finding: Finding, wanted: Wanted) -> list[UUID]:
    named = list(finding.pictures.order_by("rank").values_list("image_id", flat=True))
    asked = set(wanted.images or named)
    if not asked <= set(named) or (wanted.keep is not None and wanted.keep not in named):
        raise InvalidInput("Some of these images are not part of the finding.", field="images")
    return [image_id for image_id in named if image_id in asked]


def _quarantine(action: FindingAction, images: Sequence[UUID], _wanted: Wanted, actor: User) -> None:
    reason = REASONS[FindingKind(action.finding.kind)]
    _change(action, images, ImageChanges(quarantined=True, quarantine_reason=reason), actor)


def _relabel(action: FindingAction, images: Sequence[UUID], wanted: Wanted, actor: User) -> None:
    if wanted.label not in Label.values:
        raise InvalidInput("Say which label the images get.", field="label")
    _change(action, images, ImageChanges(label=wanted.label), actor)


def _merge(action: FindingAction, images: Sequence[UUID], wanted: Wanted, actor: User) -> None:
    if action.finding.kind != FindingKind.NEAR_DUPLICATES:
        raise InvalidInput("Only near-duplicates can be merged.", field="action")
    kept = wanted.keep or images[0]
    filename = Image.objects.values_list("filename", flat=True).get(id=kept)
    changes = ImageChanges(quarantined=True, quarantine_reason=f"Near-duplicate of {filename}"[:200])
    _change(action, [image_id for image_id in images if image_id != kept], changes, actor)


def _change(action: FindingAction, images: Sequence[UUID], changes: ImageChanges, actor: User) -> None:
    dataset = action.finding.report.dataset
    bulk, outcomes = images_change(
        dataset=dataset, images=Image.objects.filter(id__in=images), changes=changes, actor=actor
    )
    changed = [outcome.image_id for outcome in outcomes if outcome.outcome == "changed"]
    action.bulk_change, action.changed = bulk, len(changed)
    action.images = [str(image_id) for image_id in changed]


def _review(action: FindingAction, images: Sequence[UUID], _wanted: Wanted, actor: User) -> None:
    if len(images) > MAX_REVIEWS:
        raise InvalidInput(f"At most {MAX_REVIEWS} images can be sent to review at once.", field="images")
    dataset = action.finding.report.dataset
    before = {entry["task"]: entry for entry in review_request_state(dataset=dataset, image_ids=images)}
    comment = REASONS[FindingKind(action.finding.kind)]
    tasks = review_request(dataset=dataset, image_ids=images, actor=actor, comment=comment)
    action.asked = [{"task": str(task.id), "before": before.get(str(task.id))} for task in tasks]
    action.images, action.changed = [str(task.image_id) for task in tasks], len(tasks)


_CARRY_OUT: dict[str, Callable[[FindingAction, Sequence[UUID], Wanted, User], None]] = {
    FindingActionKind.QUARANTINE: _quarantine,
    FindingActionKind.RELABEL: _relabel,
    FindingActionKind.MERGE: _merge,
    FindingActionKind.REVIEW: _review,
}


def _record(action: FindingAction, actor: User, name: str) -> None:
    finding = action.finding
    audit_record(
        team=finding.report.dataset.team,
        actor=actor,
        action=name,
        object_type="finding",
        object_id=finding.id,
        detail={"kind": finding.kind, "action": action.action, "images": action.changed},
    )
