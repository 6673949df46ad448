"""What the queue does when images are scored or changed, thresholds move, or another model serves."""

from typing import Any
from uuid import UUID

from django.db import transaction

from flawmark.datasets.models import Dataset
from flawmark.datasets.signals import images_changed
from flawmark.inspections.signals import images_scored, pool_suspected
from flawmark.reviews.services.queue import (
    queue_change_champion,
    queue_fill,
    queue_fill_request,
    queue_refresh_request,
    queue_withdraw,
)
from flawmark.reviews.services.suspects import suspects_enqueue
from flawmark.training.models import ModelVersion
from flawmark.training.selectors import champion_of
from flawmark.training.signals import champion_changed, thresholds_changed


def connect() -> None:
    """Listen; called once, when the app is ready."""
    images_scored.connect(on_images_scored)
    pool_suspected.connect(on_pool_suspected)
    images_changed.connect(on_images_changed)
    thresholds_changed.connect(on_thresholds_changed)
    champion_changed.connect(on_champion_changed)


def on_images_scored(*, model_version: ModelVersion, image_ids: list[UUID], **_signal: Any) -> None:
    queue_fill(model_version=model_version, image_ids=image_ids)


def on_pool_suspected(*, model_version: ModelVersion, scores: dict[UUID, float], **_signal: Any) -> None:
    suspects_enqueue(model_version=model_version, scores=scores)


def on_images_changed(*, dataset: Dataset, image_ids: list[UUID], **_signal: Any) -> None:
    """Labelled or quarantined images leave the queue; those that lost their label come back."""
    queue_withdraw(dataset=dataset, image_ids=image_ids)
    champion = champion_of(dataset)
    if champion is not None:
        queue_fill(model_version=champion, image_ids=image_ids)


def on_thresholds_changed(*, model_version: ModelVersion, **_signal: Any) -> None:
    """Bands moved, so who is near a threshold changed. Sent inside the transaction that moves them."""
    transaction.on_commit(lambda: queue_refresh_request(model_version=model_version), robust=True)


def on_champion_changed(*, model_version: ModelVersion, **_signal: Any) -> None:
    queue_change_champion(model_version=model_version)
    queue_fill_request(model_version=model_version)
