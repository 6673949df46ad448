"""How the pixels of reviewed images spread over scores, binned so that the browser can cut them anywhere."""

from dataclasses import dataclass
from itertools import chain

import numpy as np
from django.core.cache import cache
from django.db.models import Max, QuerySet
from numpy.typing import NDArray

from detectors.maps import FloatMap, upsample
from detectors.metrics.overlap import region_weights
from flawmark.core.masks.tiles import Mask
from flawmark.datasets.models import Label
from flawmark.inspections.models import Inspection
from flawmark.inspections.selectors import bank_revision_of
from flawmark.inspections.services.maps import map_scores
from flawmark.reviews.selectors.reviewed_scores import judged_inspections
from flawmark.training.models import ModelVersion
from flawmark.training.services.pixel_peaks import nearest
from flawmark.training.services.pool import revision_defects_and_counted
from flawmark.training.services.regions import region_mask
from flawmark.training.services.weights import calibration_weights

BINS = 256
# So many images of each label are measured, the newest: the answer must come while somebody waits.
MOST_IMAGES = 100
LONGEST_SIDE_PX = 256
KEPT_S = 3600


@dataclass(frozen=True)
class PixelCounts:
    """One image's pixels by score; bin b holds scores from b × top / BINS.

    Attributes:
        image_score: of the model.
        weight: 1 / the probability with which it was picked.
        regions: 8-connected defect regions that have a pixel which counts.
        defect: (BINS,) defect pixels.
        normal: (BINS,) normal pixels.
        overlap: (BINS,) shares of regions; they sum to `regions`.
    """

    image_score: float
    weight: float
    regions: float
    defect: list[int]
    normal: list[int]
    overlap: list[float]


@dataclass(frozen=True)
class PixelCurves:
    """`top`: the score at the end of the last bin; `images`: what was measured."""

    top: float
    images: list[PixelCounts]


def pixel_curves_of(model_version: ModelVersion) -> PixelCurves:
    """The newest reviewed images with a mask, and the newest normal ones; kept until something changes."""
    rows = judged_inspections(model_version)
    newest = rows.aggregate(changed=Max("image__updated_at"), scored=Max("updated_at"))
    parts = [model_version.id, bank_revision_of(model_version), rows.count(), *newest.values()]
    key = "pixel-curves:" + ":".join(str(part).replace(" ", "_") for part in parts)
    found: PixelCurves | None = cache.get(key)
    if found is None:
        found = _measure(model_version, rows)
        cache.set(key, found, KEPT_S)
    return found


def _measure(model_version: ModelVersion, rows: QuerySet[Inspection]) -> PixelCurves:
    scored = rows.select_related("image__current_revision", "score_map")
    masked = scored.filter(image__label=Label.DEFECTIVE, image__current_revision__isnull=False)
    normal = scored.filter(image__label=Label.NORMAL)
    chosen = list(
        chain(masked.order_by("-image_id")[:MOST_IMAGES], normal.order_by("-image_id")[:MOST_IMAGES])
    )
    for inspection in chosen:
        inspection.model_version = model_version
    maps = [map_scores(inspection) for inspection in chosen]
    top = max((float(cells.max(initial=0.0)) for cells in maps), default=0.0) * (1 + 1e-6) or 1.0
    weights = calibration_weights(inspection.image_id for inspection in chosen)
    return PixelCurves(
        top,
        [
            _counts(inspection, cells, top, weights.get(inspection.image_id, 1.0))
            for inspection, cells in zip(chosen, maps, strict=True)
        ],
    )


def _counts(inspection: Inspection, cells: FloatMap, top: float, weight: float) -> PixelCounts:
    truth, counted = _truth(inspection)
    size = _measured_size_px(*truth.shape)
    truth, counted = nearest(truth, size), nearest(counted, size)
    bins = np.minimum((upsample(cells, *size) * (BINS / top)).astype(np.int64), BINS - 1)
    shares = region_weights(truth, counted)
    overlap = np.bincount(bins[truth & counted], weights=shares, minlength=BINS)
    return PixelCounts(
        image_score=inspection.image_score,
        weight=weight,
        regions=float(shares.sum()),
        defect=_histogram(bins[truth & counted]),
        normal=_histogram(bins[~truth & counted]),
        overlap=[round(float(share), 6) for share in overlap],
    )


def _histogram(bins: NDArray[np.int64]) -> list[int]:
    counts: list[int] = np.bincount(bins, minlength=BINS).tolist()
    return counts


def _truth(inspection: Inspection) -> tuple[Mask, Mask]:
    """The (H, W) defect mask, and the pixels that count: inspected and not ignored."""
    image = inspection.image
    shape = (image.height_px, image.width_px)
    inspected = region_mask(inspection.model_version.region_of_interest, *shape)
    defects, counted = None, inspected
    if image.current_revision is not None:
        defects, counted = revision_defects_and_counted(image.current_revision, inspected)
    nothing, everything = np.zeros(shape, np.bool_), np.ones(shape, np.bool_)
    return (
        nothing if defects is None or image.label == Label.NORMAL else defects,
        everything if counted is None else counted,
    )


def _measured_size_px(height_px: int, width_px: int) -> tuple[int, int]:
    shrink = min(1.0, LONGEST_SIDE_PX / max(height_px, width_px))
    return max(1, round(height_px * shrink)), max(1, round(width_px * shrink))
