"""Reads of training runs, models, thresholds and policies. Each one is asked within a team."""

from uuid import UUID

from django.db.models import QuerySet

from flawmark.accounts.models import Team
from flawmark.core.errors import NotFound
from flawmark.core.models import Blob, Job
from flawmark.datasets.models import Dataset, DatasetVersion
from flawmark.training.models import (
    ModelVersion,
    Promotion,
    RetrainingPolicy,
    Stage,
    ThresholdSet,
    TrainingRun,
)


def dataset_get(team: Team, dataset_id: UUID) -> Dataset:
    """Raises NotFound for a dataset of another team as well."""
    dataset = Dataset.objects.filter(team=team, id=dataset_id).first()
    if dataset is None:
        raise NotFound("There is no such dataset.", field="dataset")
    return dataset


def dataset_version_get(dataset: Dataset, version_id: UUID) -> DatasetVersion:
    version = DatasetVersion.objects.filter(dataset=dataset, id=version_id).first()
    if version is None:
        raise NotFound("This dataset has no such version.", field="dataset_version")
    return version


def training_runs_of(team: Team) -> QuerySet[TrainingRun]:
    return TrainingRun.objects.filter(dataset__team=team).select_related(
        "job", "dataset_version", "model_version", "created_by"
    )


def preview_picture_get(team: Team, job_id: UUID, *, kind: str) -> Blob:
    """The sheet that a preview's job has drawn. Raises NotFound before its end, and for other teams' jobs."""
    job = Job.objects.filter(team_id=team.id, kind=kind, id=job_id).first()
    picture = Blob.objects.filter(team_id=team.id, id=job.result.get("picture")).first() if job else None
    if picture is None:
        raise NotFound("There is no such preview, or it is not drawn yet.")
    return picture


def models_of(team: Team) -> QuerySet[ModelVersion]:
    return ModelVersion.objects.filter(dataset__team=team).select_related(
        "dataset", "dataset_version", "artifact", "run"
    )


def champion_of(dataset: Dataset) -> ModelVersion | None:
    return (
        ModelVersion.objects.filter(dataset=dataset, stage=Stage.CHAMPION).select_related("dataset").first()
    )


def thresholds_of(model_version: ModelVersion) -> ThresholdSet | None:
    """The thresholds that count now: the newest set."""
    return ThresholdSet.objects.filter(model_version=model_version).order_by("-id").first()


def threshold_history_of(model_version: ModelVersion) -> QuerySet[ThresholdSet]:
    return ThresholdSet.objects.filter(model_version=model_version).select_related("author").order_by("-id")


def promotions_of(team: Team) -> QuerySet[Promotion]:
    return Promotion.objects.filter(dataset__team=team).select_related("author", "model_version", "previous")


def policies_of(team: Team) -> QuerySet[RetrainingPolicy]:
    return RetrainingPolicy.objects.filter(dataset__team=team).select_related("dataset")
