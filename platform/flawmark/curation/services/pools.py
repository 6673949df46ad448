"""A pool as arrays: everything that findings are worked out from, read at once."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from detectors.pool.looks import FINGERPRINT_PX, RECIPE
from flawmark.curation.models import ImageLook
from flawmark.curation.selectors import pool_images
from flawmark.datasets.models import Capture, Dataset, Origin
from flawmark.inspections.selectors import image_vectors

CAPTURE_FIELDS = ("station", "view")
# Of free metadata these say how a picture came about.
METADATA_FIELDS = ("camera", "lot", "line")


@dataclass(frozen=True)
class PoolArrays:
    """The images of a pool that could be read, in the order in which they came.

    Attributes:
        image_ids: N ids.
        is_captured: (N,) bool; False for generated images.
        pixel_hashes: N hashes of the pixels.
        perceptual_hashes: (N,) int64.
        fingerprints: (N, 128, 128) uint8.
        sharpness, brightness, clipped_share: (N,) float64.
        vectors: (N, d) float32 of length 1; None while some image has no embedding.
        taken_at: when each was taken, None where no capture says so.
        attributes: of each name (`camera`, `lot`, …) the value of each image, None where unknown.
    """

    image_ids: list[UUID]
    is_captured: NDArray[np.bool_]
    pixel_hashes: list[str]
    perceptual_hashes: NDArray[np.int64]
    fingerprints: NDArray[np.uint8]
    sharpness: NDArray[np.float64]
    brightness: NDArray[np.float64]
    clipped_share: NDArray[np.float64]
    vectors: NDArray[np.float32] | None
    taken_at: list[datetime | None]
    attributes: dict[str, list[str | None]]

    def __len__(self) -> int:
        return len(self.image_ids)


def pool_arrays(dataset: Dataset) -> PoolArrays:
    """Read the measured images of a dataset's pool."""
    looks = ImageLook.objects.filter(image__in=pool_images(dataset), recipe=RECIPE).order_by("image_id")
    rows = list(
        looks.values_list(
            "image_id", "pixels_sha256", "image__perceptual_hash", "sharpness", "brightness", "clipped_share"
        )
    )
    image_ids = [row[0] for row in rows]
    fingerprints = np.zeros((len(rows), FINGERPRINT_PX, FINGERPRINT_PX), np.uint8)
    for place, content in enumerate(looks.values_list("fingerprint", flat=True).iterator(500)):
        fingerprints[place] = np.frombuffer(content, np.uint8).reshape(fingerprints.shape[1:])
    captured = set(pool_images(dataset).filter(origin=Origin.CAPTURED).values_list("id", flat=True))
    measured = np.array([row[3:] for row in rows], np.float64).reshape(-1, 3)
    taken_at, attributes = _captured(image_ids)
    return PoolArrays(
        image_ids=image_ids,
        is_captured=np.array([image_id in captured for image_id in image_ids], bool),
        pixel_hashes=[row[1] for row in rows],
        perceptual_hashes=np.array([row[2] or 0 for row in rows], np.int64),
        fingerprints=fingerprints,
        sharpness=measured[:, 0],
        brightness=measured[:, 1],
        clipped_share=measured[:, 2],
        vectors=_vectors(image_ids),
        taken_at=taken_at,
        attributes=attributes,
    )


def _vectors(image_ids: list[UUID]) -> NDArray[np.float32] | None:
    known = image_vectors(image_ids)
    if not image_ids or len(known) < len(image_ids):
        return None
    vectors = np.stack([known[image_id] for image_id in image_ids])
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def _captured(image_ids: list[UUID]) -> tuple[list[datetime | None], dict[str, list[str | None]]]:
    """When and how each was taken first; attributes that no image has are left out."""
    first: dict[UUID, datetime] = {}
    said: dict[str, dict[UUID, str]] = defaultdict(dict)
    captures = Capture.objects.filter(image__in=image_ids).order_by("id")
    for image_id, taken_at, metadata, *fields in captures.values_list(
        "image_id", "captured_at", "metadata", *CAPTURE_FIELDS
    ):
        if taken_at is not None:
            first[image_id] = min(taken_at, first.get(image_id, taken_at))
        values = dict(zip(CAPTURE_FIELDS, fields, strict=True)) | _metadata(metadata)
        for name, value in values.items():
            if value:
                said[name].setdefault(image_id, str(value))
    attributes = {
        name: [values.get(image_id) for image_id in image_ids] for name, values in sorted(said.items())
    }
    return [first.get(image_id) for image_id in image_ids], attributes


def _metadata(metadata: Any) -> dict[str, Any]:
    return {name: metadata.get(name) for name in METADATA_FIELDS} if isinstance(metadata, dict) else {}
