"""Second opinions: another person judges the same image without seeing the first verdict."""

import numpy as np

from flawmark.core.masks.tiles import Mask
from flawmark.datasets.models import MaskRevision
from flawmark.datasets.selectors.layers import IGNORE, defect_mask_of, revision_masks
from flawmark.reviews.models import Disagreement, Review, ReviewTask, TaskReason
from flawmark.reviews.selectors import counted_reviews, queue_settings_of
from flawmark.reviews.services.choice import stable_chance
from flawmark.reviews.services.outcomes import LABEL_OF

# People draw the same scratch a pixel or two apart; that is not a disagreement.
TOLERANCE_PX = 2
MASKS_AGREE_FROM = 0.5
PRIORITY = 0.6


def opinion_request(*, review: Review) -> ReviewTask | None:
    """Draw by lot, with the dataset's probability, whether somebody else judges this image again."""
    probability = queue_settings_of(review.task.dataset).second_opinion_probability
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


def opinion_compare(*, review: Review) -> Disagreement | None:
    """Open a disagreement where the second verdict does not fit the first; the image stays as it is."""
    first = counted_reviews().filter(image=review.image, task__round=1).order_by("-id").first()
    if first is None:
        return None
    agreement = mask_agreement(first.mask_revision, review.mask_revision)
    if LABEL_OF[first.verdict] != LABEL_OF[review.verdict]:
        cause = "label"
    elif agreement is not None and agreement < MASKS_AGREE_FROM:
        cause = "mask"
    else:
        return None
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
