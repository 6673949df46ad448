"""Train: read one dataset version, fit, measure, and register the model. Runs in a process of its own.

Only the version's manifest is read. The test split meets the detector after everything else is fixed:
neither the fit, nor the thresholds, nor the map scale ever sees it.
"""

import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

import detectors
from detectors.errors import DetectorError
from detectors.maps import QUANTISED_MAXIMUM, FloatMap, dequantise, quantise
from flawmark.core.errors import FlawmarkError, InvalidInput
from flawmark.core.jobs import JobRun
from flawmark.core.models import Blob
from flawmark.datasets.models import Dataset
from flawmark.training.models import ModelVersion, TrainingRun
from flawmark.training.selectors import champion_of
from flawmark.training.services.artifacts import artifact_store
from flawmark.training.services.compute import torch_threads_set
from flawmark.training.services.evaluation import Scored, evaluate
from flawmark.training.services.pixel_peaks import DefectPixels, largest, map_peak
from flawmark.training.services.pool import Pool, PoolImage, pool_of
from flawmark.training.services.registry import model_promote, next_model_number
from flawmark.training.services.thresholds import HeldOut, threshold_set_store, thresholds_compute
from flawmark.training.services.weights import calibration_weights
from flawmark.training.signals import model_trained

if TYPE_CHECKING:
    from detectors.base import Detector

MAX_ATTEMPTS = 5
# Room above the highest score of the images that the scale may look at; defects score higher than those.
HEADROOM = 8.0
# Where nothing is held out, some training images must do to find the scale.
TRAIN_SAMPLE = 16

FIT_SHARE, CALIBRATE_SHARE, EVALUATE_SHARE = 0.65, 0.75, 0.95


@dataclass(frozen=True)
class Calibrated:
    """What held-out images fixed before the test split is met."""

    map_scale: float
    map_height: int
    map_width: int
    held_out: HeldOut


def training_run_execute(run: JobRun) -> dict[str, Any]:
    """The work of a `training.train` job. A run that already has its model is not repeated."""
    training = TrainingRun.objects.select_related("dataset__team", "dataset_version").get(job_id=run.job.id)
    existing = ModelVersion.objects.filter(run=training).first()
    if existing is not None:
        return {"model_version": str(existing.id), "number": existing.number}
    if run.job.attempt > MAX_ATTEMPTS:
        raise FlawmarkError(
            f"The training process was killed {MAX_ATTEMPTS} times, most likely for lack of memory.",
            code="training_killed",
        )
    try:
        model = _train(run, training)
    except DetectorError as error:
        raise InvalidInput(str(error), code="detector_refused") from error
    return {"model_version": str(model.id), "number": model.number}


def _train(run: JobRun, training: TrainingRun) -> ModelVersion:
    pool = pool_of(training.dataset_version)
    torch_threads_set(settings.TRAINING_THREADS)
    detector = detectors.create(training.detector, **training.hyperparameters, seed=training.seed)
    timings = {"fit_seconds": _fit(run, detector, pool)}
    calibrated = _calibrate(
        detector, pool, _phase(run, FIT_SHARE, CALIBRATE_SHARE, "Scoring held-out images")
    )
    started = time.monotonic()
    metrics = evaluate(
        _scored(detector, pool.test),
        pool.test,
        _counting(
            _phase(run, CALIBRATE_SHARE, EVALUATE_SHARE, "Measuring on the test split"), len(pool.test)
        ),
    )
    if pool.test:
        timings["score_seconds_per_image"] = (time.monotonic() - started) / len(pool.test)
    run.progress(EVALUATE_SHARE, "Storing the model")
    with tempfile.TemporaryDirectory(prefix="flawmark-model-") as scratch:
        folder = Path(scratch) / "model"
        detector.save(folder)
        artifact = artifact_store(team_id=training.dataset.team_id, folder=folder)
    metrics |= timings | {
        "train_images": len(pool.train),
        "validation_normals": len(pool.validation_normals),
        "quantisation_error": calibrated.map_scale / 2,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    supports_live_bank = hasattr(detector, "bank")
    return _register(training, pool, calibrated, artifact, metrics, supports_live_bank=supports_live_bank)


def _fit(run: JobRun, detector: "Detector", pool: Pool) -> float:
    if not pool.train:
        raise InvalidInput("This dataset version has no normal training images.", code="no_normals")
    started = time.monotonic()
    detector.fit(
        _Lazy(pool.train, PoolImage.pixels),
        _Lazy(pool.train, PoolImage.excluded_pixels),
        progress=_phase(run, 0.0, FIT_SHARE, "Fitting"),
    )
    seconds = time.monotonic() - started
    run.log(f"Fitted {detector.name} on {len(pool.train)} images in {seconds:.1f} s.")
    return seconds


class _Lazy(Sequence[Any]):
    """What `read` gives for each image, made when it is asked for and forgotten at once."""

    def __init__(self, images: Sequence[PoolImage], read: Callable[[PoolImage], Any]) -> None:
        self._images, self._read = images, read

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: Any) -> Any:
        return self._read(self._images[index])


