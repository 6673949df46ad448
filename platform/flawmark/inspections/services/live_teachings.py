"""What an image should teach a bank, and what a bank holds of it: their difference is what is to be done."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Self

from flawmark.datasets.models import Image, Label, Split
from flawmark.datasets.selectors.layers import NORMAL_REGION, revision_masks
from flawmark.inspections.models import BankRevision
from flawmark.training.models import ModelVersion


class Extent(StrEnum):
    NONE = "none"
    REGION = "region"
    WHOLE = "whole"


@dataclass(frozen=True)
class Teaching:
    """How much of an image a bank knows as normal; a region is named by the mask revision that drew it.

    `partial`: some of its patches still wait, since one change of a bank takes in a limited number.
    """

    extent: Extent
    mask_revision: str | None = None
    partial: bool = False

    def to_json(self) -> dict[str, Any]:
        return {"extent": self.extent, "mask_revision": self.mask_revision, "partial": self.partial}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        return cls(Extent(value["extent"]), value["mask_revision"], value["partial"])

    def part(self) -> Self:
        """The same, with patches that still wait."""
        return replace(self, partial=True)


NOTHING = Teaching(Extent.NONE)
WHOLE = Teaching(Extent.WHOLE)


def teaching_wanted(image: Image) -> Teaching:
    """What the image teaches as it is labelled now. Validation and test images teach nothing, ever."""
    if image.quarantined_at is not None:
        return NOTHING
    if image.label == Label.NORMAL:
        return WHOLE if image.split == Split.TRAIN else NOTHING
    may_lend = image.split in (Split.TRAIN, Split.UNASSIGNED)
    revision = image.current_revision
    if image.label != Label.DEFECTIVE or not may_lend or revision is None:
        return NOTHING
    region = revision_masks(revision).get(NORMAL_REGION)
    if region is None or not region.any():
        return NOTHING
    return Teaching(Extent.REGION, str(revision.id))


def teaching_held(model_version: ModelVersion, image: Image, trained: Teaching) -> Teaching:
    """What the visible bank holds of the image; `trained` is what the model was trained with."""
    newest = (
        BankRevision.objects.filter(
            model_version=model_version, source_image=image, visible_at__isnull=False, held=False
        )
        .order_by("-sequence")
        .first()
    )
    return trained if newest is None else Teaching.from_json(newest.summary["teaching_after"])
