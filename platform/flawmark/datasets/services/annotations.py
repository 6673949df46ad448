"""Masks that come through the API in one piece, outside a review."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from flawmark.accounts.models import User
from flawmark.accounts.services import audit_record
from flawmark.core.http.etag import lock_version
from flawmark.core.masks.tiles import Mask
from flawmark.datasets.models import Image, Label, MaskRevision
from flawmark.datasets.selectors.layers import LayerKey, has_defects
from flawmark.datasets.services.labels import (
    ImageChanges,
    image_change_apply,
    image_state,
    images_changed_announce,
)
from flawmark.datasets.services.layers import layers_from_masks
from flawmark.datasets.services.revisions import revision_submit


@transaction.atomic
def annotation_create(
    *,
    image: Image,
    expected_version: int | None,
    masks: Mapping[LayerKey, Mask],
    author: User,
    tool: str = "api",
    model_version_id: UUID | None = None,
    pixel_threshold: float | None = None,
) -> tuple[MaskRevision, Image]:
    """Write a mask revision. An image with any defect layer becomes defective.

    Raises:
        LostRace: the image is not at `expected_version` any more.
        InvalidInput: a mask of another size than the image, or a layer that does not exist.
    """
    locked = lock_version(
        Image.objects.filter(id=image.id).select_related("dataset__team"), expected_version, image_state
    )
    revision = revision_submit(
        image=locked,
        layers=layers_from_masks(image=locked, masks=masks),
        author=author,
        tool=tool,
        model_version_id=model_version_id,
        pixel_threshold=pixel_threshold,
    )
    if not (has_defects(revision.layers) and _made_defective(locked, author)):
        locked.version += 1
    locked.save()
    audit_record(
        team=locked.dataset.team,
        actor=author,
        action="annotation.create",
        object_type="image",
        object_id=locked.id,
        detail={"revision": str(revision.id), "number": revision.number, "tool": tool},
    )
    images_changed_announce(dataset=locked.dataset, image_ids=[locked.id])
    return revision, locked


def _made_defective(image: Image, author: User) -> bool:
    return image_change_apply(image=image, changes=ImageChanges(label=Label.DEFECTIVE), actor=author)
