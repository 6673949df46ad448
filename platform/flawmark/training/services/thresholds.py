"""T1, T2 and the pixel threshold: computed from held-out images, or set by a person with a reason.

The numbers come only from held-out normals (and labelled defects outside the test split); who collects
them, a fresh training or stored inspections, makes no difference here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction

from detectors.errors import InputError
from detectors.metrics.conformal import TooFewImagesError, capped_weights, conformal_threshold
from flawmark.accounts.models import User
from flawmark.accounts.services import audit_record
from flawmark.core.errors import InvalidInput
from flawmark.core.events import publish
from flawmark.training.models import ModelVersion, ThresholdSet
from flawmark.training.selectors import thresholds_of
from flawmark.training.signals import thresholds_changed

ALPHA_REVIEW = 0.05
ALPHA_FAIL = 0.01
CONFORMAL = "conformal"
BY_PERSON = "person"


@dataclass(frozen=True)
class HeldOut:
    """What held-out normals scored; the lists run in parallel.

    Attributes:
        scores: image scores.
        peaks: per image, the pixel score that at most one pixel in a thousand exceeds.
        weights: 1 / sampling probability.
        defect_pixel_threshold: the pixel threshold that best separates labelled defects, where there are any.
    """

    scores: Sequence[float] = ()
    peaks: Sequence[float] = ()
    weights: Sequence[float] = ()
    defect_pixel_threshold: float | None = None


@dataclass(frozen=True)
class Thresholds:
    """A computed set; `missing_normals` says how many more held-out normals the refused ones need."""

    t1: float | None
    t2: float | None
    pixel_threshold: float | None
    missing_normals: int
    method: str = field(default=CONFORMAL)


def thresholds_compute(
    held_out: HeldOut, *, alpha_review: float = ALPHA_REVIEW, alpha_fail: float = ALPHA_FAIL
) -> Thresholds:
    """T1 at `alpha_review`, T2 at `alpha_fail`, and the pixel threshold.

    A threshold that too few images support is None. The pixel threshold is then the largest peak of the
    normals there are: it only draws the first mask that a reviewer sees, so a provisional one beats none.
    """
    t1, missing_review = _conformal(held_out.scores, held_out.weights, alpha_review)
    t2, missing_fail = _conformal(held_out.scores, held_out.weights, alpha_fail)
    pixels, _ = _conformal(held_out.peaks, held_out.weights, alpha_review)
    if held_out.defect_pixel_threshold is not None:
        pixels = held_out.defect_pixel_threshold
    elif pixels is None and held_out.peaks:
        pixels = max(held_out.peaks)
    return Thresholds(t1, t2, pixels, max(missing_review, missing_fail))


def _conformal(scores: Sequence[float], weights: Sequence[float], alpha: float) -> tuple[float | None, int]:
    try:
        return conformal_threshold(scores, alpha, capped_weights(weights, alpha)), 0
    except TooFewImagesError as error:
        return None, error.missing_images
    except InputError as error:
        raise InvalidInput(str(error)) from error


@transaction.atomic
def threshold_set_store(
    *, model_version: ModelVersion, thresholds: Thresholds, calibration_normals: int, bank_revision: int = 0
) -> ThresholdSet:
    """Append a computed set, of scores as of a bank revision, unless the newest one says the same."""
    model_lock(model_version)
    newest = thresholds_of(model_version)
    if newest is not None and _says_the_same(newest, thresholds, calibration_normals):
        return newest
    row = ThresholdSet.objects.create(
        model_version=model_version,
        bank_revision=bank_revision,
        t1=thresholds.t1,
        t2=thresholds.t2,
        pixel_threshold=thresholds.pixel_threshold,
        missing_normals=thresholds.missing_normals,
        calibration_normals=calibration_normals,
        method=thresholds.method,
    )
    _announce(model_version, row)
    return row


@transaction.atomic
def thresholds_set_by_person(
    *,
    model_version: ModelVersion,
    t1: float,
    t2: float,
    pixel_threshold: float | None,
    reason: str,
    actor: User,
) -> ThresholdSet:
    """Set thresholds by hand; they hold until someone recalibrates. `pixel_threshold` None keeps it."""
    if not reason.strip():
        raise InvalidInput("Say why the thresholds change.", field="reason")
    if t1 > t2:
        raise InvalidInput("T1 must not lie above T2.", field="t1")
    model_lock(model_version)
    newest = thresholds_of(model_version)
    kept = newest.pixel_threshold if newest else None
    row = ThresholdSet.objects.create(
        model_version=model_version,
        t1=t1,
        t2=t2,
        pixel_threshold=kept if pixel_threshold is None else pixel_threshold,
        calibration_normals=newest.calibration_normals if newest else 0,
        method=BY_PERSON,
        author=actor,
        reason=reason.strip(),
    )
    audit_record(
        team=model_version.dataset.team,
        actor=actor,
        action="thresholds.set",
        object_type="model_version",
        object_id=model_version.id,
        detail={"t1": t1, "t2": t2, "pixel_threshold": row.pixel_threshold, "reason": row.reason},
    )
    _announce(model_version, row)
    return row


def model_lock(model_version: ModelVersion) -> None:
    """Hold a model until the transaction ends: no image gets its band while the thresholds change."""
    ModelVersion.objects.select_for_update(no_key=True).get(id=model_version.id)


def _says_the_same(newest: ThresholdSet, thresholds: Thresholds, calibration_normals: int) -> bool:
    return (newest.t1, newest.t2, newest.pixel_threshold, newest.calibration_normals, newest.method) == (
        thresholds.t1,
        thresholds.t2,
        thresholds.pixel_threshold,
        calibration_normals,
        thresholds.method,
    )


def _announce(model_version: ModelVersion, row: ThresholdSet) -> None:
    thresholds_changed.send(sender=ThresholdSet, model_version=model_version, threshold_set=row)
    publish(
        team_id=model_version.dataset.team_id,
        event="training",
        data={"kind": "thresholds", "model_version": model_version.id, "dataset": model_version.dataset_id},
    )
