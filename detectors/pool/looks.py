"""What is measured on every image of a pool once: a small picture of it, and how well it was taken."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter, laplace

from detectors.images import ImageArray
from detectors.pool.hashes import pixels_hash, reduced_grey

FINGERPRINT_PX = 128
RECIPE = f"grey{FINGERPRINT_PX}/laplacian-by-gradient/2"
"""Names how looks are made: only looks of one recipe may be compared."""

_CLIPPED = 0.002
"""Values this near to the ends of the type's range have lost their detail."""

_DETAIL_PX = 1.0
"""Width of the finest detail that counts: rounding and noise are finer, and darkness raises them."""

_LEAST_RATIO = 1e-4


@dataclass(frozen=True)
class Look:
    """One image's measurements.

    Attributes:
        pixels_sha256: hash of type, shape and values: equal pixels in different files have equal ones.
        fingerprint: (128, 128) uint8, the picture reduced to grey cells.
        sharpness: see `sharpness_of`; higher = sharper.
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
    return Look(
        pixels_sha256=pixels_hash(image),
        fingerprint=fingerprint,
        sharpness=sharpness_of(grey),
        brightness=float(grey.mean()),
        clipped_share=float(((grey <= _CLIPPED) | (grey >= 1 - _CLIPPED)).mean()),
    )


def sharpness_of(grey: npt.NDArray[np.float32]) -> float:
    """How fine the detail of a picture (H, W) is: log10 of its Laplacian's energy over its gradient's.

    Both grow with the square of the contrast and neither knows of brightness, so a dark or flat light leaves
    their ratio alone, which is a mean squared frequency; blur takes the high ones. A picture of one colour
    has no detail: the lowest value, -4.
    """
    smooth = gaussian_filter(grey, _DETAIL_PX, mode="nearest")
    gradient = float(
        sum((np.diff(smooth, axis=axis) ** 2).mean() for axis in (0, 1) if smooth.shape[axis] > 1)
    )
    laplacian = float((laplace(smooth, mode="nearest") ** 2).mean())
    return (
        float(np.log10(laplacian / gradient + _LEAST_RATIO))
        if gradient > 0
        else float(np.log10(_LEAST_RATIO))
    )
