"""Training runs: asked for by a person or a policy, carried out by a job."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from flawmark.accounts.models import User
from flawmark.accounts.services import audit_record
from flawmark.core.errors import InvalidInput
from flawmark.core.events import publish
from flawmark.core.ids import uuid7
from flawmark.core.jobs import job_cancel, job_create
from flawmark.datasets.models import Dataset, DatasetVersion
from flawmark.datasets.services.versions import dataset_version_create
from flawmark.training.models import RetrainingPolicy, TrainingRun, Trigger
from flawmark.training.services.hyperparameters import detector_title, hyperparameters_check
from flawmark.training.services.pool import pool_of

TRAIN = "training.train"
ONE_NORMAL = "Only one normal image: the detector cannot learn how much normal parts differ."
NO_VALIDATION = "No held-out normal images: every image will be `review` until there are some."
NO_TEST = "No test images: this model cannot be compared with others."


@transaction.atomic
def training_run_create(
    *,
    dataset: Dataset,
    detector: str,
    hyperparameters: dict[str, Any],
    seed: int = 0,
    dataset_version: DatasetVersion | None = None,
    actor: User | None,
    trigger: str = Trigger.PERSON,
    policy: RetrainingPolicy | None = None,
) -> TrainingRun:
    """Store a run and its job. Without a dataset version one is made of the present state.

    Raises:
        InvalidInput: an unknown detector, hyperparameters that do not fit, or no normal training images.
    """
    complete = hyperparameters_check(detector, hyperparameters)
    version = dataset_version or dataset_version_create(dataset=dataset, actor=actor, note="For training")
    warnings = _pool_warnings(version)
    run_id: UUID = uuid7()
    job = job_create(
        team_id=dataset.team_id,
        kind=TRAIN,
        queue=settings.TRAINING_QUEUE,
        title=f"Train {detector_title(detector)} on {dataset.name}",
        created_by_id=actor.id if actor else None,
        subject_type="training_run",
        subject_id=run_id,
    )
    run = TrainingRun.objects.create(
        id=run_id,
        dataset=dataset,
        dataset_version=version,
        detector=detector,
        hyperparameters=complete,
        seed=seed,
        trigger=trigger,
        policy=policy,
        job=job,
        warnings=warnings,
        created_by=actor,
    )
    audit_record(
        team=dataset.team,
        actor=actor,
        action="training_run.create",
        object_type="training_run",
        object_id=run.id,
        detail={"dataset": str(dataset.id), "detector": detector, "trigger": trigger},
    )
    publish(
        team_id=dataset.team_id,
        event="training",
        data={"kind": "run", "run": run.id, "dataset": dataset.id, "job": job.id},
    )
    return run


@transaction.atomic
def training_run_cancel(*, run: TrainingRun, actor: User) -> TrainingRun:
    """Ask the run to stop, within seconds. Raises Conflict when it has ended."""
    job_cancel(job=run.job)
    audit_record(
        team=run.dataset.team,
        actor=actor,
        action="training_run.cancel",
        object_type="training_run",
        object_id=run.id,
    )
    run.refresh_from_db()
    return run


def _pool_warnings(version: DatasetVersion) -> list[str]:
    """What should be known before it runs. Raises InvalidInput when nothing can be learnt at all."""
    pool = pool_of(version)
    normals = len(pool.train)
    if normals == 0:
        raise InvalidInput(
            "There are no normal images to train on: label some as normal and assign them to train.",
            field="dataset",
            code="no_normals",
        )
    cautions = [
        (normals == 1, ONE_NORMAL),
        (not pool.validation_normals, NO_VALIDATION),
        (not pool.test, NO_TEST),
    ]
    return [sentence for applies, sentence in cautions if applies]
