"""Bringing images in, and changing what is known about them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from flawmark.core.blobs import blob_store
from flawmark.core.events import publish
from flawmark.datasets.models import Capture, Dataset, Image, Label, Origin, Split
from flawmark.datasets.services.pixels import ImageFacts, image_facts
from flawmark.datasets.services.pools import split_check, split_of_image
from flawmark.datasets.signals import images_added

BY_LOT = "by_lot"


@dataclass(frozen=True)
class CaptureFields:
    """When and where a picture was taken. All empty: no capture is recorded."""

    part: str = ""
    station: str = ""
    view: str = ""
    captured_at: datetime | None = None
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not (self.part or self.station or self.view or self.captured_at or self.metadata)

    def lot_of(self, sha256: str) -> str:
        """Metadata `lot`, else the part, else the content hash."""
        return (str(self.metadata.get("lot") or "") or self.part or sha256)[:200]


def image_add(
    *,
    dataset: Dataset,
    content: bytes,
    filename: str,
    label: str = Label.UNLABELLED,
    split: str = Split.UNASSIGNED,
    origin: str = Origin.CAPTURED,
    capture: CaptureFields | None = None,
) -> tuple[Image, bool]:
    """Add an image, unless the dataset already has these bytes.

    Args:
        dataset: where it belongs.
        content: the file's bytes; decoded completely here, so that what is kept can be read later.
        filename: how people call it; never used as a path.
        label: one of `Label`.
        split: one of `Split`, or `by_lot` for train or validation by the lot's hash.
        origin: one of `Origin`.
        capture: when and where it was taken; recorded for an image that is already here as well.

    Returns:
        The image, and whether it is new. An image that was here keeps its label and split.

    Raises:
        InvalidInput: the bytes are not a usable image (`unreadable_image`), or split and origin clash.
    """
    capture = capture or CaptureFields()
    facts = image_facts(content, filename=filename)
    with transaction.atomic():
        blob = blob_store(team_id=dataset.team_id, content=content, media_type=facts.media_type)
        image = Image.objects.filter(dataset=dataset, sha256=blob.sha256).first()
        created = False
        if image is None:
            lot = capture.lot_of(blob.sha256)
            image = _new_image(dataset, facts, filename)
            image.blob, image.sha256, image.lot = blob, blob.sha256, lot
            image.label, image.origin = label, origin
            image.split = split_of_image(image) if split == BY_LOT else split
            split_check(image=Image(origin=origin), split=image.split)
            image, created = _insert(image)
        if not capture.is_empty:
            capture_add(image=image, capture=capture)
    return image, created


def _new_image(dataset: Dataset, facts: ImageFacts, filename: str) -> Image:
    return Image(
        dataset=dataset,
        thumbnail=blob_store(team_id=dataset.team_id, content=facts.thumbnail_jpeg, media_type="image/jpeg"),
        filename=filename[-255:],
        width_px=facts.width_px,
        height_px=facts.height_px,
        channels=facts.channels,
        bit_depth=facts.bit_depth,
        browser_ready=facts.browser_ready,
        perceptual_hash=facts.perceptual_hash,
    )


def _insert(image: Image) -> tuple[Image, bool]:
    """Insert, or find the row that somebody else inserted in the meantime."""
    try:
        with transaction.atomic():
            image.save(force_insert=True)
    except IntegrityError:
        return Image.objects.get(dataset=image.dataset, sha256=image.sha256), False
    return image, True


def capture_add(*, image: Image, capture: CaptureFields) -> Capture:
    """Record one more shot that gave these very pixels."""
    return Capture.objects.create(
        image=image,
        part=capture.part,
        station=capture.station,
        view=capture.view,
        captured_at=capture.captured_at,
        metadata=capture.metadata,
    )


def images_announce(*, dataset: Dataset, image_ids: list[UUID]) -> None:
    """Tell the other apps and the team's browsers about new images, after the commit."""
    if not image_ids:
        return
    publish(
        team_id=dataset.team_id,
        event="dataset",
        data={"id": dataset.id, "change": "images_added", "count": len(image_ids)},
    )
    transaction.on_commit(
        lambda: images_added.send(sender=Dataset, dataset=dataset, image_ids=image_ids), robust=True
    )
