"""Metrics on the frozen test split. What cannot be said (no defects, no masks) is None, never 0."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from detectors.maps import upsample
from detectors.metrics.bootstrap import bootstrap
from detectors.metrics.pixels import PixelMetrics
from detectors.metrics.ranking import average_precision, f1_max
from flawmark.training.services.pool import PoolImage
from flawmark.training.services.scored import Scored

RESAMPLES = 500


def evaluate(
    scored: Iterator[Scored], test: Sequence[PoolImage], report: Callable[[int], None]
) -> dict[str, Any]:
    """Metrics of the test images, which are scored and forgotten one after the other.

    Args:
        scored: the test images in order, each scored when it is asked for.
        test: the same images, for the split's hash and counts.
        report: called with the number of images done.
    """
    pixels, scores, labels, masked = PixelMetrics(), [], [], 0
    for number, one in enumerate(scored, 1):
        defective = one.image.is_defective
        scores.append(one.image_score)
        labels.append(defective)
        mask = one.image.defect_mask()
        if mask is not None:
            pixels.update(upsample(one.score_map, *mask.shape), mask, one.image.counted_pixels())
            masked += defective
        report(number)
    return _image_metrics(scores, labels) | _pixel_metrics(pixels, masked) | _counts(test, labels, masked)


def _image_metrics(scores: list[float], labels: list[bool]) -> dict[str, Any]:
    interval = bootstrap(scores, labels, resamples=RESAMPLES) if scores else None
    best = f1_max(scores, labels) if interval else None
    return {
        "image_auroc": interval and interval.value,
        "image_auroc_low": interval and interval.low,
        "image_auroc_high": interval and interval.high,
        "image_ap": average_precision(scores, labels) if interval else None,
        "image_f1_max": best and best.value,
    }


def _pixel_metrics(pixels: PixelMetrics, masked: int) -> dict[str, Any]:
    report = pixels.compute() if masked else None
    return {
        "pixel_auroc": report and report.auroc,
        "pixel_ap": report and report.average_precision,
        "aupro": report and report.aupro,
        "pixel_f1_max": report and report.f1 and report.f1.value,
    }


def _counts(test: Sequence[PoolImage], labels: list[bool], masked: int) -> dict[str, Any]:
    lines = sorted(f"{image.entry.sha256} {image.entry.label}" for image in test)
    return {
        "test_normals": labels.count(False),
        "test_defectives": labels.count(True),
        "test_masks": masked,
        # Two models are comparable where this is equal: they met the same test images and labels.
        "test_split_sha256": hashlib.sha256("\n".join(lines).encode()).hexdigest(),
    }
