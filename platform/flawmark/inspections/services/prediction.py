"""Online prediction as the web sees it: keep the image, ask a scorer, await its answer. Torch-free."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from flawmark.core.errors import InvalidInput, Unavailable
from flawmark.core.ids import uuid7
from flawmark.datasets.models import Image
from flawmark.datasets.services.images import CaptureFields, image_add, images_announce
from flawmark.inspections.services.bulk import scoring_request
from flawmark.inspections.services.mailbox import NO_SCORER, answer_await, image_leave
from flawmark.training.models import ModelVersion

PREDICT = "inspections.predict"

_asked_model: ContextVar[UUID | None] = ContextVar("asked_model", default=None)


def asked_model_id() -> UUID | None:
    """The model whose prediction adds images just now, and will score them; None: no prediction does."""
    return _asked_model.get()


def predict(
    *,
    model_version: ModelVersion,
    content: bytes,
    filename: str,
    image: Image | None,
) -> dict[str, Any]:
    """Have one image scored now.

    Args:
        model_version: the model that answers.
        content: the image file's bytes.
        filename: how people call it.
        image: the same image as `image_keep` stored it; None when nothing of it is to be kept.

    Raises:
        InvalidInput: the bytes are not a usable image, or it does not fit the model.
        Unavailable: no scorer answers in time.
    """
    started = time.monotonic()
    try:
        answer = _asked(model_version, content, filename, image)
    except Unavailable:
        if image is not None:  # nobody waits any more, but the image shall not be forgotten
            scoring_request(model_version=model_version)
        raise
    if "error" in answer:
        raise InvalidInput(answer["error"], code=answer["code"], field="image")
    return answer | {"elapsed_ms": round((time.monotonic() - started) * 1000, 1)}


def _asked(model_version: ModelVersion, content: bytes, filename: str, image: Image | None) -> dict[str, Any]:
    """Leave the image for the scorer, call it, and wait for what it says."""
    ticket = str(uuid7())
    image_leave(ticket, content)
    try:
        current_app.send_task(
            PREDICT,
            args=[ticket, str(model_version.id), str(image.id) if image else None, filename],
            queue="score",
            priority=0,
            expires=settings.PREDICT_TIMEOUT_S,
            retry=False,
        )
    except OperationalError as error:
        raise Unavailable(NO_SCORER) from error
    return answer_await(ticket)


@transaction.atomic
def image_keep(
    *, model_version: ModelVersion, content: bytes, filename: str, capture: CaptureFields
) -> Image:
    """Keep the image (unlabelled) with its capture, so that it can enter the queue.

    Raises InvalidInput when the bytes are not a usable image. Call it inside `by_prediction`.
    """
    dataset = model_version.dataset
    image, created = image_add(dataset=dataset, content=content, filename=filename, capture=capture)
    if created:
        images_announce(dataset=dataset, image_ids=[image.id])
    return image


@contextmanager
def by_prediction(model_version: ModelVersion) -> Iterator[None]:
    """Images whose adding commits in here are scored by this model's prediction, not by a job."""
    token = _asked_model.set(model_version.id)
    try:
        yield
    finally:
        _asked_model.reset(token)
