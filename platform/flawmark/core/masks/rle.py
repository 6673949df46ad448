"""COCO run-length encoding, the exchange format of masks: column-major runs, starting with zeros."""

from typing import Any, TypedDict

import numpy as np

from flawmark.core.errors import InvalidInput
from flawmark.core.masks.tiles import Mask

# No run of an image is longer than 2**45 pixels.
MAX_SHIFT = 45


class Rle(TypedDict):
    """`size` is [height, width] in pixels; `counts` are run lengths of 0, 1, 0, 1, …"""

    size: list[int]
    counts: list[int]


def rle_encode(mask: Mask) -> Rle:
    """Encode an (H, W) mask as uncompressed COCO RLE."""
    height_px, width_px = mask.shape
    pixels = np.asarray(mask, np.bool_).ravel(order="F")
    changes = np.flatnonzero(pixels[1:] != pixels[:-1]) + 1
    counts = np.diff(np.concatenate(([0], changes, [pixels.size]))).tolist()
    if pixels.size and pixels[0]:
        counts = [0, *counts]
    return Rle(size=[height_px, width_px], counts=counts)


def rle_decode(rle: Any, *, max_pixels: int = 200_000_000) -> Mask:
    """Decode COCO RLE, `counts` as a list or as the compressed string. Raises InvalidInput."""
    try:
        height_px, width_px = (int(side) for side in rle["size"])
        raw = rle["counts"]
        counts = _decompress(raw) if isinstance(raw, str) else [int(count) for count in raw]
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput(
            "A mask in RLE has `size` [height, width] and `counts`.", field="mask_rle"
        ) from error
    if min(height_px, width_px) < 1 or height_px * width_px > max_pixels:
        raise InvalidInput("The mask's size is not usable.", field="mask_rle.size")
    if any(count < 0 for count in counts) or sum(counts) != height_px * width_px:
        raise InvalidInput("The mask's counts do not add up to its size.", field="mask_rle.counts")
    values = np.arange(len(counts)) % 2 == 1
    return np.repeat(values, counts).reshape((height_px, width_px), order="F")


def _decompress(text: str) -> list[int]:
    """Read COCO's string form: 5 bits a character, sign-extended, deltas to the run before the last."""
    counts: list[int] = []
    value, shift = 0, 0
    for character in text:
        bits = ord(character) - 48
        if not 0 <= bits < 64 or shift > MAX_SHIFT:
            raise ValueError("not a compressed run length")
        value |= (bits & 0x1F) << shift
        shift += 5
        if bits & 0x20:
            continue
        if bits & 0x10:
            value |= -1 << shift
        counts.append(value + counts[-2] if len(counts) > 2 else value)
        value, shift = 0, 0
    if shift:
        raise ValueError("the last run length is cut off")
    return counts
