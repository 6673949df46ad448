"""Mask revisions: written once by submitting, never changed."""

from uuid import UUID

from django.db import transaction
from django.db.models import Max

from flawmark.accounts.models import User
from flawmark.datasets.models import Image, LayerKind, MaskRevision
from flawmark.datasets.selectors.layers import Layers, has_defects
from flawmark.datasets.services.layers import layers_sha256


@transaction.atomic
def revision_submit(
    *,
    image: Image,
    layers: Layers,
    author: User | None,
    tool: str,
    model_version_id: UUID | None = None,
    pixel_threshold: float | None = None,
) -> MaskRevision:
    """Write the next mask revision of an image and make it the one that counts.

    The image's row is locked until the transaction ends, so that numbers have no gaps.
    `image.current_revision` is saved; the caller counts the image's version up together with whatever else it
    changes.

    Args:
        image: the image; its `current_revision` becomes the parent.
        layers: as `layers_from_masks` or a draft give them; an empty list says "no mask".
        author: who submitted it; None for the machine.
        tool: what made it, such as `brush`, `import` or `prediction`.
        model_version_id: the model whose prediction it started from.
        pixel_threshold: the threshold at which that prediction was cut.
    """
    locked = Image.objects.select_for_update(of=("self",)).get(id=image.id)
    newest = locked.revisions.aggregate(newest=Max("number"))["newest"] or 0
    revision = MaskRevision.objects.create(
        image=locked,
        number=newest + 1,
        parent_id=locked.current_revision_id,
        author=author,
        tool=tool,
        model_version_id=model_version_id,
        pixel_threshold=pixel_threshold,
        layers=layers,
        sha256=layers_sha256(layers),
    )
    image.current_revision = revision
    image.save(update_fields=["current_revision", "updated_at"])
    return revision


def revision_empty_defects(*, image: Image, author: User | None, tool: str) -> MaskRevision | None:
    """Say "no defect here": a new revision without defect layers. None when there were none anyway."""
    current = image.current_revision
    if current is None or not has_defects(current.layers):
        return None
    kept = [layer for layer in current.layers if layer["kind"] != LayerKind.DEFECT]
    return revision_submit(image=image, layers=kept, author=author, tool=tool)
