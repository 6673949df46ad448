"""Online prediction, the scorer's side: score the image that was left, and leave the answer."""

import base64
from typing import Any

from django.conf import settings
from django.db import transaction

from detectors.errors import InputError
from detectors.images import read_image
from flawmark.core.errors import FlawmarkError
from flawmark.core.masks.rle import rle_encode
from flawmark.datasets.models import Image
from flawmark.inspections.services.bands import band_of, scored_announce
from flawmark.inspections.services.embeddings import embeddings_store
from flawmark.inspections.services.mailbox import answer_leave, image_take
from flawmark.inspections.services.maps import mask_at
from flawmark.inspections.services.pixels import image_pixels
from flawmark.inspections.services.scoring import Score, image_score, inspection_store, pixels_score
from flawmark.training.models import ModelVersion, ThresholdSet
from flawmark.training.selectors import thresholds_of


def prediction_answer(*, ticket: str, model_id: str, image_id: str | None, filename: str) -> None:
    """Score the image left under the ticket, and leave the answer there."""
    content = image_take(ticket)
    if content is None:
        return
    model = ModelVersion.objects.select_related("dataset__team", "artifact", "dataset_version").get(
        id=model_id
    )
    try:
        answer, scored = _answer(model, content, filename, image_id)
    except InputError as error:
        answer, scored = {"error": str(error), "code": "unreadable_image"}, None
    except FlawmarkError as error:
        answer, scored = {"error": error.detail, "code": error.code}, None
    answer_leave(ticket, answer)
    if scored is not None:  # after the answer: the asker does not wait for the queue
        embeddings_store([(scored, image_pixels(scored))])
        with transaction.atomic():
            scored_announce(model_version=model, image_ids=[scored.id])


def _answer(
    model: ModelVersion, content: bytes, filename: str, image_id: str | None
) -> tuple[dict[str, Any], Image | None]:
    pixels = read_image(content, name=filename, max_pixels=settings.IMAGE_MAX_PIXELS)
    image = Image.objects.filter(id=image_id).first() if image_id else None
    score = pixels_score(model, [pixels])[0] if image is None else image_score(model, image, pixels)
    thresholds = thresholds_of(model)
    height_px, width_px = pixels.shape[:2]
    answer = _said(model, score, thresholds, height_px, width_px)
    if image is None:
        steps = base64.b64encode(score.steps.tobytes()).decode()
        return answer | {"map": _map_of(model, score) | {"url": None, "steps_base64": steps}}, None
    inspection = inspection_store(model_version=model, image=image, score=score)
    url = f"/api/v1/inspections/{inspection.id}/map/"
    kept = {
        "band": inspection.band,
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
        "bank_revision": score.bank_revision,
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
    return rle_encode(mask_at(model, score.steps, thresholds.pixel_threshold, height_px, width_px))


def _map_of(model: ModelVersion, score: Score) -> dict[str, Any]:
    return {"height": score.steps.shape[0], "width": score.steps.shape[1], "scale": model.map_scale}
