"""Masks as sparse tiles of 512×512 pixels: what the browser paints, stores and sends.

A tile is a (512, 512) uint8 array of 0 and 1 in image pixels, row-major, origin top-left. It travels and
rests as zlib-deflated bytes. Tiles that are all 0 do not exist; pixels beyond the image's edge are 0.
"""

import base64
import binascii
import zlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from flawmark.core.errors import InvalidInput

TILE_PX = 512
TILE_BYTES = TILE_PX * TILE_PX

Mask = NDArray[np.bool_]
TileKey = tuple[int, int]


def tile_pack(tile: NDArray[np.uint8]) -> bytes:
    """Deflate a (512, 512) tile of 0 and 1."""
    return zlib.compress(np.ascontiguousarray(tile, dtype=np.uint8).tobytes(), 6)


def tile_unpack(packed: bytes) -> NDArray[np.uint8]:
    """Inflate a tile. Raises InvalidInput unless it is exactly 512×512 pixels of 0 and 1."""
    inflater = zlib.decompressobj()
    try:
        raw = inflater.decompress(packed, TILE_BYTES + 1)
    except zlib.error as error:
        raise InvalidInput("A mask tile is not valid zlib data.", field="data") from error
    if len(raw) != TILE_BYTES:
        raise InvalidInput(f"A mask tile has {TILE_BYTES} pixels, not {len(raw)}.", field="data")
    tile = np.frombuffer(raw, np.uint8).reshape(TILE_PX, TILE_PX)
    if tile.max(initial=0) > 1:
        raise InvalidInput("A mask tile holds only 0 and 1.", field="data")
    return tile


def tile_from_base64(text: str) -> NDArray[np.uint8]:
    try:
        return tile_unpack(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError) as error:
        raise InvalidInput("A mask tile is not valid base64.", field="data") from error


def mask_to_tiles(mask: Mask) -> dict[TileKey, NDArray[np.uint8]]:
    """Cut an (H, W) mask into its non-empty tiles, keyed by (tile row, tile column)."""
    height_px, width_px = mask.shape
    tiles: dict[TileKey, NDArray[np.uint8]] = {}
    for top in range(0, height_px, TILE_PX):
        for left in range(0, width_px, TILE_PX):
            part = mask[top : top + TILE_PX, left : left + TILE_PX]
            if part.any():
                tile = np.zeros((TILE_PX, TILE_PX), np.uint8)
                tile[: part.shape[0], : part.shape[1]] = part
                tiles[top // TILE_PX, left // TILE_PX] = tile
    return tiles


def tiles_to_mask(tiles: Mapping[TileKey, NDArray[np.uint8]], height_px: int, width_px: int) -> Mask:
    """Put tiles together into an (H, W) mask."""
    mask = np.zeros((height_px, width_px), np.bool_)
    for (row, col), tile in tiles.items():
        target = mask[row * TILE_PX : (row + 1) * TILE_PX, col * TILE_PX : (col + 1) * TILE_PX]
        target[:] = tile[: target.shape[0], : target.shape[1]]
    return mask


def tile_clip(tile: NDArray[np.uint8], key: TileKey, height_px: int, width_px: int) -> NDArray[np.uint8]:
    """Zero the pixels beyond the image. Raises InvalidInput when the whole tile lies outside."""
    rows_px, cols_px = height_px - key[0] * TILE_PX, width_px - key[1] * TILE_PX
    if min(key) < 0 or rows_px <= 0 or cols_px <= 0:
        raise InvalidInput(
            f"Tile ({key[0]}, {key[1]}) lies outside the {width_px}×{height_px} px image.", field="row"
        )
    clipped = tile.copy()
    clipped[rows_px:] = 0
    clipped[:, cols_px:] = 0
    return clipped
