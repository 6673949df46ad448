"""Bands: `pass` < T1 ≤ `review` < T2 ≤ `fail`."""

from collections.abc import Iterator, Sequence
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Case, Value, When

from flawmark.core.events import publish
from flawmark.inspections.models import Band, Inspection
from flawmark.inspections.signals import images_scored
from flawmark.training.models import ModelVersion, ThresholdSet

# People see the queue change slice by slice, the front of it first.
ANNOUNCED_TOGETHER = 200
EVENT_IMAGES = 50


def band_of(image_score: float, thresholds: ThresholdSet | None) -> Band:
    """Without a threshold nothing passes and nothing fails: a person decides."""
    if thresholds is None:
        return Band.REVIEW
    if thresholds.t2 is not None and image_score >= thresholds.t2:
        return Band.FAIL
    if thresholds.t1 is not None and image_score < thresholds.t1:
        return Band.PASS
    return Band.REVIEW


@transaction.atomic
def bands_refresh(
    *, model_version: ModelVersion, thresholds: ThresholdSet, announce: bool = True
) -> list[UUID]:
    """Give every inspection of the model its band under these thresholds; returns the images that changed."""
    rules = []
    if thresholds.t2 is not None:
        rules.append(When(image_score__gte=thresholds.t2, then=Value(Band.FAIL)))
    if thresholds.t1 is not None:
        rules.append(When(image_score__lt=thresholds.t1, then=Value(Band.PASS)))
    rows = Inspection.objects.filter(model_version=model_version)
    wanted = Case(*rules, default=Value(Band.REVIEW))
    changed = list(rows.exclude(band=wanted).values_list("image_id", flat=True))
    rows.filter(image_id__in=changed).update(band=wanted)
    if changed and announce:
        scored_announce(model_version=model_version, image_ids=changed)
    return changed


def scored_announce(*, model_version: ModelVersion, image_ids: Sequence[UUID]) -> None:
    """Tell the queue and then the team's browsers, after the commit, slice by slice in the order given."""

    def tell(some: Sequence[UUID]) -> None:
        images_scored.send(sender=Inspection, model_version=model_version, image_ids=list(some))
        publish(
            team_id=model_version.dataset.team_id,
            event="inspection",
            data={
                "dataset": model_version.dataset_id,
                "model_version": model_version.id,
                "count": len(some),
                "images": list(some)[:EVENT_IMAGES],
            },
        )

    for some in batched(image_ids, ANNOUNCED_TOGETHER):
        transaction.on_commit(partial(tell, some))


def batched(image_ids: Sequence[UUID], size: int) -> Iterator[Sequence[UUID]]:
    """Consecutive slices of at most `size`."""
    return (image_ids[start : start + size] for start in range(0, len(image_ids), size))
