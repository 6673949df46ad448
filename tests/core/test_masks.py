"""Masks keep every pixel on the way through RLE and tiles, and nonsense is refused."""

import base64
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from flawmark.core.errors import InvalidInput
from flawmark.core.masks.rle import rle_decode, rle_encode
from flawmark.core.masks.tiles import (
    TILE_PX,
    mask_to_tiles,
    tile_clip,
    tile_from_base64,
    tile_pack,
    tile_unpack,
    tiles_to_mask,
)

Mask = NDArray[np.bool_]
small_masks = arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 12)))


def compress(counts: list[int]) -> str:
    """COCO's string form, written from its definition: the encoder that the decoder is checked against."""
    text = ""
    for index, count in enumerate(counts):
        value = count - counts[index - 2] if index > 2 else count
        more = True
        while more:
            bits = value & 0x1F
            value >>= 5
            more = value != -1 if bits & 0x10 else value != 0
            text += chr((bits | 0x20 if more else bits) + 48)
    return text


@given(small_masks)
def test_rle_gives_back_every_pixel(mask: Mask) -> None:
    rle = rle_encode(mask)
    assert np.array_equal(rle_decode(rle), mask)
    assert sum(rle["counts"]) == mask.size
    assert all(count > 0 for count in rle["counts"][1:])


@given(small_masks)
def test_compressed_rle_gives_back_every_pixel(mask: Mask) -> None:
    rle = rle_encode(mask)
    assert np.array_equal(rle_decode({"size": rle["size"], "counts": compress(rle["counts"])}), mask)


def test_rle_runs_down_the_columns_and_starts_with_zeros() -> None:
    mask = np.array([[0, 1, 1], [0, 0, 1]], np.bool_)
    assert rle_encode(mask) == {"size": [2, 3], "counts": [2, 1, 1, 2]}
    assert rle_encode(~mask) == {"size": [2, 3], "counts": [0, 2, 1, 1, 2]}


@pytest.mark.parametrize(
    "rle",
    [
        None,
        {},
        {"size": [2, 2]},
        {"size": [2], "counts": [2]},
        {"size": [2, 2], "counts": [5]},
        {"size": [2, 2], "counts": [6, -2]},
        {"size": [0, 4], "counts": []},
        {"size": [2, 2], "counts": "broken ü"},
        {"size": [2, 2], "counts": "o"},
        {"size": [100_000, 100_000], "counts": [10_000_000_000]},
        {"size": ["a", 2], "counts": [4]},
        {"size": [2, 2], "counts": [2, 2.5, None]},
    ],
)
def test_broken_rle_is_refused_in_a_sentence(rle: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        rle_decode(rle)
    assert refused.value.field is not None
    assert refused.value.field.startswith("mask_rle")


@settings(max_examples=20, deadline=None)
@given(
    st.integers(1, 2 * TILE_PX + 3),
    st.integers(1, 2 * TILE_PX + 3),
    st.integers(0, 2**32 - 1),
    st.floats(0, 0.001),
)
def test_tiles_give_back_every_pixel(height_px: int, width_px: int, seed: int, share: float) -> None:
    mask = np.random.default_rng(seed).random((height_px, width_px)) < share
    tiles = mask_to_tiles(mask)
    assert all(tile.any() and tile.shape == (TILE_PX, TILE_PX) for tile in tiles.values())
    assert sum(int(tile.sum()) for tile in tiles.values()) == mask.sum()
    packed = {key: tile_unpack(tile_pack(tile)) for key, tile in tiles.items()}
    assert np.array_equal(tiles_to_mask(packed, height_px, width_px), mask)


def test_a_tile_is_cut_at_the_images_edge() -> None:
    full = np.ones((TILE_PX, TILE_PX), np.uint8)
    cut = tile_clip(full, (1, 0), TILE_PX + 10, 20)
    assert cut[:10, :20].all()
    assert cut.sum() == 200
    for outside in [(2, 0), (0, 1), (-1, 0)]:
        with pytest.raises(InvalidInput):
            tile_clip(full, outside, TILE_PX + 10, 20)


@pytest.mark.parametrize(
    "raw",
    [b"", b"short", bytes(TILE_PX * TILE_PX + 1), bytes([2]) * TILE_PX * TILE_PX, bytes(50_000_000)],
    ids=["empty", "short", "long", "twos", "inflating"],
)
def test_a_tile_has_exactly_its_pixels_of_0_and_1(raw: bytes) -> None:
    with pytest.raises(InvalidInput):
        tile_unpack(zlib.compress(raw))


@pytest.mark.parametrize("text", ["not base64!", base64.b64encode(b"not zlib").decode(), "ü"])
def test_a_tile_that_is_no_tile_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        tile_from_base64(text)
