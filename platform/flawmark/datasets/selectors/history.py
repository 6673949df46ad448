"""What happened to one image."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from flawmark.datasets.models import Image
from flawmark.datasets.selectors.images import audit_of_image, bulk_changes_of_image


def image_history(image: Image) -> list[dict[str, Any]]:
    """Changes, bulk changes and mask revisions of the image, newest first."""
    entries = [*_changes(image), *_bulk_changes(image), *_revisions(image)]
    return sorted(entries, key=lambda entry: entry["at"], reverse=True)


def _changes(image: Image) -> list[dict[str, Any]]:
    return [
        _entry(line.created_at, line.actor, "change", line.action, line.detail)
        for line in audit_of_image(image)
    ]


def _bulk_changes(image: Image) -> list[dict[str, Any]]:
    entries = []
    for bulk in bulk_changes_of_image(image):
        detail = {"changes": bulk.changes, "before": bulk.before[str(image.id)], "undo_id": str(bulk.id)}
        entries.append(_entry(bulk.created_at, bulk.actor, "bulk_change", "images.bulk_change", detail))
        if bulk.undone_at:
            undo = {"undo_id": str(bulk.id)}
            entries.append(_entry(bulk.undone_at, None, "bulk_change", "images.bulk_undo", undo))
    return entries


def _revisions(image: Image) -> list[dict[str, Any]]:
    entries = []
    for revision in image.revisions.select_related("author"):
        detail = {
            "id": str(revision.id),
            "number": revision.number,
            "tool": revision.tool,
            "layers": [layer["kind"] for layer in revision.layers],
        }
        entries.append(_entry(revision.created_at, revision.author, "mask", "mask.submit", detail))
    return entries


def _entry(at: Any, actor: AbstractBaseUser | None, kind: str, action: str, detail: Any) -> dict[str, Any]:
    name = actor.get_username() if actor else None
    return {"at": at, "actor": name, "kind": kind, "action": action, "detail": detail}
