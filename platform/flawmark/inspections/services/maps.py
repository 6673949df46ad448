"""Score maps: kept at the detector's native grid, turned into pixels by the one bilinear rule."""

import io
from collections.abc import Sequence
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from detectors import maps
from detectors.maps import QUANTISED_MAXIMUM, FloatMap, dequantise, quantise, upsample
from flawmark.core.blobs import blob_bytes, blobs_store
from flawmark.core.masks.tiles import Mask
from flawmark.core.models import Blob
from flawmark.inspections.models import Inspection
from flawmark.training.models import ModelVersion
from flawmark.training.services.regions import region_mask

MEDIA_TYPE = "application/octet-stream"


def maps_store(*, team_id: UUID, maps_steps: Sequence[NDArray[np.uint16]]) -> list[Blob]:
    """Keep (h, w) quantised maps, each as raw little-endian uint16, row-major."""
    contents = [steps.astype("<u2").tobytes() for steps in maps_steps]
    return blobs_store(team_id=team_id, contents=contents, media_type=MEDIA_TYPE)


def map_steps(inspection: Inspection) -> NDArray[np.uint16]:
    """The (h, w) stored map, in steps of the model's `map_scale`."""
    steps = np.frombuffer(blob_bytes(inspection.score_map), "<u2")
    return steps.reshape(inspection.map_height, inspection.map_width)


def map_scores(inspection: Inspection) -> FloatMap:
    """The (h, w) float32 scores of a stored map."""
    return dequantise(map_steps(inspection), inspection.model_version.map_scale)


def mask_at(
    model: ModelVersion, steps: NDArray[np.uint16], pixel_threshold: float, height_px: int, width_px: int
) -> Mask:
    """Pixels at or above the threshold, exactly as the browser's shader shows them.

    Pixels outside the model's region of interest are never part of it.
    """
    mask = maps.predicted_mask(steps, model.map_scale, pixel_threshold, height_px, width_px)
    inspected = region_mask(model.region_of_interest, height_px, width_px)
    return mask if inspected is None else mask & inspected


def predicted_mask(inspection: Inspection, pixel_threshold: float) -> Mask:
    """The (H, W) mask that an inspection predicts at a pixel threshold, in image pixels."""
    image, model = inspection.image, inspection.model_version
    return mask_at(model, map_steps(inspection), pixel_threshold, image.height_px, image.width_px)


def map_png(inspection: Inspection) -> bytes:
    """A 16-bit grey PNG of the map at the image's size, for export; the value is the stored step."""
    image, scale = inspection.image, inspection.model_version.map_scale
    pixels = quantise(upsample(map_scores(inspection), image.height_px, image.width_px), scale)
    stream = io.BytesIO()
    PillowImage.fromarray(np.minimum(pixels, QUANTISED_MAXIMUM).astype(np.uint16)).save(stream, "PNG")
    return stream.getvalue()
