"""Online prediction: the web process asks (torch-free), the scorer answers."""

import base64
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from detectors.errors import InputError
from detectors.images import read_image
from detectors.maps import dequantise
from flawmark.core.errors import FlawmarkError, InvalidInput, Unavailable
from flawmark.core.ids import uuid7
from flawmark.core.masks.rle import rle_encode
from flawmark.datasets.models import Dataset, Image
from flawmark.datasets.services.images import CaptureFields, image_add, images_announce
from flawmark.inspections.selectors import bank_revision_of
from flawmark.inspections.services.bands import band_of, scored_announce
from flawmark.inspections.services.mailbox import (
    NO_SCORER,
    answer_await,
    answer_leave,
    image_leave,
    image_take,
)
from flawmark.inspections.services.maps import mask_at
from flawmark.inspections.services.scoring import Score, inspection_store, pixels_score
from flawmark.training.models import ModelVersion, ThresholdSet
from flawmark.training.selectors import thresholds_of
from flawmark.training.services.regions import region_mask

PREDICT = "inspections.predict"

_predicting: ContextVar[bool] = ContextVar("predicting", default=False)


def is_predicting() -> bool:
    """Whether images added now are scored by their own prediction anyway."""
    return _predicting.get()


def predict(
    *,
    model_version: ModelVersion,
    content: bytes,
    filename: str,
    store: bool,
    capture: CaptureFields,
) -> dict[str, Any]:
    """Have one image scored now.

    Args:
        model_version: the model that answers.
        content: the image file's bytes.
        filename: how people call it.
        store: keep the image (unlabelled) with its capture, so that it can enter the queue.
        capture: when and where it was taken.

    Raises:
        InvalidInput: the bytes are not a usable image, or it does not fit the model.
        Unavailable: no scorer answers in time.
    """
    started = time.monotonic()
    image = _kept(model_version.dataset, content, filename, capture) if store else None
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
    answer = answer_await(ticket)
    if "error" in answer:
        raise InvalidInput(answer["error"], code=answer["code"], field="image")
    return answer | {"elapsed_ms": round((time.monotonic() - started) * 1000, 1)}


def _kept(dataset: Dataset, content: bytes, filename: str, capture: CaptureFields) -> Image:
    with _by_prediction(), transaction.atomic():
        image, created = image_add(dataset=dataset, content=content, filename=filename, capture=capture)
        if created:
            images_announce(dataset=dataset, image_ids=[image.id])
    return image


@contextmanager
def _by_prediction() -> Iterator[None]:
    token = _predicting.set(True)
    try:
        yield
    finally:
        _predicting.reset(token)


def prediction_answer(*, ticket: str, model_id: str, image_id: str | None, filename: str) -> None:
    """The scorer's side: score the image left under the ticket and leave the answer there."""
    content = image_take(ticket)
    if content is None:
        return
    model = ModelVersion.objects.select_related("dataset__team", "artifact").get(id=model_id)
    try:
        answer, scored = _answer(model, content, filename, image_id)
    except InputError as error:
        answer, scored = {"error": str(error), "code": "unreadable_image"}, None
    except FlawmarkError as error:
        answer, scored = {"error": error.detail, "code": error.code}, None
    answer_leave(ticket, answer)
    if scored is not None:  # after the answer: the asker does not wait for the queue
        with transaction.atomic():
            scored_announce(model_version=model, image_ids=[scored.id])


def _answer(
    model: ModelVersion, content: bytes, filename: str, image_id: str | None
) -> tuple[dict[str, Any], Image | None]:
    pixels = read_image(content, name=filename, max_pixels=settings.IMAGE_MAX_PIXELS)
    (score,) = pixels_score(model, [pixels])
    thresholds = thresholds_of(model)
    height_px, width_px = pixels.shape[:2]
    answer = _said(model, score, thresholds, height_px, width_px)
    image = Image.objects.filter(id=image_id).first() if image_id else None
    if image is None:
        steps = base64.b64encode(score.steps.tobytes()).decode()
        return answer | {"map": _map_of(model, score) | {"url": None, "steps_base64": steps}}, None
    inspection = inspection_store(model_version=model, image=image, score=score, thresholds=thresholds)
    url = f"/api/v1/inspections/{inspection.id}/map/"
    kept = {
        "image": image.id,
        "inspection": inspection.id,
        "map": _map_of(model, score) | {"url": url, "steps_base64": None},
    }
    return answer | kept, image


def _said(
    model: ModelVersion, score: Score, thresholds: ThresholdSet | None, height_px: int, width_px: int
) -> dict[str, Any]:
    return {
        "image_score": score.image_score,
        "band": band_of(score.image_score, thresholds),
        "mask": _mask_rle(model, score, thresholds, height_px, width_px),
        "model_version": model.id,
        "model_number": model.number,
        "bank_revision": bank_revision_of(model),
        "image": None,
        "inspection": None,
        "thresholds": {
            "t1": thresholds and thresholds.t1,
            "t2": thresholds and thresholds.t2,
            "pixel_threshold": thresholds and thresholds.pixel_threshold,
            "missing_normals": thresholds.missing_normals if thresholds else 0,
        },
    }


def _mask_rle(
    model: ModelVersion, score: Score, thresholds: ThresholdSet | None, height_px: int, width_px: int
) -> Any:
    if thresholds is None or thresholds.pixel_threshold is None:
        return None
    scores = dequantise(score.steps, model.map_scale)
    mask = mask_at(scores, thresholds.pixel_threshold, height_px, width_px)
    inspected = region_mask(model.region_of_interest, height_px, width_px)
    return rle_encode(mask if inspected is None else mask & inspected)


def _map_of(model: ModelVersion, score: Score) -> dict[str, Any]:
    return {"height": score.steps.shape[0], "width": score.steps.shape[1], "scale": model.map_scale}
