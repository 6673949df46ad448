"""Reads of inspections, each within a team or a model."""

from collections.abc import Collection
from uuid import UUID

import numpy as np
from django.db.models import Exists, Max, OuterRef, QuerySet
from numpy.typing import NDArray

from flawmark.accounts.models import Team
from flawmark.core.errors import Conflict, NotFound
from flawmark.core.models import FINAL_JOB_STATES, Job
from flawmark.datasets.models import Image, Label, Origin, Split
from flawmark.inspections.models import BankRevision, ImageEmbedding, Inspection
from flawmark.training.models import ModelVersion
from flawmark.training.selectors import champion_of, dataset_get, models_of

# The job that scores what a model has not scored yet.
SCORE = "inspections.score"


def inspections_of(team: Team) -> QuerySet[Inspection]:
    return Inspection.objects.filter(image__dataset__team=team).select_related("image", "model_version")


def images_to_score(model_version: ModelVersion) -> QuerySet[Image]:
    """Images of the model's dataset that it has not scored yet, unreviewed ones first.

    Its training images are left out: a memory of normal patches finds them at distance 0, which says nothing.
    """
    scored = Inspection.objects.filter(model_version=model_version, image=OuterRef("id"), stale=False)
    return (
        Image.objects.filter(dataset_id=model_version.dataset_id, quarantined_at__isnull=True)
        .exclude(split=Split.TRAIN, label=Label.NORMAL)
        .filter(~Exists(scored))
        .order_by("-label", "id")  # unlabelled, normal, defective
    )


def is_calibration_partial(model_version: ModelVersion) -> bool:
    """Are held-out normals still to be scored? Thresholds from the few that are would be far off."""
    scoring = Job.objects.filter(kind=SCORE, subject_id=model_version.id).exclude(state__in=FINAL_JOB_STATES)
    held_out = images_to_score(model_version).filter(label=Label.NORMAL, split=Split.VALIDATION)
    return scoring.exists() and held_out.exists()


def bank_revisions_of(team: Team) -> QuerySet[BankRevision]:
    rows = BankRevision.objects.filter(model_version__dataset__team=team)
    return rows.select_related("model_version__dataset__team", "source_image", "author").order_by("-id")


def bank_revision_of(model_version: ModelVersion) -> int:
    """The newest visible live change of the model's bank; 0 as it was trained."""
    visible = BankRevision.objects.filter(model_version=model_version, visible_at__isnull=False, held=False)
    return visible.aggregate(newest=Max("sequence"))["newest"] or 0


def calibration_normals(model_version: ModelVersion) -> QuerySet[Inspection]:
    """Inspections of the held-out normals: validation, never test."""
    return Inspection.objects.filter(
        model_version=model_version,
        stale=False,
        image__label=Label.NORMAL,
        image__split=Split.VALIDATION,
        image__quarantined_at__isnull=True,
    )


def calibration_defects(model_version: ModelVersion) -> QuerySet[Inspection]:
    """Inspections of real labelled defects that have a mask, never of the test split."""
    return (
        Inspection.objects.filter(
            model_version=model_version,
            stale=False,
            image__label=Label.DEFECTIVE,
            image__current_revision__isnull=False,
            image__quarantined_at__isnull=True,
        )
        .exclude(image__split=Split.TEST)
        .exclude(image__origin=Origin.GENERATED)
        .select_related("image__current_revision", "score_map")
    )


def image_vectors(image_ids: Collection[UUID]) -> dict[UUID, NDArray[np.float32]]:
    """What these images look like, as comparable vectors of length 1; images without one are absent.

    Where the recipe changed, only the vectors of the newest one are comparable, and only they are given.
    """
    rows = list(ImageEmbedding.objects.filter(image_id__in=image_ids).order_by("id"))
    return {
        row.image_id: np.frombuffer(row.vector, "<f2").astype(np.float32)
        for row in rows
        if row.recipe == rows[-1].recipe
    }


def serving_model(team: Team, *, dataset_id: UUID | None, model_id: UUID | None) -> ModelVersion:
    """The model that answers a prediction: the named one, else the dataset's champion.

    Raises:
        NotFound: no such dataset or model in this team.
        Conflict: the dataset has no champion yet.
    """
    if model_id is not None:
        model = models_of(team).filter(id=model_id).first()
        if model is None:
            raise NotFound("There is no such model.", field="model")
        return model
    if dataset_id is None:
        raise NotFound("Name a dataset or a model.", field="dataset")
    dataset = dataset_get(team, dataset_id)
    champion = champion_of(dataset)
    if champion is None:
        raise Conflict("This dataset has no champion yet: train a model first.", code="no_champion")
    return champion
