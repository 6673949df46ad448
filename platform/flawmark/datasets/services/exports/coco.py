"""COCO's object detection format, with masks as uncompressed RLE."""

from typing import Any

import numpy as np

from flawmark.core.masks.rle import rle_encode
from flawmark.core.masks.tiles import Mask
from flawmark.datasets.models import LayerKind
from flawmark.datasets.services.exports.naming import ExportedImage


def coco_document(images: list[ExportedImage], defect_types: list[str]) -> dict[str, Any]:
    """Build `annotations.json`: one annotation per image and defect type; label and split ride along."""
    categories = {name: index for index, name in enumerate(defect_types, start=1)}
    annotations: list[dict[str, Any]] = []
    rows = []
    for image_id, image in enumerate(images, start=1):
        entry = image.entry
        rows.append(
            {
                "id": image_id,
                "file_name": image.flat_path.removeprefix("images/"),
                "width": entry.width_px,
                "height": entry.height_px,
                "label": entry.label,
                "split": entry.split,
            }
        )
        for (kind, name), mask in sorted(entry.masks().items(), key=str):
            if kind == LayerKind.DEFECT and name in categories and mask.any():
                row = _annotation(mask)
                row |= {"id": len(annotations) + 1, "image_id": image_id, "category_id": categories[name]}
                annotations.append(row)
    listed = [{"id": index, "name": name} for name, index in categories.items()]
    return {"images": rows, "annotations": annotations, "categories": listed}


def _annotation(mask: Mask) -> dict[str, Any]:
    """`bbox` is [x, y, width, height] in pixels; RLE counts as a crowd in COCO's own reader."""
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box_xywh = [cols[0], rows[0], cols[-1] - cols[0] + 1, rows[-1] - rows[0] + 1]
    return {
        "segmentation": rle_encode(mask),
        "area": int(mask.sum()),
        "bbox": [int(value) for value in box_xywh],
        "iscrowd": 1,
    }
