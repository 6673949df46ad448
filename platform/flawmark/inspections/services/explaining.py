"""Explaining a score, the scorer's side: search the model's memory of normal patches."""

from typing import Any
from uuid import UUID

import numpy as np

from detectors.errors import InputError
from detectors.memory.explained import Explains
from flawmark.core.errors import FlawmarkError, InvalidInput
from flawmark.datasets.models import Image
from flawmark.inspections.models import BankRevision, Inspection
from flawmark.inspections.services.live_models import BEYOND_POOL
from flawmark.inspections.services.loaded import LOADED
from flawmark.inspections.services.mailbox import answer_leave
from flawmark.inspections.services.maps import map_steps
from flawmark.inspections.services.pixels import image_pixels
from flawmark.training.models import ModelVersion
from flawmark.training.services.pool import pool_of
from flawmark.training.services.regions import region_mask


def explanation_answer(
    *, ticket: str, inspection_id: str, pixel_xy: tuple[int, int] | None, neighbours: int
) -> None:
    """Explain one pixel, and leave the answer under the ticket."""
    found = Inspection.objects.select_related("image__blob", "model_version__dataset__team")
    inspection = found.select_related("model_version__artifact", "model_version__dataset_version").get(
        id=inspection_id
    )
    try:
        answer = _explained(inspection, pixel_xy or _peak_xy(inspection), neighbours)
    except InputError as error:
        answer = {"error": str(error), "code": "not_explainable", "status": 400}
    except FlawmarkError as error:
        answer = {"error": error.detail, "code": error.code, "status": error.status}
    answer_leave(ticket, answer)


def _explained(inspection: Inspection, pixel_xy: tuple[int, int], neighbours: int) -> dict[str, Any]:
    model, (x, y) = inspection.model_version, pixel_xy
    detector = LOADED.get(model)
    if not isinstance(detector, Explains):
        raise InvalidInput("This model keeps no memory of normal patches.", code="not_explainable")
    pixels = image_pixels(inspection.image)
    roi = region_mask(model.region_of_interest, *pixels.shape[:2])
    nearest = detector.explain(pixels, y, x, k=neighbours, roi=roi)
    most = detector.most_alike(pixels, roi)
    images = _images_named(model, [most, *(one.source_image for one in nearest)])
    return {
        "x": x,
        "y": y,
        "neighbours": [
            {
                "distance": one.distance,
                "image": _id_of(images.get(one.source_image)),
                "box_xyxy": list(one.box_xyxy) if one.box_xyxy else None,
            }
            for one in nearest
        ],
        "nearest_normal": _id_of(images.get(most)),
    }


def _images_named(model: ModelVersion, names: list[int]) -> dict[int, Image]:
    """Images by their names in the bank: numbers of the training pool, or bits of a later image's id."""
    pool = pool_of(model.dataset_version).train
    ids: dict[int, UUID] = {name: pool[name].image_id for name in names if 0 <= name < len(pool)}
    if any(name not in ids for name in names):
        later = BankRevision.objects.filter(model_version=model, source_image__isnull=False)
        for image_id in later.values_list("source_image_id", flat=True).distinct():
            ids[BEYOND_POOL | (image_id.int & (BEYOND_POOL - 1))] = image_id
    images = Image.objects.filter(dataset_id=model.dataset_id).in_bulk(
        [ids[name] for name in names if name in ids]
    )
    return {name: images[ids[name]] for name in names if name in ids and ids[name] in images}


def _id_of(image: Image | None) -> str | None:
    return str(image.id) if image else None


def _peak_xy(inspection: Inspection) -> tuple[int, int]:
    """The pixel in the middle of the map's most anomalous cell."""
    steps = map_steps(inspection)
    row, col = (int(place) for place in np.unravel_index(int(steps.argmax()), steps.shape))
    rows, cols = steps.shape
    image = inspection.image
    return int((col + 0.5) * image.width_px / cols), int((row + 0.5) * image.height_px / rows)
