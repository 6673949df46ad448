"""Repair reports: what the generated images changed, asked for here and worked out by jobs."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from flawmark.accounts.models import User
from flawmark.core.errors import Conflict, InvalidInput
from flawmark.core.jobs import job_create
from flawmark.core.models import FINAL_JOB_STATES, JobState
from flawmark.datasets.models import DatasetVersion, Label, Split
from flawmark.datasets.services.versions import dataset_version_create
from flawmark.generation.models import GenerationRun, RepairReport
from flawmark.generation.selectors import pooled_images
from flawmark.generation.services.runs import generation_record
from flawmark.training.models import TrainingRun, Trigger
from flawmark.training.selectors import champion_of
from flawmark.training.services.hyperparameters import hyperparameters_check
from flawmark.training.services.runs import training_run_create

REPORT = "generation.report"
FALLBACK_DETECTOR = "patchcore"


@transaction.atomic
def repair_report_create(
    *,
    run: GenerationRun,
    actor: User,
    detector: str | None = None,
    hyperparameters: dict[str, Any] | None = None,
    seed: int | None = None,
) -> RepairReport:
    """Train twice from the present state, with and without the run's images, and compare afterwards.

    Detector, hyperparameters and seed are the champion's where they are not given. A training that was done
    before, of the same version with the same settings, is not repeated.

    Raises:
        InvalidInput: settings that do not fit.
        Conflict: no image of the run is in the pool, the test split lacks normals or defects, or a report of
            this run is being made.
    """
    locked = GenerationRun.objects.select_for_update(of=("self",)).select_related("dataset__team")
    run = locked.get(id=run.id)
    _check_idle(run)
    image_ids = list(pooled_images(run).values_list("id", flat=True))
    if not image_ids:
        raise Conflict("Approve candidates first: none of this run is in the pool.", code="nothing_approved")
    settled = _settings(run, detector, hyperparameters, seed)
    without, with_generated = (
        _training_run(_version(run, actor, left_out), settled, actor) for left_out in (image_ids, [])
    )
    report = RepairReport.objects.create(
        run=run,
        without=without,
        with_generated=with_generated,
        generated_images=len(image_ids),
        created_by=actor,
    )
    generation_record(run, actor, "report", {"report": str(report.id), "images": len(image_ids)})
    reports_advance()
    return report


def reports_advance() -> int:
    """Begin the comparison of every report whose two models are there; returns how many."""
    ready = RepairReport.objects.filter(
        job__isnull=True,
        without__model_version__isnull=False,
        with_generated__model_version__isnull=False,
    )
    return sum(_compare(report_id) for report_id in list(ready.values_list("id", flat=True)))


@transaction.atomic
def _compare(report_id: UUID) -> bool:
    rows = RepairReport.objects.select_for_update(of=("self",)).select_related("run__dataset")
    report = rows.get(id=report_id)
    if report.job_id is not None:
        return False
    report.job = job_create(
        team_id=report.run.dataset.team_id,
        kind=REPORT,
        queue=settings.TRAINING_QUEUE,
        title=f"Compare with and without generated normals on {report.run.dataset.name}",
        created_by_id=report.created_by_id,
        subject_type="repair_report",
        subject_id=report.id,
    )
    report.save(update_fields=["job", "updated_at"])
    return True


def _check_idle(run: GenerationRun) -> None:
    """Raises Conflict while an older report may still come to an end."""
    for report in RepairReport.objects.filter(run=run).select_related(
        "job", "without__job", "with_generated__job"
    ):
        jobs = [report.job] if report.job else [report.without.job, report.with_generated.job]
        failed = any(job.state in (JobState.FAILED, JobState.CANCELLED) for job in jobs)
        if not failed and (report.job is None or report.job.state not in FINAL_JOB_STATES):
            raise Conflict("A report of this run is being made.", code="report_running")


def _settings(
    run: GenerationRun, detector: str | None, hyperparameters: dict[str, Any] | None, seed: int | None
) -> dict[str, Any]:
    champion = champion_of(run.dataset)
    name = detector or (champion.detector if champion else FALLBACK_DETECTOR)
    given = hyperparameters
    if given is None:
        given = champion.hyperparameters if champion and champion.detector == name else {}
    chosen = seed if seed is not None else champion.seed if champion else 0
    return {"detector": name, "hyperparameters": hyperparameters_check(name, given), "seed": chosen}


def _version(run: GenerationRun, actor: User, left_out: Collection[UUID]) -> DatasetVersion:
    note = "Without the generated images of a run" if left_out else "With generated images"
    version = dataset_version_create(dataset=run.dataset, actor=actor, note=note, leaving_out=left_out)
    test = version.counts["label_by_split"][Split.TEST]
    if not test[Label.NORMAL] or not test[Label.DEFECTIVE]:
        raise Conflict(
            "The test split needs normal and defective images: a report measures on them.",
            code="no_test_images",
        )
    return version


def _training_run(version: DatasetVersion, settled: dict[str, Any], actor: User) -> TrainingRun:
    """The training of a version with these settings: one that is done or under way, else a new one."""
    same = TrainingRun.objects.filter(dataset_version=version, **settled)
    usable = same.exclude(job__state__in=[JobState.FAILED, JobState.CANCELLED]).order_by("-id").first()
    if usable is not None:
        return usable
    try:
        return training_run_create(
            dataset=version.dataset, dataset_version=version, actor=actor, trigger=Trigger.REPORT, **settled
        )
    except InvalidInput as error:
        if error.code == "no_normals":
            raise Conflict(error.detail, code="no_normals") from error
        raise
