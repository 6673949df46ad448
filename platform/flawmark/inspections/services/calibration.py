"""Thresholds from stored inspections: whenever the held-out images change, without scoring anything again."""

from celery import current_app
from django.core.cache import cache
from django.db import transaction

from flawmark.core.masks.tiles import Mask
from flawmark.datasets.models import Dataset
from flawmark.inspections.models import Inspection
from flawmark.inspections.selectors import (
    bank_revision_of,
    calibration_defects,
    calibration_normals,
    is_calibration_partial,
)
from flawmark.inspections.services.maps import map_scores
from flawmark.training.models import ModelVersion, ThresholdSet
from flawmark.training.selectors import champion_of, thresholds_of
from flawmark.training.services.pixel_peaks import DefectPixels
from flawmark.training.services.pool import defects_taught_to, revision_defects_and_counted
from flawmark.training.services.regions import region_mask
from flawmark.training.services.thresholds import (
    BY_PERSON,
    HeldOut,
    threshold_set_store,
    thresholds_compute,
)
from flawmark.training.services.weights import calibration_weights

RECALIBRATE = "inspections.recalibrate"
# Verdicts come in bursts: what arrives within this time is calibrated in one go.
SETTLE_S = 2


def calibration_request(*, dataset: Dataset) -> None:
    """Say that held-out images changed: the champion's thresholds follow within seconds, after the commit."""

    def send() -> None:
        champion = champion_of(dataset)
        if champion is not None and cache.add(f"recalibrate:{champion.id}", 1, timeout=SETTLE_S):
            current_app.send_task(
                RECALIBRATE, args=[str(champion.id)], queue="io", countdown=SETTLE_S, retry=False
            )

    transaction.on_commit(send, robust=True)


def thresholds_recalibrate(
    *, model_version: ModelVersion, replace_person: bool = False, keep_pixel_threshold: bool = False
) -> ThresholdSet | None:
    """Compute the thresholds anew from stored inspections of held-out images.

    Returns the set that counts now. One set by a person stays unless `replace_person` says otherwise.
    With `keep_pixel_threshold` no mask is read, and the pixel threshold stays as it is.
    """
    newest = thresholds_of(model_version)
    if newest is not None and newest.method == BY_PERSON and not replace_person:
        return newest
    if newest is not None and is_calibration_partial(model_version):
        return newest  # the end of the scoring asks again
    kept = newest.pixel_threshold if newest is not None and keep_pixel_threshold else None
    held_out = held_out_of(model_version, pixel_threshold=kept)
    return threshold_set_store(
        model_version=model_version,
        thresholds=thresholds_compute(held_out),
        calibration_normals=len(held_out.scores),
        bank_revision=bank_revision_of(model_version),
    )


def held_out_of(model_version: ModelVersion, *, pixel_threshold: float | None = None) -> HeldOut:
    """What the model said of the held-out images, with their weights; a given pixel threshold is taken."""
    rows = list(
        calibration_normals(model_version).order_by("id").values_list("image_id", "image_score", "map_peak")
    )
    weights = calibration_weights(image_id for image_id, _, _ in rows)
    return HeldOut(
        scores=[score for _, score, _ in rows],
        peaks=[peak for _, _, peak in rows],
        weights=[weights.get(image_id, 1.0) for image_id, _, _ in rows],
        defect_pixel_threshold=(
            _defect_threshold(model_version) if pixel_threshold is None else pixel_threshold
        ),
    )


def _defect_threshold(model_version: ModelVersion) -> float | None:
    pixels = DefectPixels(model_version.map_scale)
    taught = defects_taught_to(model_version)
    for inspection in calibration_defects(model_version).exclude(image_id__in=taught):
        inspection.model_version = model_version
        mask, counted = _masks(inspection)
        if mask is not None:
            pixels.update(map_scores(inspection), mask, counted)
    return pixels.threshold()


def _masks(inspection: Inspection) -> tuple[Mask | None, Mask | None]:
    image = inspection.image
    inspected = region_mask(inspection.model_version.region_of_interest, image.height_px, image.width_px)
    if image.current_revision is None:
        return None, None
    return revision_defects_and_counted(image.current_revision, inspected)
