"""Score maps: the product's one bilinear rule, and their 16-bit form for storage and the browser."""

import numpy as np
import numpy.typing as npt

FloatMap = npt.NDArray[np.float32]

QUANTISED_MAXIMUM = 65535
_BLOCK_ROWS = 512


def upsample(score_map: npt.NDArray[np.floating], height_px: int, width_px: int) -> FloatMap:
    """Resize a score map by THE bilinear rule: half-pixel centres (`align_corners=False`), edges clamped.

    Every place that turns a native grid into pixels (metrics, thresholds, masks, the browser's shader)
    uses this rule. No antialiasing: it only ever makes maps larger.

    Args:
        score_map: (h, w), the map's native grid; it spans the whole image.
        height_px: height of the image.
        width_px: width of the image.

    Returns:
        (height_px, width_px) float32.
    """
    low, high, weight = _taps(score_map.shape[1], width_px)
    source = score_map.astype(np.float32, copy=False)
    left = source[:, low]
    wide = left + (source[:, high] - left) * weight
    low, high, weight = _taps(score_map.shape[0], height_px)
    top = wide[low]
    return top + (wide[high] - top) * weight[:, None]


def _taps(cells: int, pixels: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], FloatMap]:
    """For each target pixel: the two source cells, and the weight of the second."""
    centres = np.maximum((np.arange(pixels) + 0.5) * (cells / pixels) - 0.5, 0.0)
    low = np.minimum(centres.astype(np.int64), cells - 1)
    high = np.minimum(low + 1, cells - 1)
    return low, high, (centres - low).astype(np.float32)


def predicted_mask(
    steps: npt.NDArray[np.uint16], scale: float, threshold: float, height_px: int, width_px: int
) -> npt.NDArray[np.bool_]:
    """Pixels whose score is at or above a threshold, by the bilinear rule in whole numbers.

    A stored map holds whole steps, so the rule can be computed without rounding: weights are whole multiples
    of 1 / (2 × pixels) an axis. The browser's shader does the same arithmetic, so that both draw the same
    mask to the pixel, ties included.

    Args:
        steps: (h, w) map as `quantise` stores it.
        scale: score per step.
        threshold: in score units.
        height_px: height of the image.
        width_px: width of the image.

    Returns:
        (height_px, width_px) bool.
    """
    unit = 4 * width_px * height_px
    limit = int(min(max(0.0, np.ceil(threshold / scale * unit)), QUANTISED_MAXIMUM * unit + 1))
    low, high, weight = _whole_taps(steps.shape[1], width_px)
    source = steps.astype(np.int64)
    wide = source[:, low] * (2 * width_px - weight) + source[:, high] * weight
    low, high, weight = _whole_taps(steps.shape[0], height_px)
    mask = np.empty((height_px, width_px), np.bool_)
    for first in range(0, height_px, _BLOCK_ROWS):
        rows = slice(first, first + _BLOCK_ROWS)
        below = weight[rows, None]
        mask[rows] = wide[low[rows]] * (2 * height_px - below) + wide[high[rows]] * below >= limit
    return mask


def _whole_taps(cells: int, pixels: int) -> tuple[npt.NDArray[np.int64], ...]:
    """As `_taps`, with the weight of the second cell out of 2 × pixels."""
    whole = 2 * pixels
    position = np.clip((2 * np.arange(pixels) + 1) * cells - pixels, 0, whole * (cells - 1))
    low = position // whole
    return low, np.minimum(low + 1, cells - 1), position - low * whole


def quantisation_scale(maximum: float) -> float:
    """Score per step such that scores from 0 to `maximum` fit the 16 bits."""
    return maximum / QUANTISED_MAXIMUM


def quantise(score_map: npt.NDArray[np.floating], scale: float) -> npt.NDArray[np.uint16]:
    """Round to steps of `scale` as little-endian uint16; what lies outside 0 … 65535 steps is clamped."""
    steps = np.rint(np.asarray(score_map, dtype=np.float64) / scale)
    return np.clip(steps, 0, QUANTISED_MAXIMUM).astype("<u2")


def dequantise(steps: npt.NDArray[np.uint16], scale: float) -> FloatMap:
    """The scores that `quantise` stored, exact to half a step."""
    return (steps.astype(np.float64) * scale).astype(np.float32)
