"""Compare two models on the frozen test split: the difference of AUROC, with a paired bootstrap interval."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction

import detectors
from detectors.maps import FloatMap
from detectors.metrics.bootstrap import Interval, paired_bootstrap
from detectors.metrics.pixel_bootstrap import BoolMask, paired_pixel_bootstrap
from detectors.metrics.ranking import auroc
from flawmark.core.errors import Conflict
from flawmark.core.events import publish
from flawmark.core.jobs import JobRun
from flawmark.core.jobs.runtime import JobLost
from flawmark.core.models import JobState
from flawmark.generation.models import RepairReport
from flawmark.training.models import ModelVersion
from flawmark.training.services.artifacts import artifact_folder
from flawmark.training.services.compute import torch_threads_set
from flawmark.training.services.pool import PoolImage, pool_of
from flawmark.training.services.scored import scored_images

RESAMPLES = 2_000
CONFIDENCE = 0.95
SCORE_SHARE = 0.45


@dataclass(frozen=True)
class Judged:
    """One model's image scores and native maps of the test images, in their order."""

    image_scores: list[float]
    maps: list[FloatMap]


def repair_report_execute(run: JobRun) -> dict[str, Any]:
    """The work of a `generation.report` job. A report that has its figures is not worked out again."""
    rows = RepairReport.objects.select_related(
        "run__dataset", "without__dataset_version__dataset", "without__model_version__artifact",
        "with_generated__dataset_version__dataset", "with_generated__model_version__artifact",
    )  # fmt: skip
    report = rows.get(job_id=run.job.id)
    if report.figures:
        return {"report": str(report.id)}
    torch_threads_set(settings.TRAINING_THREADS)
    test = pool_of(report.without.dataset_version).test
    _check_same_test(report)
    without = _judged(report.without.model_version, test, run, 0.0)
    with_generated = _judged(report.with_generated.model_version, test, run, SCORE_SHARE)
    run.progress(2 * SCORE_SHARE, "Drawing resamples")
    figures = _figures(test, without, with_generated)
    with transaction.atomic():
        mine = RepairReport.objects.filter(
            id=report.id, job__attempt=run.job.attempt, job__state=JobState.RUNNING
        )
        if not mine.update(figures=figures):
            raise JobLost
        dataset = report.run.dataset
        data = {"id": dataset.id, "change": "generation", "run": report.run_id}
        publish(team_id=dataset.team_id, event="dataset", data=data)
    return {"report": str(report.id)}


def _check_same_test(report: RepairReport) -> None:
    """Two models can only be compared where they met the same test images and labels."""
    met = {
        training.model_version.metrics["test_split_sha256"]
        for training in (report.without, report.with_generated)
    }
    if len(met) != 1:
        raise Conflict("The two models were measured on different test splits.", code="other_test_split")


def _judged(model: ModelVersion, test: list[PoolImage], run: JobRun, start: float) -> Judged:
    """As trained: what a live bank learnt since then is no part of the comparison."""
    detector = detectors.load(artifact_folder(model))
    judged = Judged([], [])
    for number, one in enumerate(scored_images(detector, test), 1):
        judged.image_scores.append(one.image_score)
        judged.maps.append(one.score_map)
        done = start + SCORE_SHARE * number / len(test)
        run.progress(done, f"Model {model.number}: {number} of {len(test)} test images")
    return judged


def _figures(test: list[PoolImage], without: Judged, with_generated: Judged) -> dict[str, Any]:
    labels = [image.is_defective for image in test]

    def truth_of(number: int) -> tuple[BoolMask | None, BoolMask | None]:
        return test[number].defect_mask(), test[number].counted_pixels()

    image = paired_bootstrap(
        with_generated.image_scores,
        without.image_scores,
        labels,
        resamples=RESAMPLES,
        confidence=CONFIDENCE,
    )
    pixel = paired_pixel_bootstrap(
        with_generated.maps, without.maps, truth_of, labels, resamples=RESAMPLES, confidence=CONFIDENCE
    )
    return {
        "image_auroc": image
        and _compared(auroc(without.image_scores, labels), auroc(with_generated.image_scores, labels), image),
        "pixel_auroc": pixel and _compared(pixel.other_auroc, pixel.auroc, pixel.difference),
        "confidence": CONFIDENCE,
        "resamples": RESAMPLES,
        "test_normals": labels.count(False),
        "test_defectives": labels.count(True),
    }


def _compared(without: float | None, with_generated: float | None, difference: Interval) -> dict[str, Any]:
    """An interval that holds 0 shows no difference, whatever the difference itself is."""
    outcome = "better" if difference.low > 0 else "worse" if difference.high < 0 else "undecided"
    return {
        "without": without,
        "with_generated": with_generated,
        "difference": difference.value,
        "low": difference.low,
        "high": difference.high,
        "outcome": outcome,
    }
