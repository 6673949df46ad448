"""What is measured on every image of a pool once: a small picture of it, and how well it was taken."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import laplace

from detectors.images import ImageArray
from detectors.pool.hashes import pixels_hash, reduced_grey

FINGERPRINT_PX = 128
RECIPE = f"grey{FINGERPRINT_PX}/laplacian/1"
"""Names how looks are made: only looks of one recipe may be compared."""

_CLIPPED = 0.002
"""Values this near to the ends of the type's range have lost their detail."""


@dataclass(frozen=True)
class Look:
    """One image's measurements.

    Attributes:
        pixels_sha256: hash of type, shape and values: equal pixels in different files have equal ones.
        fingerprint: (128, 128) uint8, the picture reduced to grey cells.
        sharpness: log10 of the variance of the Laplacian of values 0…1; higher = sharper.
        brightness: mean, 0…1.
        clipped_share: share of the pixels that are black or white to the end, 0…1.
    """

    pixels_sha256: str
    fingerprint: npt.NDArray[np.uint8]
    sharpness: float
    brightness: float
    clipped_share: float


def look_of(image: ImageArray) -> Look:
    """Measure an image (H, W, 1|3) uint8 or uint16, at its own size."""
    full_scale = 65535 if image.dtype == np.uint16 else 255
    grey = image.mean(axis=2, dtype=np.float32) / np.float32(full_scale)
    fingerprint = np.rint(reduced_grey(image, FINGERPRINT_PX)).astype(np.uint8)
    variance = float(laplace(grey, mode="nearest").var())
    return Look(
        pixels_sha256=pixels_hash(image),
        fingerprint=fingerprint,
        sharpness=float(np.log10(variance + 1e-8)),
        brightness=float(grey.mean()),
        clipped_share=float(((grey <= _CLIPPED) | (grey >= 1 - _CLIPPED)).mean()),
    )
