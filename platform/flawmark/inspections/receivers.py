"""What happens here when the apps below report something."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.dispatch import receiver

from flawmark.datasets.models import Dataset, Label
from flawmark.datasets.signals import images_added, images_changed
from flawmark.inspections.models import Inspection
from flawmark.inspections.services.bands import bands_refresh, scored_announce
from flawmark.inspections.services.bulk import scoring_request
from flawmark.inspections.services.calibration import calibration_request
from flawmark.inspections.services.prediction import asked_model_id
from flawmark.training.models import ModelVersion, ThresholdSet
from flawmark.training.selectors import champion_of
from flawmark.training.signals import champion_changed, model_trained, thresholds_changed


@receiver(images_added)
def score_new_images(*, dataset: Dataset, image_ids: list[UUID], **_: Any) -> None:
    champion = champion_of(dataset)
    if champion is not None and champion.id != asked_model_id():
        scoring_request(model_version=champion)


@receiver(images_changed)
def follow_changed_images(*, dataset: Dataset, image_ids: list[UUID], **_: Any) -> None:
    """Labels and splits decide what calibrates and what is scored at all."""
    calibration_request(dataset=dataset)
    champion = champion_of(dataset)
    if champion is not None:
        scoring_request(model_version=champion)


@receiver(model_trained)
def score_with_new_model(*, model_version: ModelVersion, **_: Any) -> None:
    scoring_request(model_version=model_version)


@receiver(champion_changed)
def serve_with_champion(*, dataset: Dataset, model_version: ModelVersion, **_: Any) -> None:
    """Offer what the new champion already scored to the queue, calibrate it, and score the rest."""
    unreviewed = Inspection.objects.filter(model_version=model_version, image__label=Label.UNLABELLED)
    image_ids = list(unreviewed.values_list("image_id", flat=True))
    with transaction.atomic():
        if image_ids:
            scored_announce(model_version=model_version, image_ids=image_ids)
        calibration_request(dataset=dataset)
    scoring_request(model_version=model_version)


@receiver(thresholds_changed)
def refresh_bands(*, model_version: ModelVersion, threshold_set: ThresholdSet, **_: Any) -> None:
    bands_refresh(model_version=model_version, thresholds=threshold_set)
