"""Hashes of pixels: of the very values, and of what they look like."""

import hashlib

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.fft import dctn

from detectors.images import ImageArray

_REDUCED_PX = 32
_KEPT = 8


def perceptual_hash(image: ImageArray) -> int:
    """The signs of the 63 lowest cosine frequencies about their median, as a signed 64-bit integer.

    Near-duplicates differ in few bits; brightness and contrast, which move every frequency alike, change
    almost none. The usual "pHash" (Zauner 2010), without the frequency 0, which is the mean.

    Args:
        image: (H, W, 1|3) uint8 or uint16.
    """
    frequencies = dctn(reduced_grey(image, _REDUCED_PX), norm="ortho")[:_KEPT, :_KEPT].ravel()[1:]
    bits = np.concatenate([[False], frequencies > np.median(frequencies)])
    return int.from_bytes(np.packbits(bits).tobytes(), "big", signed=True)


def reduced_grey(image: ImageArray, side_px: int) -> npt.NDArray[np.float32]:
    """(side, side) means of the image's cells and channels, 0…255 over its type's range; any aspect."""
    full_scale = 65535 if image.dtype == np.uint16 else 255
    plane = Image.fromarray(image.mean(axis=2, dtype=np.float32) * np.float32(255 / full_scale))
    small = plane.resize((side_px, side_px), Image.Resampling.BOX)
    return np.asarray(small, np.float32)


def pixels_hash(image: ImageArray) -> str:
    """SHA-256 of an image's type, shape and values, whatever file they came in."""
    digest = hashlib.sha256(f"{image.dtype}{image.shape}".encode())
    digest.update(np.ascontiguousarray(image).data)
    return digest.hexdigest()
