"""Per-region overlap (PRO) and the area under its curve (AUPRO), exactly.

Integrating the mean of the regions' curves is the same as summing, over anomalous pixels, the area of each
pixel's own step: a pixel of score s in one of K regions of size n adds 1/(Kn) from the false-positive rate at
"above s" (rising linearly to the rate at "s and above", when normal pixels tie) onwards. So the exact area
over all distinct thresholds needs no thresholds at all.
"""

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from detectors.errors import InputError
from detectors.metrics.ranking import RankCounts, Scores, finite_scores, rank_counts

Mask = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

_EIGHT_CONNECTED = np.ones((3, 3), bool)


def aupro(maps: npt.ArrayLike, masks: npt.ArrayLike, limit: float = 0.3) -> float | None:
    """Area under the per-region overlap curve up to a false-positive rate, divided by that rate.

    Args:
        maps: (N, h, w) scores, higher = more anomalous.
        masks: (N, h, w), true = anomalous. Regions are 8-connected, within one image, and count the same
            whatever their size. Normal pixels of all images give the false-positive rate.
        limit: false-positive rate to integrate to, above 0 to 1; the curve is interpolated at the limit.

    Returns:
        0 to 1, or None without regions or without normal pixels.

    Raises:
        InputError: shapes that differ, NaN or infinite scores, a limit outside (0, 1].
    """
    values, truth = np.asarray(maps), np.asarray(masks).astype(bool)
    if values.ndim != 3 or values.shape != truth.shape:
        raise InputError(f"Maps {values.shape} and masks {truth.shape} must have one shape (N, h, w).")
    weights = [region_weights(mask) for mask in truth]
    anomalous = finite_scores(values[truth])
    order = np.argsort(anomalous, kind="stable")
    counts = rank_counts(anomalous, values[~truth])
    return aupro_of(counts, np.concatenate([*weights, np.empty(0)])[order], limit)


def region_weights(mask: Mask, valid: Mask | None = None) -> FloatArray:
    """For each anomalous pixel of one image, row by row, 1 / (pixels of its region).

    Args:
        mask: (h, w), true = anomalous.
        valid: (h, w), false = pixel left out; regions are formed first, then lose those pixels.

    Returns:
        (number of anomalous valid pixels,) float64; sums to the number of regions.
    """
    rows = np.flatnonzero(mask.any(axis=1))
    if len(rows) == 0:
        return np.empty(0)
    band = slice(rows[0], rows[-1] + 1)
    labels, count = ndimage.label(mask[band], _EIGHT_CONNECTED)
    kept = mask[band] if valid is None else mask[band] & valid[band]
    members = labels[kept]
    sizes = np.bincount(members, minlength=count + 1)
    result: FloatArray = 1.0 / sizes[members]
    return result


def aupro_of(counts: RankCounts, weights: Scores, limit: float = 0.3) -> float | None:
    """`aupro` from counts and the region weights in the same (ascending) order of anomalous scores."""
    if not 0 < limit <= 1:
        raise InputError(f"The false-positive limit of AUPRO must be above 0 and at most 1, not {limit}.")
    if not counts.defined:
        return None
    start = counts.above / counts.normal_count
    end = counts.not_below / counts.normal_count
    ramp = np.clip(limit - start, 0, end - start)
    # Where nothing ties (end == start) the ramp is empty, and only the plateau after it counts.
    rising = np.divide(ramp * ramp, 2 * (end - start), out=np.zeros_like(ramp), where=end > start)
    plateau = np.maximum(limit - end, 0)
    return float((weights * ((rising + plateau) / limit)).sum() / weights.sum())