def _scored(detector: "Detector", images: Sequence[PoolImage]) -> Iterator[Scored]:
    results = detector.score_each(_Lazy(images, PoolImage.pixels), _Lazy(images, PoolImage.inspected_pixels))
    for image, cells in zip(images, results, strict=True):
        yield Scored(image, float(cells.image_score), cells.cells)


def _calibrate(detector: "Detector", pool: Pool, report: Callable[[float, str], None]) -> Calibrated:
    held_out = [*pool.validation_normals, *pool.labelled_defects]
    looked_at = held_out or pool.train[:TRAIN_SAMPLE]
    maps: list[FloatMap] = []
    scores: list[float] = []
    for number, scored in enumerate(_scored(detector, looked_at), 1):
        maps.append(scored.score_map)
        scores.append(scored.image_score)
        report(number / len(looked_at), "")
    scale = (largest(maps) * HEADROOM or 1.0) / QUANTISED_MAXIMUM
    stored = [dequantise(quantise(score_map, scale), scale) for score_map in maps]
    normals = len(pool.validation_normals)
    weights = calibration_weights(image.image_id for image in pool.validation_normals)
    defects = DefectPixels(scale)
    for image, score_map in zip(pool.labelled_defects, stored[normals:], strict=False):
        mask = image.defect_mask()
        if mask is not None:
            defects.update(score_map, mask, image.counted_pixels())
    calibration = HeldOut(
        scores=scores[:normals],
        peaks=[
            map_peak(score_map, *image.size_px)
            for image, score_map in zip(pool.validation_normals, stored[:normals], strict=True)
        ],
        weights=[weights.get(image.image_id, 1.0) for image in pool.validation_normals],
        defect_pixel_threshold=defects.threshold(),
    )
    return Calibrated(scale, maps[0].shape[0], maps[0].shape[1], calibration)


@transaction.atomic
def _register(
    training: TrainingRun,
    pool: Pool,
    calibrated: Calibrated,
    artifact: Blob,
    metrics: dict[str, Any],
    *,
    supports_live_bank: bool,
) -> ModelVersion:
    """Model, thresholds and, for the dataset's first model, its promotion: all of them or none."""
    dataset = Dataset.objects.select_for_update().get(id=training.dataset_id)
    model = ModelVersion.objects.create(
        dataset=dataset,
        number=next_model_number(dataset),
        run=training,
        detector=training.detector,
        hyperparameters=training.hyperparameters,
        seed=training.seed,
        dataset_version=training.dataset_version,
        artifact=artifact,
        artifact_sha256=artifact.sha256,
        map_height=calibrated.map_height,
        map_width=calibrated.map_width,
        map_scale=calibrated.map_scale,
        supports_live_bank=supports_live_bank,
        region_of_interest=pool.region_of_interest,
        metrics=metrics,
    )
    threshold_set_store(
        model_version=model,
        thresholds=thresholds_compute(calibrated.held_out),
        calibration_normals=len(calibrated.held_out.scores),
    )
    transaction.on_commit(lambda: model_trained.send(sender=ModelVersion, model_version=model))
    if champion_of(dataset) is None:
        model_promote(model_version=model, actor=training.created_by, reason="First model of the dataset")
    return model


def _phase(run: JobRun, start: float, end: float, title: str) -> Callable[[float, str], None]:
    def report(fraction: float, message: str) -> None:
        text = f"{title}: {message}" if message else title
        run.progress(start + (end - start) * min(max(fraction, 0.0), 1.0), text)

    return report


def _counting(report: Callable[[float, str], None], total: int) -> Callable[[int], None]:
    return lambda done: report(done / max(total, 1), f"{done} of {total}")
