"""Measuring images once: their looks and embeddings are kept, so only new images cost anything."""

from collections.abc import Callable

from django.conf import settings
from django.db.models import Q, QuerySet

from detectors.errors import InputError
from detectors.images import ImageArray
from detectors.pool.looks import RECIPE, Look, look_of
from flawmark.curation.models import ImageLook
from flawmark.datasets.models import Image
from flawmark.inspections.services.embeddings import embeddings_store
from flawmark.inspections.services.pixels import image_pixels
from flawmark.training.services.compute import torch_threads_set

BATCH = 16
LOOK_FIELDS = [
    "recipe", "pixels_sha256", "fingerprint", "sharpness", "brightness", "clipped_share", "updated_at"
]  # fmt: skip

Report = Callable[[float, str], None]


def images_measure(*, images: QuerySet[Image], progress: Report) -> int:
    """Measure and embed those of these images that nobody has looked at; returns how many.

    One that cannot be read is passed over: it is no part of the report.
    """
    unmeasured = Q(look__isnull=True) | ~Q(look__recipe=RECIPE)
    new = list(
        images.filter(unmeasured | Q(embedding__isnull=True)).order_by("id").values_list("id", flat=True)
    )
    if new:
        torch_threads_set(settings.TRAINING_THREADS)
    for start in range(0, len(new), BATCH):
        progress(start / len(new), f"Measured {start} of {len(new)} new images")
        batch = Image.objects.filter(id__in=new[start : start + BATCH]).select_related("blob")
        seen = [(image, pixels) for image in batch if (pixels := _pixels(image)) is not None]
        _store(seen)
        embeddings_store(seen)
    return len(new)


def _pixels(image: Image) -> ImageArray | None:
    try:
        return image_pixels(image)
    except (InputError, OSError):
        return None


def _store(seen: list[tuple[Image, ImageArray]]) -> None:
    ImageLook.objects.bulk_create(
        [_row(image, look_of(pixels)) for image, pixels in seen],
        update_conflicts=True,
        unique_fields=["image"],
        update_fields=LOOK_FIELDS,
    )


def _row(image: Image, look: Look) -> ImageLook:
    return ImageLook(
        image=image,
        recipe=RECIPE,
        pixels_sha256=look.pixels_sha256,
        fingerprint=look.fingerprint.tobytes(),
        sharpness=look.sharpness,
        brightness=look.brightness,
        clipped_share=look.clipped_share,
    )
