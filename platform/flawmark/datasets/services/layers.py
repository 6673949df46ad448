"""Writing layers: painted tiles and whole masks become references to stored tiles."""

import hashlib
import json
from collections.abc import Mapping
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from flawmark.core.errors import InvalidInput
from flawmark.core.masks.tiles import Mask, TileKey, mask_to_tiles, tile_pack
from flawmark.datasets.models import Dataset, DefectType, Image, LayerKind, MaskTile
from flawmark.datasets.selectors.layers import LayerKey, Layers, key_of


def layers_from_masks(*, image: Image, masks: Mapping[LayerKey, Mask]) -> Layers:
    """Store the tiles of (H, W) masks. Raises InvalidInput for a mask of another size than the image."""
    layer_keys_check(dataset=image.dataset, keys=set(masks))
    found: dict[LayerKey, dict[TileKey, str]] = {}
    for key, mask in masks.items():
        if mask.shape != (image.height_px, image.width_px):
            raise InvalidInput(
                f"The mask has {mask.shape[1]}×{mask.shape[0]} px, "
                f"but the image {image.width_px}×{image.height_px} px.",
                code="mask_size",
                field="mask_rle.size",
            )
        found[key] = {
            tile_key: tile_store(team_id=image.dataset.team_id, tile=tile)
            for tile_key, tile in mask_to_tiles(mask).items()
        }
    return layers_of(found)


def layer_keys_check(*, dataset: Dataset, keys: set[LayerKey]) -> None:
    """Raise InvalidInput unless every defect layer names a defect type of the dataset and no other does."""
    known = set(DefectType.objects.filter(dataset=dataset).values_list("id", flat=True))
    for key in keys:
        if key.kind not in LayerKind.values:
            raise InvalidInput(f"Layers are any of: {', '.join(LayerKind.values)}.", field="kind")
        if key.kind == LayerKind.DEFECT and key.defect_type not in known:
            raise InvalidInput("This dataset has no such defect type.", field="defect_type")
        if key.kind != LayerKind.DEFECT and key.defect_type is not None:
            raise InvalidInput("Only defect layers have a defect type.", field="defect_type")


def tile_store(*, team_id: UUID, tile: NDArray[np.uint8]) -> str:
    """Keep a (512, 512) tile once per team and return its hash, which is that of the bare pixels."""
    pixels = np.ascontiguousarray(tile, np.uint8)
    sha256 = hashlib.sha256(pixels.tobytes()).hexdigest()
    MaskTile.objects.get_or_create(team_id=team_id, sha256=sha256, defaults={"data": tile_pack(pixels)})
    return sha256


def layers_index(layers: Layers) -> dict[LayerKey, dict[TileKey, str]]:
    """Layers as {layer: {(row, col): hash}}, which is easier to change."""
    return {
        key_of(layer): {(tile["row"], tile["col"]): tile["sha256"] for tile in layer["tiles"]}
        for layer in layers
    }


def layers_of(index: Mapping[LayerKey, Mapping[TileKey, str]]) -> Layers:
    """The canonical list of layers: sorted, without empty layers."""
    return [
        {
            "kind": str(key.kind),
            "defect_type": str(key.defect_type) if key.defect_type else None,
            "tiles": [{"row": row, "col": col, "sha256": tiles[row, col]} for row, col in sorted(tiles)],
        }
        for key, tiles in sorted(index.items(), key=lambda item: (item[0].kind, str(item[0].defect_type)))
        if tiles
    ]


def layers_sha256(layers: Layers) -> str:
    return hashlib.sha256(json.dumps(layers, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
