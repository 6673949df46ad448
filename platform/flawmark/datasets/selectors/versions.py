"""Reading dataset versions: the manifest, its images and masks. Nothing else is read for training."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np

from detectors.images import ImageArray, read_image
from flawmark.core.blobs import blob_bytes
from flawmark.core.masks.tiles import Mask, tile_unpack, tiles_to_mask
from flawmark.core.models import Blob
from flawmark.datasets.models import DatasetVersion, Image, Label, LayerKind
from flawmark.datasets.selectors.layers import tile_bytes

NamedLayer = tuple[str, str | None]
"""(layer kind, name of the defect type)."""


@dataclass(frozen=True)
class VersionEntry:
    """One image of a version, as it was then.

    `layers` is None when the image had no mask revision: then nobody has said where its defects are. It is
    `[{"kind", "defect_type": name|None, "tiles": [[row, col, sha256], …]}]` otherwise.
    """

    team_id: UUID
    image_id: UUID
    sha256: str
    filename: str
    label: str
    split: str
    origin: str
    lot: str
    width_px: int
    height_px: int
    revision: int | None
    layers: list[dict[str, Any]] | None

    def content(self) -> bytes:
        """The file's bytes."""
        return blob_bytes(Blob(team_id=self.team_id, sha256=self.sha256))

    def pixels(self) -> ImageArray:
        """Decode (H, W, 1|3) uint8 or uint16."""
        return read_image(self.content(), name=self.filename)

    def masks(self) -> dict[NamedLayer, Mask]:
        """The (H, W) mask of every layer that is not empty."""
        layers = self.layers or []
        packed = tile_bytes(
            team_id=self.team_id, sha256s=(tile[2] for layer in layers for tile in layer["tiles"])
        )
        found = {}
        for layer in layers:
            tiles = {(row, col): tile_unpack(packed[sha256]) for row, col, sha256 in layer["tiles"]}
            found[layer["kind"], layer["defect_type"]] = tiles_to_mask(tiles, self.height_px, self.width_px)
        return found

    def defect_mask(self) -> Mask | None:
        """All defects together as (H, W); nothing set for a normal image; None where nobody has said."""
        if self.label == Label.NORMAL:
            return np.zeros((self.height_px, self.width_px), np.bool_)
        if not any(layer["kind"] == LayerKind.DEFECT for layer in self.layers or []):
            return None
        return np.logical_or.reduce(
            [mask for key, mask in self.masks().items() if key[0] == LayerKind.DEFECT]
        )

    def ignore_mask(self) -> Mask | None:
        """Pixels (H, W) that neither train nor count; None when there are none."""
        return self.masks().get((LayerKind.IGNORE, None)) if self.layers else None

    def normal_region(self) -> Mask | None:
        """Pixels (H, W) that a reviewer has confirmed to be normal; None when there are none."""
        return self.masks().get((LayerKind.NORMAL, None)) if self.layers else None


def version_manifest(version: DatasetVersion) -> dict[str, Any]:
    return dict(json.loads(blob_bytes(version.manifest)))


def version_entries(version: DatasetVersion) -> list[VersionEntry]:
    """Every image of the version, sorted by content hash."""
    manifest = version_manifest(version)
    team_id = version.dataset.team_id
    ids = dict(Image.objects.filter(dataset_id=version.dataset_id).values_list("sha256", "id"))
    return [_entry(row, team_id, ids[row["sha256"]]) for row in manifest["images"]]


def _entry(row: dict[str, Any], team_id: UUID, image_id: UUID) -> VersionEntry:
    mask = row["mask"]
    return VersionEntry(
        team_id=team_id,
        image_id=image_id,
        revision=mask["revision"] if mask else None,
        layers=mask["layers"] if mask else None,
        **{name: value for name, value in row.items() if name != "mask"},
    )


def version_region_of_interest(version: DatasetVersion) -> dict[str, Any] | None:
    """The region of interest as it was then (see `Dataset.region_of_interest`)."""
    return version_manifest(version)["region_of_interest"]


def version_diff(before: DatasetVersion, after: DatasetVersion) -> dict[str, list[dict[str, Any]]]:
    """What came (`added`), went (`removed`) and changed (`changed`, with the fields' old and new values)."""
    old = {row["sha256"]: row for row in version_manifest(before)["images"]}
    new = {row["sha256"]: row for row in version_manifest(after)["images"]}
    changed = [
        {**_brief(new[sha256]), "changes": changes}
        for sha256 in sorted(old.keys() & new.keys())
        if (changes := _changes(old[sha256], new[sha256]))
    ]
    return {
        "added": [_brief(new[sha256]) for sha256 in sorted(new.keys() - old.keys())],
        "removed": [_brief(old[sha256]) for sha256 in sorted(old.keys() - new.keys())],
        "changed": changed,
    }


def _brief(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("sha256", "filename", "label", "split")}


def _changes(old: dict[str, Any], new: dict[str, Any]) -> dict[str, list[Any]]:
    changes = {name: [old[name], new[name]] for name in ("label", "split", "lot") if old[name] != new[name]}
    if old["mask"] != new["mask"]:
        changes["mask"] = [row["mask"] and row["mask"]["revision"] for row in (old, new)]
    return changes
