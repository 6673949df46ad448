"""Labels, splits and quarantine: of one image with a check of its version, or of many with an undo."""

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from flawmark.accounts.models import User
from flawmark.accounts.services import audit_record
from flawmark.core.errors import InvalidInput
from flawmark.core.events import publish
from flawmark.core.http.etag import lock_version
from flawmark.datasets.models import Dataset, Image, Label
from flawmark.datasets.services.images import BY_LOT
from flawmark.datasets.services.pools import split_check, split_of_image
from flawmark.datasets.services.revisions import revision_empty_defects
from flawmark.datasets.signals import images_changed


@dataclass(frozen=True)
class ImageChanges:
    """What to change; None leaves it as it is. `split` may be `by_lot`."""

    label: str | None = None
    split: str | None = None
    quarantined: bool | None = None
    quarantine_reason: str = ""
    leave_test: bool = False

    def __post_init__(self) -> None:
        if self.label is None and self.split is None and self.quarantined is None:
            raise InvalidInput("Say what to change: label, split or quarantined.", field="changes")

    def described(self) -> dict[str, Any]:
        """The changes that were asked for, for the audit trail."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "", False)} | (
            {"quarantined": False} if self.quarantined is False else {}
        )


def image_update(*, image: Image, expected_version: int | None, changes: ImageChanges, actor: User) -> Image:
    """Change one image. Raises LostRace when `expected_version` is not its version any more."""
    team = image.dataset.team
    with transaction.atomic():
        locked = lock_version(
            Image.objects.filter(id=image.id).select_related("dataset"), expected_version, image_state
        )
        before = image_state(locked)
        if image_change_apply(image=locked, changes=changes, actor=actor):
            locked.save()
            audit_record(
                team=team,
                actor=actor,
                action="image.change",
                object_type="image",
                object_id=image.id,
                detail={"before": before, "after": image_state(locked)},
            )
            images_changed_announce(dataset=locked.dataset, image_ids=[locked.id])
    return locked


def image_change_apply(*, image: Image, changes: ImageChanges, actor: User) -> bool:
    """Change a locked image in memory; the caller saves it. Returns whether anything changed.

    A defective image that becomes normal loses its defect layers, by a new mask revision. Raises Conflict or
    InvalidInput, before anything has changed, when the rules of the splits forbid the move.
    """
    before = image_state(image)
    split = split_of_image(image) if changes.split == BY_LOT else changes.split
    if split is not None:
        split_check(image=image, split=split, leave_test=changes.leave_test)
        image.split = split
    if changes.label is not None and changes.label != image.label:
        image.label = changes.label
        image.labelled_by, image.labelled_at = actor, timezone.now()
        if changes.label == Label.NORMAL:
            revision_empty_defects(image=image, author=actor, tool="relabel")
    if changes.quarantined is not None and changes.quarantined != (image.quarantined_at is not None):
        image.quarantined_at = timezone.now() if changes.quarantined else None
        image.quarantine_reason = changes.quarantine_reason if changes.quarantined else ""
    changed = image_state(image) != before
    if changed:
        image.version += 1
    return changed


def image_state(image: Image) -> dict[str, Any]:
    """Everything about an image that people change, as JSON."""
    return {
        "version": image.version,
        "label": image.label,
        "split": image.split,
        "quarantined_at": image.quarantined_at and image.quarantined_at.isoformat(),
        "quarantine_reason": image.quarantine_reason,
        "current_revision": image.current_revision_id and str(image.current_revision_id),
        "labelled_by": image.labelled_by_id and str(image.labelled_by_id),
        "labelled_at": image.labelled_at and image.labelled_at.isoformat(),
    }


def images_changed_announce(*, dataset: Dataset, image_ids: list[UUID]) -> None:
    """Tell the other apps and the team's browsers about changed images, after the commit."""
    if not image_ids:
        return
    publish(
        team_id=dataset.team_id,
        event="dataset",
        data={"id": dataset.id, "change": "images_changed", "count": len(image_ids)},
    )
    transaction.on_commit(
        lambda: images_changed.send(sender=Dataset, dataset=dataset, image_ids=image_ids), robust=True
    )
