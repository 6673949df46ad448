"""The mask that a verdict writes.

| verdict | mask |
|---|---|
| accept | the predicted mask, cut at the pixel threshold |
| normal | the defect layers are emptied |
| defective | what was drawn; nothing drawn: as it was |
| corrected | what was drawn; predicted pixels painted away become a normal region |
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from flawmark.accounts.models import User
from flawmark.core.errors import InvalidInput
from flawmark.core.masks.tiles import Mask
from flawmark.datasets.models import DefectType, Draft, Image, LayerKind, MaskRevision
from flawmark.datasets.selectors.layers import (
    IGNORE,
    NORMAL_REGION,
    LayerKey,
    Layers,
    defect_mask_of,
    has_defects,
    layers_masks,
)
from flawmark.datasets.services.layers import layers_from_masks
from flawmark.datasets.services.revisions import revision_submit
from flawmark.inspections.services.maps import predicted_mask
from flawmark.reviews.models import ReviewTask, Verdict
from flawmark.training.selectors import thresholds_of


@dataclass(frozen=True)
class Evidence:
    """What the person had before their eyes when they judged.

    Attributes:
        task: the task, with its image and inspection.
        draft: what they painted; version 0 when nothing.
        pixel_threshold: where they cut the score map; None: where the model cuts it.
        defect_type: the layer that an accepted prediction goes to; None: the dataset's first.
    """

    task: ReviewTask
    draft: Draft
    pixel_threshold: float | None
    defect_type: UUID | None = None

    @property
    def image(self) -> Image:
        return self.task.image

    @property
    def cut_at(self) -> float | None:
        """The pixel threshold that counts."""
        inspection = self.task.inspection
        if self.pixel_threshold is not None or inspection is None:
            return self.pixel_threshold
        thresholds = thresholds_of(inspection.model_version)
        return thresholds.pixel_threshold if thresholds else None

    def prediction(self) -> Mask | None:
        """The (H, W) predicted mask; None without an inspection or a threshold."""
        cut_at, inspection = self.cut_at, self.task.inspection
        return None if inspection is None or cut_at is None else predicted_mask(inspection, cut_at)


def layers_of_verdict(verdict: str, evidence: Evidence) -> Layers | None:
    """The layers of the mask revision that this verdict writes; None: it writes none.

    Raises:
        InvalidInput: the verdict says "defect here" and there is no pixel to show for it.
    """
    if verdict == Verdict.ACCEPT:
        return _accepted(evidence)
    if verdict == Verdict.CORRECTED:
        return _corrected(evidence)
    if verdict == Verdict.DEFECTIVE and evidence.draft.version:
        return list(evidence.draft.layers)
    if verdict == Verdict.NORMAL:
        return _emptied(evidence.image.current_revision)
    return None


def _accepted(evidence: Evidence) -> Layers:
    prediction = evidence.prediction()
    if prediction is None:
        raise InvalidInput(
            "There is no prediction to accept: draw the mask, or judge without one.", field="verdict"
        )
    if not prediction.any():
        raise InvalidInput(
            "Nothing is predicted at this threshold: lower it, draw the mask, or judge without one.",
            code="empty_mask",
            field="pixel_threshold",
        )
    masks = {key: mask for key, mask in _drawn(evidence).items() if key.kind != LayerKind.DEFECT}
    masks[LayerKey(LayerKind.DEFECT, _defect_type(evidence))] = prediction
    return layers_from_masks(image=evidence.image, masks=masks)


def _corrected(evidence: Evidence) -> Layers:
    if not has_defects(evidence.draft.layers):
        raise InvalidInput(
            "The mask is empty: paint the defect, or judge the image as normal.",
            code="empty_mask",
            field="verdict",
        )
    masks = _drawn(evidence)
    normal = _painted_away(masks, evidence.prediction())
    if normal is not None:
        masks[NORMAL_REGION] = normal
    return layers_from_masks(image=evidence.image, masks=masks)


def _painted_away(masks: Mapping[LayerKey, Mask], prediction: Mask | None) -> Mask | None:
    """Predicted pixels that the person left out of the mask, with the normal regions they drew themselves."""
    drawn = masks.get(NORMAL_REGION)
    if prediction is None:
        return drawn
    height_px, width_px = prediction.shape
    defects = defect_mask_of(dict(masks), height_px=height_px, width_px=width_px)
    ignored = masks.get(IGNORE, np.zeros_like(prediction))
    normal = prediction & ~defects & ~ignored
    return normal if drawn is None else normal | (drawn & ~defects)


def _emptied(current: MaskRevision | None) -> Layers | None:
    if current is None or not has_defects(current.layers):
        return None
    return [layer for layer in current.layers if layer["kind"] != LayerKind.DEFECT]


def _drawn(evidence: Evidence) -> dict[LayerKey, Mask]:
    image = evidence.image
    return layers_masks(
        team_id=image.dataset.team_id,
        layers=evidence.draft.layers,
        height_px=image.height_px,
        width_px=image.width_px,
    )


def _defect_type(evidence: Evidence) -> UUID:
    if evidence.defect_type is not None:
        return evidence.defect_type
    first = DefectType.objects.filter(dataset=evidence.image.dataset).order_by("created_at", "id").first()
    if first is None:
        raise InvalidInput("This dataset has no defect type yet: make one first.", field="defect_type")
    return first.id


def revision_aside(
    *, image: Image, layers: Layers, author: User, verdict: str, evidence: Evidence
) -> MaskRevision:
    """Write the revision without making it the one that counts; `outcome_apply` may do that."""
    counting = image.current_revision
    inspection = evidence.task.inspection
    revision = revision_submit(
        image=image,
        layers=layers,
        author=author,
        tool=f"verdict:{verdict}",
        model_version_id=inspection.model_version_id if inspection else None,
        pixel_threshold=evidence.cut_at,
    )
    image.current_revision = counting
    image.save(update_fields=["current_revision", "updated_at"])
    return revision
