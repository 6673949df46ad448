"""Scoring stored images with a model that the scorer holds."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from detectors.errors import InputError
from detectors.images import ImageArray
from detectors.maps import dequantise, quantise
from flawmark.datasets.models import Image
from flawmark.inspections.models import Inspection
from flawmark.inspections.selectors import bank_revision_of
from flawmark.inspections.services.bands import band_of
from flawmark.inspections.services.embeddings import embeddings_store
from flawmark.inspections.services.live import learns_live
from flawmark.inspections.services.loaded import LOADED
from flawmark.inspections.services.maps import maps_store
from flawmark.inspections.services.pixels import image_pixels
from flawmark.training.models import ModelVersion
from flawmark.training.selectors import thresholds_of
from flawmark.training.services.pixel_peaks import map_peak
from flawmark.training.services.regions import region_mask
from flawmark.training.services.thresholds import model_lock

STORED_FIELDS = [
    "bank_revision",
    "image_score",
    "map_peak",
    "band",
    "score_map",
    "map_height",
    "map_width",
    "stale",
    "updated_at",
]


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
    score = _followed if learns_live(model_version) else _scored_together
    scored = score(model_version, readable)
    done = inspections_store(model_version=model_version, scored=scored)
    embeddings_store(readable)
    good = {image.id for image, _ in scored}
    return done, [image for image in images if image.id not in good]


def image_score(model_version: ModelVersion, image: Image, pixels: ImageArray) -> Score:
    """Score one stored image, and follow it if the model learns live. Raises InputError if it cannot be."""
    followed = _followed(model_version, [(image, pixels)]) if learns_live(model_version) else []
    return followed[0][1] if followed else pixels_score(model_version, [pixels])[0]


def _followed(
    model_version: ModelVersion, readable: Sequence[tuple[Image, ImageArray]]
) -> list[tuple[Image, Score]]:
    """Score by following: the first correction then finds everything at hand that it needs."""
    from flawmark.inspections.services.live_models import LIVE  # only scorers need what it imports

    live = LIVE.get(model_version)
    watched = live.watch(readable)
    scores, revision = live.memory.scores, live.sequence()
    return [
        (
            image,
            Score(revision, scores[str(image.id)], quantise(live.score_map(image), model_version.map_scale)),
        )
        for image in watched
    ]


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


def inspection_store(*, model_version: ModelVersion, image: Image, score: Score) -> Inspection:
    """Write the one inspection of this image by this model, in place of an older one."""
    return inspections_store(model_version=model_version, scored=[(image, score)])[0]


@transaction.atomic
def inspections_store(
    *, model_version: ModelVersion, scored: Sequence[tuple[Image, Score]]
) -> list[Inspection]:
    """Write the inspections of images by one model, in place of older ones, and read them back."""
    inspections_write(model_version=model_version, scored=scored)
    rows = Inspection.objects.filter(model_version=model_version, image__in=[image for image, _ in scored])
    by_image = {row.image_id: row for row in rows}
    return [by_image[image.id] for image, _ in scored]


@transaction.atomic
def inspections_write(*, model_version: ModelVersion, scored: Sequence[tuple[Image, Score]]) -> None:
    """Write the inspections of images by one model, in place of older ones."""
    model_lock(model_version)
    thresholds, newest = thresholds_of(model_version), bank_revision_of(model_version)
    team_id = model_version.dataset.team_id
    blobs = maps_store(team_id=team_id, maps_steps=[score.steps for _, score in scored])
    Inspection.objects.bulk_create(
        [
            Inspection(
                image=image,
                model_version=model_version,
                bank_revision=score.bank_revision,
                image_score=score.image_score,
                map_peak=steps_peak(model_version, score.steps, image),
                band=band_of(score.image_score, thresholds),
                score_map=blob,
                map_height=score.steps.shape[0],
                map_width=score.steps.shape[1],
                # The bank changed between scoring and storing: whoever scores next does it again.
                stale=score.bank_revision < newest,
            )
            for (image, score), blob in zip(scored, blobs, strict=True)
        ],
        update_conflicts=True,
        unique_fields=["image", "model_version"],
        update_fields=STORED_FIELDS,
    )


def steps_peak(model_version: ModelVersion, steps: NDArray[np.uint16], image: Image) -> float:
    """The peak of a stored map at the image's size: see `map_peak`."""
    return map_peak(dequantise(steps, model_version.map_scale), image.height_px, image.width_px)
