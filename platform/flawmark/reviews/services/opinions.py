"""Second opinions: another person judges the same image without seeing the first verdict."""

import numpy as np

from flawmark.core.masks.tiles import Mask
from flawmark.datasets.models import MaskRevision
from flawmark.datasets.selectors.layers import IGNORE, defect_mask_of, revision_masks
from flawmark.inspections.models import Band
from flawmark.reviews.models import (
    Disagreement,
    OpinionRule,
    QueueSettings,
    Review,
    ReviewTask,
    TaskReason,
    Verdict,
)
from flawmark.reviews.selectors.queue import counted_reviews, queue_settings_of
from flawmark.reviews.services.choice import stable_chance
from flawmark.reviews.services.outcomes import LABEL_OF

# People draw the same scratch a pixel or two apart; that is not a disagreement.
TOLERANCE_PX = 2
MASKS_AGREE_FROM = 0.5
PRIORITY = 0.6
# After so many counted verdicts on a dataset a reviewer is not new to it any more.
NEW_REVIEWER_VERDICTS = 50


def opinion_request(*, review: Review) -> ReviewTask | None:
    """Ask somebody else to judge this image again: by a rule of the dataset, else by lot."""
    probability = opinion_probability(review, queue_settings_of(review.task.dataset))
    if stable_chance("second opinion", review.id) >= probability:
        return None
    return ReviewTask.objects.create(
        dataset=review.task.dataset,
        image=review.image,
        inspection=review.task.inspection,
        round=2,
        reason=TaskReason.SECOND_OPINION,
        sampling_probability=review.sampling_probability * probability,
        priority=PRIORITY,
        excluded_reviewer=review.reviewer,
    )


def opinion_probability(review: Review, settings: QueueSettings) -> float:
    """1 where a rule of the dataset applies, else the dataset's share."""
    rules = set(settings.second_opinion_always)
    applies = (
        (OpinionRule.AUDIT in rules and review.task.reason == TaskReason.AUDIT)
        or (OpinionRule.OVERRULES_MODEL in rules and _overrules_model(review))
        or (OpinionRule.NEW_REVIEWER in rules and _is_new(review))
    )
    return 1.0 if applies else settings.second_opinion_probability


def _overrules_model(review: Review) -> bool:
    band = review.task.inspection.band if review.task.inspection else None
    if review.verdict == Verdict.NORMAL:
        return band == Band.FAIL
    return band == Band.PASS


def _is_new(review: Review) -> bool:
    judged = counted_reviews().filter(reviewer=review.reviewer, image__dataset=review.task.dataset)
    return judged.count() <= NEW_REVIEWER_VERDICTS


def opinion_compare(*, review: Review) -> Disagreement | None:
    """Compare a second verdict with the first, and open a disagreement where they do not fit.

    The image stays as it is.
    """
    first = counted_reviews().filter(image=review.image, task__round=1).order_by("-id").first()
    if first is None:
        return None
    agreement = mask_agreement(first.mask_revision, review.mask_revision)
    same_label = LABEL_OF[first.verdict] == LABEL_OF[review.verdict]
    same_mask = agreement is None or agreement >= MASKS_AGREE_FROM
    review.compared_with, review.agrees, review.mask_agreement = first, same_label and same_mask, agreement
    review.save(update_fields=["compared_with", "agrees", "mask_agreement", "updated_at"])
    if review.agrees:
        return None
    cause = "mask" if same_label else "label"
    return Disagreement.objects.create(
        image=review.image, first=first, second=review, cause=cause, mask_agreement=agreement
    )


def mask_agreement(first: MaskRevision | None, second: MaskRevision | None) -> float | None:
    """F1 of two defect masks where a pixel counts as met within `TOLERANCE_PX`; None without two masks.

    Pixels that either person marked `ignore` do not count.
    """
    if first is None or second is None:
        return None
    image = first.image
    masks = [revision_masks(first), revision_masks(second)]
    a, b = (defect_mask_of(mask, height_px=image.height_px, width_px=image.width_px) for mask in masks)
    for mask in masks:
        if IGNORE in mask:
            a, b = a & ~mask[IGNORE], b & ~mask[IGNORE]
    return tolerant_f1(a, b)


def tolerant_f1(first: Mask, second: Mask) -> float:
    """Harmonic mean of "how much of one lies near the other", both ways. Two empty masks agree: 1."""
    from scipy.ndimage import binary_dilation  # large, and most web processes never need it

    if not first.any() and not second.any():
        return 1.0
    if not first.any() or not second.any():
        return 0.0
    near = np.ones((3, 3), np.bool_)
    met_first = (first & binary_dilation(second, near, TOLERANCE_PX)).sum() / first.sum()
    met_second = (second & binary_dilation(first, near, TOLERANCE_PX)).sum() / second.sum()
    total = met_first + met_second
    return float(2 * met_first * met_second / total) if total else 0.0
