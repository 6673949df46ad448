"""What score maps say about the pixel threshold, at the image's size by the product's one bilinear rule."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from detectors.maps import QUANTISED_MAXIMUM, FloatMap, quantise, upsample
from flawmark.core.masks.tiles import Mask

# At most this share of a normal image's pixels may be flagged before the image counts as a false alarm.
PIXEL_RATE = 0.001
# A map holds a few hundred cells: beyond this size more pixels only repeat what interpolation says.
LONGEST_SIDE_PX = 1024
# A pixel threshold fitted to fewer masks would follow their chance.
MASKS_NEEDED = 3


def measured_size_px(height_px: int, width_px: int) -> tuple[int, int]:
    """The size at which a map is measured: the image's own, shrunk to at most 1,024 px a side."""
    shrink = min(1.0, LONGEST_SIDE_PX / max(height_px, width_px))
    return max(1, round(height_px * shrink)), max(1, round(width_px * shrink))


def map_peak(score_map: FloatMap, height_px: int, width_px: int) -> float:
    """The smallest pixel score that at most one pixel in a thousand exceeds."""
    pixels = upsample(score_map, *measured_size_px(height_px, width_px)).ravel()
    rank = len(pixels) - 1 - int(PIXEL_RATE * len(pixels))
    return float(np.partition(pixels, rank)[rank])


class DefectPixels:
    """Finds the pixel threshold with the best F1 over masked defects, in memory that does not grow.

    Scores are counted in the 65,536 steps that maps are stored in, so nothing is lost to the bins.
    """

    def __init__(self, map_scale: float) -> None:
        self._scale = map_scale
        self._defect = np.zeros(QUANTISED_MAXIMUM + 1, np.int64)
        self._normal = np.zeros(QUANTISED_MAXIMUM + 1, np.int64)
        self._masks = 0

    def update(self, score_map: FloatMap, mask: Mask, valid: Mask | None = None) -> None:
        """Add one defective image: its (h, w) map, its (H, W) mask, and the pixels that count."""
        size = measured_size_px(*mask.shape)
        steps = quantise(upsample(score_map, *size), self._scale)
        truth = nearest(mask, size)
        counted = np.ones_like(truth) if valid is None else nearest(valid, size)
        self._defect += np.bincount(steps[truth & counted], minlength=QUANTISED_MAXIMUM + 1)
        self._normal += np.bincount(steps[~truth & counted], minlength=QUANTISED_MAXIMUM + 1)
        self._masks += 1

    def threshold(self) -> float | None:
        """The lowest score of the best F1; None while there are too few masks."""
        if self._masks < MASKS_NEEDED or not self._defect.any():
            return None
        found = np.cumsum(self._defect[::-1])[::-1]
        flagged = found + np.cumsum(self._normal[::-1])[::-1]
        f1 = 2 * found / np.maximum(found[0] + flagged, 1)
        return float(np.argmax(f1) * self._scale)


def nearest(mask: Mask, size: tuple[int, int]) -> Mask:
    """Resample a mask to another size by its nearest pixels."""
    if mask.shape == size:
        return mask
    rows, cols = (
        ((np.arange(count) + 0.5) * (length / count)).astype(np.int64)
        for count, length in zip(size, mask.shape, strict=True)
    )
    return mask[np.ix_(rows, cols)]


def largest(maps: Iterable[NDArray[np.floating]]) -> float:
    """The largest value in any map, 0 when there is none."""
    return max((float(score_map.max(initial=0.0)) for score_map in maps), default=0.0)
