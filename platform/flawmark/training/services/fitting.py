"""Train: read one dataset version, fit, measure, and register the model. Runs in a process of its own.

Only the version's manifest is read. The test split meets the detector after everything else is fixed:
neither the fit, nor the thresholds, nor the map scale ever sees it.
"""

import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

import detectors
from flawmark.core.errors import InvalidInput
from flawmark.core.jobs import JobRun
from flawmark.training.models import ModelVersion, TrainingRun
from flawmark.training.services.artifacts import artifact_store
from flawmark.training.services.calibrating import calibrate
from flawmark.training.services.checkpoints import checkpoints_kept, checkpoints_of
from flawmark.training.services.compute import torch_threads_set
from flawmark.training.services.evaluation import evaluate
from flawmark.training.services.pool import Pool, PoolImage, pool_of
from flawmark.training.services.registration import model_register
from flawmark.training.services.scored import Lazy, scored_images
from flawmark.training.services.watching import RunWatcher

if TYPE_CHECKING:
    from detectors.base import Detector

FIT_SHARE, CALIBRATE_SHARE, EVALUATE_SHARE = 0.65, 0.75, 0.95


def training_run_execute(run: JobRun) -> dict[str, Any]:
    """The work of a `training.train` job. A run that already has its model is not repeated."""
    training = TrainingRun.objects.select_related("dataset__team", "dataset_version").get(job_id=run.job.id)
    existing = ModelVersion.objects.filter(run=training).first()
    if existing is not None:
        return {"model_version": str(existing.id), "number": existing.number}
    with checkpoints_kept(training, refused="detector_refused"):
        model = _train(run, training)
    return {"model_version": str(model.id), "number": model.number}


def _train(run: JobRun, training: TrainingRun) -> ModelVersion:
    pool = pool_of(training.dataset_version)
    torch_threads_set(settings.TRAINING_THREADS)
    detector = detectors.create(training.detector, **training.hyperparameters, seed=training.seed)
    timings = {"fit_seconds": _fit(run, training, detector, pool)}
    calibrated = calibrate(detector, pool, _phase(run, FIT_SHARE, CALIBRATE_SHARE, "Scoring held-out images"))
    started = time.monotonic()
    metrics = evaluate(
        scored_images(detector, pool.test),
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
        "training": detector.training_report.to_dict() if detector.training_report else None,
        "train_images": len(pool.train),
        "validation_normals": len(pool.validation_normals),
        "quantisation_error": calibrated.map_scale / 2,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    from detectors.memory.learner import LearnsLive  # only processes that compute need what it imports

    supports_live_bank = isinstance(detector, LearnsLive)
    return model_register(
        training, pool, calibrated, artifact, metrics, supports_live_bank=supports_live_bank
    )


def _fit(run: JobRun, training: TrainingRun, detector: "Detector", pool: Pool) -> float:
    if not pool.train:
        raise InvalidInput("This dataset version has no normal training images.", code="no_normals")
    started = time.monotonic()
    watcher = RunWatcher(training, run)
    detector.fit(
        Lazy(pool.train, PoolImage.pixels),
        Lazy(pool.train, PoolImage.excluded_pixels),
        progress=_phase(run, 0.0, FIT_SHARE, "Fitting"),
        watcher=watcher,
        checkpoints=checkpoints_of(training),
        defects=Lazy(pool.marked_defects, PoolImage.marked_defect),
    )
    seconds = time.monotonic() - started
    watcher.write()
    run.log(f"Fitted {detector.name} on {len(pool.train)} images in {seconds:.1f} s.")
    if detector.training_report:
        run.log(detector.training_report.sentence())
    return seconds


def _phase(run: JobRun, start: float, end: float, title: str) -> Callable[[float, str], None]:
    def report(fraction: float, message: str) -> None:
        text = f"{title}: {message}" if message else title
        run.progress(start + (end - start) * min(max(fraction, 0.0), 1.0), text)

    return report


def _counting(report: Callable[[float, str], None], total: int) -> Callable[[int], None]:
    return lambda done: report(done / max(total, 1), f"{done} of {total}")
