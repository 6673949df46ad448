"""Scoring everything that a model has not scored yet, in slices between which predictions are answered."""

import time
from typing import Any
from uuid import UUID

from django.db import transaction

from flawmark.core.jobs import JobPaused, JobRun, job_create
from flawmark.core.models import Job, JobState
from flawmark.datasets.models import Dataset, Image
from flawmark.inspections.models import Inspection
from flawmark.inspections.selectors import SCORE, images_to_score
from flawmark.inspections.services.bands import scored_announce
from flawmark.inspections.services.calibration import calibration_request
from flawmark.inspections.services.live import learns_live
from flawmark.inspections.services.scoring import images_score
from flawmark.inspections.services.suspicion import suspects_announce
from flawmark.training.models import ModelVersion

# A prediction waits for at most one slice.
SLICE_S = 0.5
BATCH = 4


@transaction.atomic
def scoring_request(*, model_version: ModelVersion) -> Job | None:
    """Ask for everything unscored to be scored, unless a job that has not begun yet will do it anyway."""
    # The dataset's lock keeps two askers from making two jobs.
    Dataset.objects.select_for_update().get(id=model_version.dataset_id)
    waiting = Job.objects.filter(kind=SCORE, subject_id=model_version.id, state=JobState.QUEUED)
    if waiting.exists() or not images_to_score(model_version).exists():
        return None
    return job_create(
        team_id=model_version.dataset.team_id,
        kind=SCORE,
        queue="score",
        title=f"Score images with model {model_version.number} of {model_version.dataset.name}",
        payload={"model_version": str(model_version.id), "refused": []},
        subject_type="model_version",
        subject_id=model_version.id,
    )


def scoring_execute(run: JobRun) -> dict[str, Any]:
    """One slice of an `inspections.score` job. What is scored is stored, so a lost slice costs only itself.

    Raises:
        JobPaused: there is more to score, after the predictions that wait.
    """
    models = ModelVersion.objects.select_related("dataset__team", "artifact", "dataset_version")
    model = models.get(id=run.payload["model_version"])
    refused: list[str] = run.payload.get("refused", [])
    until = time.monotonic() + SLICE_S
    while True:
        left = images_to_score(model).exclude(id__in=refused)
        batch = list(left.select_related("blob")[:BATCH])
        if not batch:
            calibration_request(dataset=model.dataset)
            _checkpoint(model)
            suspects_announce(model_version=model)
            return {"scored": _scored_count(model), "refused": refused}
        newly_refused = _score_batch(model, batch)
        if newly_refused:
            refused += [str(image_id) for image_id in newly_refused]
            Job.objects.filter(id=run.job.id, attempt=run.job.attempt).update(
                payload=run.payload | {"refused": refused}
            )
            run.log(f"{len(newly_refused)} images could not be read.")
        _report(run, model, left.count())
        if time.monotonic() >= until:
            raise JobPaused


def _score_batch(model: ModelVersion, batch: list[Image]) -> list[UUID]:
    inspections, refused = images_score(model_version=model, images=batch)
    with transaction.atomic():
        if inspections:
            scored_announce(model_version=model, image_ids=[row.image_id for row in inspections])
    return [image.id for image in refused]


def _checkpoint(model: ModelVersion) -> None:
    """What is followed now need not be searched for again by the next scorer."""
    if learns_live(model):
        from flawmark.inspections.services.live_models import LIVE  # only scorers need what it imports

        LIVE.get(model).checkpoint(at_once=True)


def _report(run: JobRun, model: ModelVersion, left: int) -> None:
    done = _scored_count(model)
    run.progress(done / max(done + left, 1), f"{done} of {done + left} images")


def _scored_count(model: ModelVersion) -> int:
    return Inspection.objects.filter(model_version=model, stale=False).count()
