"""The map of a pool: where each image lies among the others, kept with the newest report.

A map is a JSON blob `{"axes": {"centre", "directions"} | null, "modes": {image id: mode}}`; positions are
worked out from embeddings when a map is read, so that images that came since are on it as well.
"""

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
from django.db.models import OuterRef, Subquery

from detectors.pool.positions import Axes, axes_of
from flawmark.core.blobs import blob_bytes, blob_discard, blob_store
from flawmark.core.models import Blob
from flawmark.curation.models import PoolHealthReport
from flawmark.datasets.models import Capture, Image
from flawmark.inspections.models import Inspection, LeftOutScore
from flawmark.inspections.selectors import image_vectors

if TYPE_CHECKING:  # a web process reads maps and need not carry what makes them
    from detectors.pool.modes import Modes
    from flawmark.curation.services.pools import PoolArrays

MAX_POINTS = 20_000


def map_store(*, report: PoolHealthReport, pool: "PoolArrays", modes: "Modes | None") -> Blob:
    """Keep axes and modes; the axes of the report before stay while they still show nearly as much."""
    axes = None if pool.vectors is None else axes_of(pool.vectors, _former_axes(report))
    content = {
        "axes": axes and {"centre": axes.centre.tolist(), "directions": axes.directions.tolist()},
        "modes": {}
        if modes is None
        else {
            str(image_id): int(mode) + 1 for image_id, mode in zip(pool.image_ids, modes.labels, strict=True)
        },
    }
    return blob_store(
        team_id=report.dataset.team_id,
        content=json.dumps(content).encode(),
        media_type="application/json",
    )


def maps_discard(*, report: PoolHealthReport, replaced: Blob | None) -> None:
    """Let go of the maps that the report's own replaces: its former one, and those of earlier reports."""
    earlier = PoolHealthReport.objects.filter(dataset=report.dataset, map__isnull=False, id__lt=report.id)
    former = [one.map for one in earlier.select_related("map") if one.map is not None]
    earlier.update(map=None)
    for blob in {blob.id: blob for blob in [*former, *([replaced] if replaced else [])]}.values():
        blob_discard(blob)


def map_points(report: PoolHealthReport) -> dict[str, Any]:
    """Columns of equal length, one entry an image, as `PoolMapOut` lists them."""
    content = json.loads(blob_bytes(report.map)) if report.map else {"axes": None, "modes": {}}
    axes = _axes(content)
    images = _mapped_images(report) if axes else []
    vectors = image_vectors([row["id"] for row in images])
    shown = [row for row in images if row["id"] in vectors]
    places = np.zeros((0, 2), np.float32)
    if axes and shown:
        stacked = np.stack([vectors[row["id"]] for row in shown])
        if stacked.shape[1] == len(axes.centre):
            places = axes.place(stacked)
        else:  # another way of embedding came into use since
            shown = []
    scores = _scores(report, [row["id"] for row in shown])
    return {
        "ids": [str(row["id"]) for row in shown],
        "x": [round(float(x), 5) for x in places[:, 0]],
        "y": [round(float(y), 5) for y in places[:, 1]],
        "label": [row["label"] for row in shown],
        "split": [row["split"] for row in shown],
        "score": [scores.get(row["id"]) for row in shown],
        "camera": [row["camera"] or row["station"] or "" for row in shown],
        "mode": [content["modes"].get(str(row["id"])) for row in shown],
        "quarantined": [row["quarantined_at"] is not None for row in shown],
        "filename": [row["filename"] for row in shown],
    }


def _mapped_images(report: PoolHealthReport) -> list[dict[str, Any]]:
    first = Capture.objects.filter(image=OuterRef("id")).order_by("id")
    images = Image.objects.filter(dataset=report.dataset, embedding__isnull=False).annotate(
        camera=Subquery(first.values("metadata__camera")[:1]), station=Subquery(first.values("station")[:1])
    )
    fields = ("id", "label", "split", "quarantined_at", "filename", "camera", "station")
    return list(images.order_by("id").values(*fields)[:MAX_POINTS])


def _scores(report: PoolHealthReport, image_ids: list[UUID]) -> dict[UUID, float]:
    """Left-out scores of the pool, ordinary ones of all others, by the report's model."""
    if report.model_version_id is None:
        return {}
    model_id = report.model_version_id
    scores = Inspection.objects.filter(model_version=model_id, image__in=image_ids)
    left_out = LeftOutScore.objects.filter(model_version=model_id, image__in=image_ids)
    found = dict(scores.values_list("image_id", "image_score"))
    return found | dict(left_out.values_list("image_id", "score"))


def _former_axes(report: PoolHealthReport) -> Axes | None:
    earlier = PoolHealthReport.objects.filter(dataset=report.dataset, map__isnull=False, id__lt=report.id)
    former = earlier.select_related("map").order_by("-id").first()
    return _axes(json.loads(blob_bytes(former.map))) if former and former.map else None


def _axes(content: dict[str, Any]) -> Axes | None:
    stored = content["axes"]
    if not stored:
        return None
    return Axes(np.array(stored["centre"], np.float32), np.array(stored["directions"], np.float32))
