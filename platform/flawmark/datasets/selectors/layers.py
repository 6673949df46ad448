"""Reading masks: layers of tile references, their tiles, and the pixels."""

import base64
from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np

from flawmark.core.masks.tiles import Mask, tile_unpack, tiles_to_mask
from flawmark.datasets.models import Image, LayerKind, MaskRevision, MaskTile

Layers = list[dict[str, Any]]
"""`[{"kind", "defect_type": id|None, "tiles": [{"row", "col", "sha256"}]}]`, sorted, no empty tiles."""


class LayerKey(NamedTuple):
    """Which layer: `defect` layers have a defect type each, `ignore` and `normal` exist once."""

    kind: str
    defect_type: UUID | None = None


IGNORE = LayerKey(LayerKind.IGNORE)
NORMAL_REGION = LayerKey(LayerKind.NORMAL)


def key_of(layer: dict[str, Any]) -> LayerKey:
    defect_type = layer["defect_type"]
    return LayerKey(layer["kind"], UUID(defect_type) if defect_type else None)


def tile_bytes(*, team_id: UUID, sha256s: Iterable[str]) -> dict[str, bytes]:
    """The packed tiles of these hashes."""
    rows = MaskTile.objects.filter(team_id=team_id, sha256__in=set(sha256s)).values_list("sha256", "data")
    return {sha256: bytes(data) for sha256, data in rows}


def hashes_of(layers: Layers) -> set[str]:
    return {tile["sha256"] for layer in layers for tile in layer["tiles"]}


def layers_with_data(*, team_id: UUID, layers: Layers) -> Layers:
    """The same layers with `data` (base64 of the deflated tile) in place of the hashes."""
    packed = tile_bytes(team_id=team_id, sha256s=hashes_of(layers))

    def opened(tile: dict[str, Any]) -> dict[str, Any]:
        data = base64.b64encode(packed[tile["sha256"]]).decode()
        return {"row": tile["row"], "col": tile["col"], "data": data}

    return [{**layer, "tiles": [opened(tile) for tile in layer["tiles"]]} for layer in layers]


def layers_masks(*, team_id: UUID, layers: Layers, height_px: int, width_px: int) -> dict[LayerKey, Mask]:
    """The (height_px, width_px) mask of each layer."""
    packed = tile_bytes(team_id=team_id, sha256s=hashes_of(layers))
    masks = {}
    for layer in layers:
        tiles = {(tile["row"], tile["col"]): tile_unpack(packed[tile["sha256"]]) for tile in layer["tiles"]}
        masks[key_of(layer)] = tiles_to_mask(tiles, height_px, width_px)
    return masks


def revision_masks(revision: MaskRevision) -> dict[LayerKey, Mask]:
    """The (H, W) mask of each layer of a revision, at its image's size; empty layers are absent."""
    image = Image.objects.select_related("dataset").get(id=revision.image_id)
    return layers_masks(
        team_id=image.dataset.team_id,
        layers=revision.layers,
        height_px=image.height_px,
        width_px=image.width_px,
    )


def defect_mask_of(masks: dict[LayerKey, Mask], *, height_px: int, width_px: int) -> Mask:
    """Every defect type together, as one (height_px, width_px) mask."""
    together = np.zeros((height_px, width_px), np.bool_)
    for key, mask in masks.items():
        if key.kind == LayerKind.DEFECT:
            together |= mask
    return together


def has_defects(layers: Layers) -> bool:
    return any(layer["kind"] == LayerKind.DEFECT and layer["tiles"] for layer in layers)
