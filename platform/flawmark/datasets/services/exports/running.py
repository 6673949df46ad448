"""The work of an export: one zip, written in a temporary file and kept as a blob."""

import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from typing import IO, Any

import numpy as np
from PIL import Image as PillowImage

from flawmark.core.blobs import blob_store
from flawmark.core.masks.rle import rle_encode
from flawmark.core.masks.tiles import Mask
from flawmark.datasets.models import Capture, Export
from flawmark.datasets.selectors.versions import version_entries, version_manifest
from flawmark.datasets.services.exports.coco import coco_document
from flawmark.datasets.services.exports.naming import ExportedImage, name_images
from flawmark.datasets.services.imports.layout import SIDECAR
from flawmark.datasets.services.imports.sidecar import FORMAT

Progress = Callable[[float, str], None]


def export_run(*, export: Export, progress: Progress) -> dict[str, Any]:
    """Write the archive. A second call writes the same bytes, so it can be repeated at any time.

    Args:
        export: which version, in which format.
        progress: called with a fraction and a sentence; may raise to stop.

    Returns:
        `{"images", "size_bytes"}`.
    """
    images = name_images(version_entries(export.version))
    with tempfile.TemporaryFile() as stream:
        _write_archive(stream, export, images, progress)
        stream.seek(0)
        team_id = export.version.dataset.team_id
        export.blob = blob_store(team_id=team_id, content=stream, media_type="application/zip")
    export.save(update_fields=["blob", "updated_at"])
    return {"images": len(images), "size_bytes": export.blob.size_bytes}


def _write_archive(
    stream: IO[bytes], export: Export, images: list[ExportedImage], progress: Progress
) -> None:
    is_coco = export.format == "coco"
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for index, image in enumerate(images):
            _add(archive, image.flat_path if is_coco else image.mvtec_path, image.entry.content())
            mask = None if is_coco else image.entry.defect_mask()
            if mask is not None and mask.any():
                _add(archive, image.ground_truth_path, _mask_png(mask))
            progress((index + 1) / (len(images) + 1), f"{index + 1:,} of {len(images):,} images")
        if is_coco:
            names = version_manifest(export.version)["defect_types"]
            _add(archive, "annotations.json", _json(coco_document(images, names)))
        _add(archive, SIDECAR, _json(_sidecar(export, images)))


def _add(archive: zipfile.ZipFile, path: str, content: bytes) -> None:
    # A fixed date: equal versions give equal archives.
    info = zipfile.ZipInfo(path, date_time=(1980, 1, 1, 0, 0, 0))
    info.external_attr = 0o644 << 16
    archive.writestr(info, content)


def _mask_png(mask: Mask) -> bytes:
    stream = io.BytesIO()
    PillowImage.fromarray(mask.astype(np.uint8) * 255).save(stream, "PNG")
    return stream.getvalue()


def _json(document: Any) -> bytes:
    return json.dumps(document, sort_keys=True, ensure_ascii=False).encode()


def _sidecar(export: Export, images: list[ExportedImage]) -> dict[str, Any]:
    captures: dict[Any, list[Capture]] = {}
    for capture in Capture.objects.filter(image__dataset=export.version.dataset).order_by("id"):
        captures.setdefault(capture.image_id, []).append(capture)
    is_coco = export.format == "coco"
    return {
        "format": FORMAT,
        "images": [
            {
                "path": image.flat_path if is_coco else image.mvtec_path,
                "label": image.entry.label,
                "split": image.entry.split,
                "origin": image.entry.origin,
                "captures": [_capture(found) for found in captures.get(image.entry.image_id, [])],
                "layers": [
                    {"kind": kind, "defect_type": name, "mask_rle": rle_encode(mask)}
                    for (kind, name), mask in sorted(image.entry.masks().items(), key=str)
                ],
            }
            for image in images
        ],
    }


def _capture(capture: Capture) -> dict[str, Any]:
    return {
        "part": capture.part,
        "station": capture.station,
        "view": capture.view,
        "captured_at": capture.captured_at and capture.captured_at.isoformat(),
        "metadata": capture.metadata,
    }
