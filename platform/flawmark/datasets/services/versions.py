"""Freezing a dataset: a canonical manifest, hashed."""

import hashlib
import json
from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from flawmark.accounts.models import User
from flawmark.accounts.services import audit_record
from flawmark.core.blobs import blob_store
from flawmark.core.events import publish
from flawmark.datasets.models import Dataset, DatasetVersion, DefectType, Image, Label, MaskRevision, Split

FORMAT = "flawmark-manifest-1"


@transaction.atomic
def dataset_version_create(
    *, dataset: Dataset, actor: User | None, note: str = "", leaving_out: Collection[UUID] = ()
) -> DatasetVersion:
    """Freeze the dataset as it is now; the same contents give the version that is already there.

    A version holds every image that has a label or a split and is not in quarantine. Images that nobody has
    looked at are not part of it, so a camera's stream does not make a new version every minute. Images named
    in `leaving_out` are not part of it either: so it is known what they change.
    """
    # The lock keeps numbers free of gaps and lets two equal requests find one version.
    dataset = Dataset.objects.select_for_update().get(id=dataset.id)
    manifest = _manifest(dataset, leaving_out)
    content = json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    sha256 = hashlib.sha256(content).hexdigest()
    existing = DatasetVersion.objects.filter(dataset=dataset, sha256=sha256).first()
    if existing is not None:
        return existing
    newest = dataset.versions.aggregate(newest=Max("number"))["newest"] or 0
    version = DatasetVersion.objects.create(
        dataset=dataset,
        number=newest + 1,
        sha256=sha256,
        manifest=blob_store(team_id=dataset.team_id, content=content, media_type="application/json"),
        counts=_counts(manifest["images"]),
        note=note[:200],
        created_by=actor,
    )
    audit_record(
        team=dataset.team,
        actor=actor,
        action="version.create",
        object_type="dataset",
        object_id=dataset.id,
        detail={"version": str(version.id), "number": version.number, "sha256": sha256},
    )
    data = {"id": dataset.id, "change": "version", "version": version.id}
    publish(team_id=dataset.team_id, event="dataset", data=data)
    return version


def _manifest(dataset: Dataset, leaving_out: Collection[UUID]) -> dict[str, Any]:
    names = {str(found.id): found.name for found in DefectType.objects.filter(dataset=dataset)}
    # One statement reads images and masks together, so that the manifest is a single moment.
    images = (
        Image.objects.filter(dataset=dataset, quarantined_at__isnull=True)
        .exclude(label=Label.UNLABELLED, split=Split.UNASSIGNED)
        .exclude(id__in=leaving_out)
        .select_related("current_revision")
        .order_by("sha256")
    )
    return {
        "format": FORMAT,
        "region_of_interest": dataset.region_of_interest,
        "defect_types": sorted(names.values()),
        "images": [_row(image, names) for image in images.iterator(chunk_size=1000)],
    }


def _row(image: Image, names: dict[str, str]) -> dict[str, Any]:
    return {
        "sha256": image.sha256,
        "filename": image.filename,
        "label": image.label,
        "split": image.split,
        "origin": image.origin,
        "lot": image.lot,
        "width_px": image.width_px,
        "height_px": image.height_px,
        "mask": _mask(image.current_revision, names) if image.current_revision else None,
    }


def _mask(revision: MaskRevision, names: dict[str, str]) -> dict[str, Any]:
    layers = [
        {
            "kind": layer["kind"],
            "defect_type": names.get(layer["defect_type"]),
            "tiles": [[tile["row"], tile["col"], tile["sha256"]] for tile in layer["tiles"]],
        }
        for layer in revision.layers
    ]
    ordered = sorted(layers, key=lambda layer: (layer["kind"], layer["defect_type"] or ""))
    return {"revision": revision.number, "layers": ordered}


def _counts(rows: list[dict[str, Any]]) -> dict[str, Any]:
    counts: dict[str, Any] = {split: dict.fromkeys(Label.values, 0) for split in Split.values}
    for row in rows:
        counts[row["split"]][row["label"]] += 1
    masks = sum(1 for row in rows if row["mask"] and row["mask"]["layers"])
    return {"total": len(rows), "masks": masks, "label_by_split": counts}
