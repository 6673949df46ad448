"""A fitted and measured detector becomes a model version."""

from typing import Any

from django.db import transaction

from flawmark.core.models import Blob
from flawmark.datasets.models import Dataset
from flawmark.training.models import ModelVersion, TrainingRun, Trigger
from flawmark.training.selectors import champion_of
from flawmark.training.services.calibrating import Calibrated
from flawmark.training.services.pool import Pool
from flawmark.training.services.registry import model_promote, next_model_number
from flawmark.training.services.thresholds import threshold_set_store, thresholds_compute
from flawmark.training.signals import model_trained


@transaction.atomic
def model_register(
    training: TrainingRun,
    pool: Pool,
    calibrated: Calibrated,
    artifact: Blob,
    metrics: dict[str, Any],
    *,
    supports_live_bank: bool,
) -> ModelVersion:
    """Model, thresholds and, for the dataset's first model, its promotion: all of them or none.

    Models of a report are measured, and never promoted by themselves.
    """
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
    if champion_of(dataset) is None and training.trigger != Trigger.REPORT:
        model_promote(model_version=model, actor=training.created_by, reason="First model of the dataset")
    return model
