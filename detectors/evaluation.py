"""Measuring a detector on categories in the MVTec AD layout: quality, time and memory."""

import platform
import resource
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from detectors.base import CellScores, Detector
from detectors.folders import Category, ImageFiles
from detectors.images import image_info
from detectors.maps import upsample
from detectors.metrics.bootstrap import bootstrap
from detectors.metrics.pixels import PixelMetrics
from detectors.metrics.ranking import auroc, average_precision, f1_max
from detectors.outputs import ProgressLine

MEAN_OF = (
    "image_auroc",
    "pixel_auroc",
    "aupro",
    "f1_max",
    "fit_seconds",
    "score_seconds_per_image",
    "peak_rss_mb",
)


def evaluate(
    categories: Sequence[Category],
    create: Callable[[], Detector],
    maps: Path | None = None,
    maps_shown_as: Path | None = None,
) -> dict[str, Any]:
    """Fit and score each category; no test image is decoded before `fit` has ended.

    Args:
        categories: with train and test images.
        create: makes an unfitted detector.
        maps: a folder for `<category>/<n>.npy`, float32 at the image's own size; None: not kept.
        maps_shown_as: the folder's name in the report.

    Returns:
        `{"categories": [...], "mean": {...}}`; metrics are None where undefined. `f1_max` is the pixels'.
    """
    entries = []
    for category in categories:
        folder = None if maps is None else maps / category.name
        shown = None if maps_shown_as is None else maps_shown_as / category.name
        entries.append(_evaluate_category(category, create(), folder, shown))
    return {"categories": entries, "mean": {key: _mean([entry[key] for entry in entries]) for key in MEAN_OF}}


def _evaluate_category(
    category: Category, detector: Detector, maps: Path | None, maps_shown_as: Path | None
) -> dict[str, Any]:
    _reset_peak_memory()
    start_s = time.perf_counter()
    with ProgressLine(f"{category.name}: fit") as progress:
        detector.fit(ImageFiles(category.train), progress=progress)
    fitted_s = time.perf_counter()
    with ProgressLine(f"{category.name}: score") as progress:
        results = []
        images = ImageFiles([image.path for image in category.test])
        for result in detector.score_each(images):
            results.append(result)
            progress(len(results) / len(images), f"{len(results)} of {len(images)}")
    scored_s = time.perf_counter()
    return {
        "category": category.name,
        **_image_metrics(category, results),
        **_pixel_metrics(category, results, maps),
        "fit_seconds": round(fitted_s - start_s, 3),
        "score_seconds_per_image": round((scored_s - fitted_s) / len(results), 5),
        "peak_rss_mb": round(_peak_memory_mb(), 1),
        "train_images": len(category.train),
        "test_images": len(category.test),
        "device": detector.device_name,
        "hyperparameters": detector.hyperparameters.to_dict(),
        "seed": detector.hyperparameters.to_dict().get("seed"),
        "training": detector.training_report.to_dict() if detector.training_report else None,
        "images": _image_entries(category, results, maps_shown_as),
    }


def _image_metrics(category: Category, results: Sequence[CellScores]) -> dict[str, Any]:
    scores = np.array([result.image_score for result in results], dtype=np.float32)
    labels = np.array([image.is_defective for image in category.test])
    best, interval = f1_max(scores, labels), bootstrap(scores, labels)
    return {
        "image_auroc": auroc(scores, labels),
        "image_auroc_interval": [interval.low, interval.high] if interval else None,
        "image_average_precision": average_precision(scores, labels),
        "image_f1_max": best.value if best else None,
    }


def _pixel_metrics(
    category: Category, results: Sequence[CellScores], maps: Path | None
) -> dict[str, float | None]:
    """At each image's own size; None for all where any defective image has no mask."""
    measured = PixelMetrics() if category.has_all_masks else None
    if maps is not None:
        maps.mkdir(parents=True)
    for number, (image, result) in enumerate(zip(category.test, results, strict=True)):
        if measured is None and maps is None:
            break
        info = image_info(image.path)
        score_map = upsample(result.cells, info.height_px, info.width_px)
        if maps is not None:
            np.save(maps / f"{number}.npy", score_map)
        mask = image.read_mask(info.height_px, info.width_px)
        if measured is not None and mask is not None:
            measured.update(score_map, mask)
    if measured is None:
        return {"pixel_auroc": None, "aupro": None, "f1_max": None, "pixel_average_precision": None}
    report = measured.compute()
    return {
        "pixel_auroc": report.auroc,
        "aupro": report.aupro,
        "f1_max": report.f1.value if report.f1 else None,
        "pixel_average_precision": report.average_precision,
    }


def _image_entries(
    category: Category, results: Sequence[CellScores], maps_shown_as: Path | None
) -> list[dict[str, Any]]:
    return [
        {
            "path": str(image.path),
            "kind": image.kind,
            "image_score": result.image_score,
            "map": None if maps_shown_as is None else str(maps_shown_as / f"{number}.npy"),
        }
        for number, (image, result) in enumerate(zip(category.test, results, strict=True))
    ]


def _mean(values: Sequence[float | None]) -> float | None:
    """The unweighted mean over the categories that have the value."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _reset_peak_memory() -> None:
    """Let the peak start anew for this category, where the system can (Linux)."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def _peak_memory_mb() -> float:
    try:
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except (OSError, IndexError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1024 * 1024 if platform.system() == "Darwin" else 1024)
