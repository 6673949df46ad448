"""Scoring stored images with a model that the scorer holds."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.conf import settings
from django.db import transaction
from numpy.typing import NDArray

from detectors.errors import InputError
from detectors.images import ImageArray, read_image
from detectors.maps import dequantise, quantise
from flawmark.core.blobs import blob_bytes
from flawmark.datasets.models import Image
from flawmark.inspections.models import Inspection
from flawmark.inspections.selectors import bank_revision_of
from flawmark.inspections.services.bands import band_of
from flawmark.inspections.services.embeddings import embeddings_store
from flawmark.inspections.services.loaded import LOADED
from flawmark.inspections.services.maps import map_store
from flawmark.training.models import ModelVersion
from flawmark.training.selectors import thresholds_of
from flawmark.training.services.pixel_peaks import map_peak
from flawmark.training.services.regions import region_mask
from flawmark.training.services.thresholds import model_lock


@dataclass(frozen=True)
class Score:
    """What a model says of one image; `steps` is the (h, w) map in steps of the model's `map_scale`.

    The bank was as of `bank_revision`, or newer.
    """

    bank_revision: int
    image_score: float
    steps: NDArray[np.uint16]


def pixels_score(model_version: ModelVersion, images: Sequence[ImageArray]) -> list[Score]:
    """Score decoded images. Raises InputError for one that does not fit the model."""
    revision = bank_revision_of(model_version)
    detector = LOADED.get(model_version)
    region = model_version.region_of_interest
    rois = [region_mask(region, *pixels.shape[:2]) for pixels in images] if region else None
    return [
        Score(revision, float(cells.image_score), quantise(cells.cells, model_version.map_scale))
        for cells in detector.score_each(images, rois)
    ]


def images_score(
    *, model_version: ModelVersion, images: Sequence[Image]
) -> tuple[list[Inspection], list[Image]]:
    """Score stored images and keep what was found; returns the inspections, and the images that were refused.

    One image that is damaged or does not fit never holds up the others.
    """
    readable: list[tuple[Image, ImageArray]] = []
    for image in images:
        with contextlib.suppress(InputError, OSError):
            readable.append((image, image_pixels(image)))
    scored = _scored_together(model_version, readable)
    embeddings_store(readable)
    done = [
        inspection_store(model_version=model_version, image=image, score=score) for image, score in scored
    ]
    good = {image.id for image, _ in scored}
    return done, [image for image in images if image.id not in good]


def _scored_together(
    model_version: ModelVersion, readable: Sequence[tuple[Image, ImageArray]]
) -> list[tuple[Image, Score]]:
    """Score all at once, which is faster; one by one if one of them does not fit the model."""
    try:
        scores = pixels_score(model_version, [pixels for _, pixels in readable]) if readable else []
    except InputError:
        if len(readable) == 1:
            return []
        return [pair for one in readable for pair in _scored_together(model_version, [one])]
    return [(image, score) for (image, _), score in zip(readable, scores, strict=True)]


def image_pixels(image: Image) -> ImageArray:
    return read_image(blob_bytes(image.blob), name=image.filename, max_pixels=settings.IMAGE_MAX_PIXELS)


@transaction.atomic
def inspection_store(*, model_version: ModelVersion, image: Image, score: Score) -> Inspection:
    """Write the one inspection of this image by this model, in place of an older one."""
    model_lock(model_version)
    scores = dequantise(score.steps, model_version.map_scale)
    fields = {
        "bank_revision": score.bank_revision,
        "image_score": score.image_score,
        "map_peak": map_peak(scores, image.height_px, image.width_px),
        "band": band_of(score.image_score, thresholds_of(model_version)),
        "score_map": map_store(team_id=model_version.dataset.team_id, steps=score.steps),
        "map_height": score.steps.shape[0],
        "map_width": score.steps.shape[1],
        # The bank changed between scoring and storing: whoever scores next does it again.
        "stale": score.bank_revision < bank_revision_of(model_version),
    }
    return Inspection.objects.update_or_create(image=image, model_version=model_version, defaults=fields)[0]
