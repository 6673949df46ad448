"""Comments on places of an image."""

from django.db import transaction
from django.utils import timezone

from flawmark.accounts.models import User
from flawmark.accounts.services import audit_record
from flawmark.core.errors import InvalidInput, NotAllowed
from flawmark.core.events import publish
from flawmark.core.http.etag import lock_version
from flawmark.datasets.models import Image
from flawmark.reviews.models import Pin


@transaction.atomic
def pin_create(*, image: Image, author: User, x_px: int, y_px: int, text: str) -> Pin:
    """Pin a comment to a pixel. Raises InvalidInput outside the image, or without words."""
    if x_px >= image.width_px or y_px >= image.height_px:
        raise InvalidInput("A comment is pinned to a pixel of the image.", field="x_px")
    pin = Pin.objects.create(image=image, author=author, x_px=x_px, y_px=y_px, text=_words(text))
    _tell(pin, author, "pin.create")
    return pin


@transaction.atomic
def pin_change(
    *,
    pin: Pin,
    actor: User,
    expected_version: int | None,
    text: str | None = None,
    resolved: bool | None = None,
) -> Pin:
    """Change the words, as only their author may, or say that it is dealt with. Raises LostRace."""
    locked = lock_version(Pin.objects.filter(id=pin.id).select_related("image__dataset"), expected_version)
    if text is not None:
        _check_author(locked, actor)
        locked.text = _words(text)
    if resolved is not None:
        locked.resolved_at = timezone.now() if resolved else None
        locked.resolved_by = actor if resolved else None
    locked.version += 1
    locked.save()
    _tell(locked, actor, "pin.change")
    return locked


@transaction.atomic
def pin_delete(*, pin: Pin, actor: User, expected_version: int | None) -> None:
    """Take a comment back; only its author may. Raises LostRace."""
    locked = lock_version(Pin.objects.filter(id=pin.id).select_related("image__dataset"), expected_version)
    _check_author(locked, actor)
    _tell(locked, actor, "pin.delete")
    locked.delete()


def _words(text: str) -> str:
    if not text.strip():
        raise InvalidInput("Say something.", field="text")
    return text.strip()


def _check_author(pin: Pin, actor: User) -> None:
    if pin.author_id != actor.id:
        raise NotAllowed("Only its author can change a comment.")


def _tell(pin: Pin, actor: User, action: str) -> None:
    dataset = pin.image.dataset
    audit_record(
        team=dataset.team,
        actor=actor,
        action=action,
        object_type="image",
        object_id=pin.image_id,
        detail={"pin": str(pin.id), "text": pin.text, "resolved": pin.resolved_at is not None},
    )
    data = {"what": "pin", "dataset": dataset.id, "image": pin.image_id}
    publish(team_id=dataset.team_id, event="review", data=data)
