"""What images look like: one small vector each, made by the scorer when it first sees an image."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import structlog
from numpy.typing import NDArray

from detectors.errors import MissingWeightsError
from detectors.images import ImageArray
from flawmark.datasets.models import Image
from flawmark.inspections.models import ImageEmbedding

if TYPE_CHECKING:
    from detectors.features.pooled import ImageEmbedder

log = structlog.get_logger(__name__)


def embeddings_store(seen: Sequence[tuple[Image, ImageArray]]) -> int:
    """Embed and keep those of these images that have no vector yet; returns how many.

    Without the network's weights nothing is kept: the queue then orders without knowing what looks alike.
    """
    known = set(
        ImageEmbedding.objects.filter(image__in=[image for image, _ in seen]).values_list(
            "image_id", flat=True
        )
    )
    new = [(image, pixels) for image, pixels in seen if image.id not in known]
    embedder = _embedder() if new else None
    if embedder is None:
        return 0
    from detectors.features.pooled import RECIPE

    vectors = embedder.embed([pixels for _, pixels in new])
    rows = [
        ImageEmbedding(image=image, recipe=RECIPE, vector=vector.astype("<f2").tobytes())
        for (image, _), vector in zip(new, vectors, strict=True)
    ]
    ImageEmbedding.objects.bulk_create(rows, ignore_conflicts=True)  # another scorer may have been first
    return len(rows)


def pixels_embed(images: Sequence[ImageArray]) -> NDArray[np.float32] | None:
    """(N, d) vectors of pictures that are not stored, comparable with stored ones; None without weights."""
    embedder = _embedder()
    return None if embedder is None else embedder.embed(images).astype(np.float32)


@cache
def _embedder() -> "ImageEmbedder | None":
    from detectors.features.pooled import ImageEmbedder

    try:
        return ImageEmbedder()
    except MissingWeightsError as error:
        log.warning("images are not embedded", reason=str(error))
        return None
