"""Thresholds by observed rates and by cost. A score at or above a threshold is flagged.

Observed shares say nothing certain about new images; `conformal` does. Weights are 1 / sampling probability.
"""

import math

import numpy as np
import numpy.typing as npt

from detectors.errors import InputError
from detectors.metrics.conformal import FloatArray, weighted_scores
from detectors.metrics.ranking import Scores

# A target met up to rounding of the summed weights is met.
_ROUNDING = 1e-12


def threshold_for_overkill(
    normal_scores: npt.ArrayLike, target: float, weights: npt.ArrayLike | None = None
) -> float:
    """The smallest threshold at which the observed share of flagged normal images is at most `target`.

    An observed share, without `conformal_threshold`'s guarantee for new images.

    Raises:
        InputError: no scores, scores or weights that cannot be used, a target outside [0, 1].
    """
    scores, shares = _non_empty(normal_scores, weights, target, "normal")
    distinct, flagged = _share_at_or_above(scores, shares)
    allowed = np.flatnonzero(flagged <= target + _ROUNDING)
    # Flagging stays the same just above the next lower score, down to it; the smallest float does.
    first = int(allowed[0]) if len(allowed) else len(distinct)
    return float(distinct[0]) if first == 0 else float(np.nextafter(distinct[first - 1], np.inf))


def threshold_for_escapes(
    defective_scores: npt.ArrayLike, target: float, weights: npt.ArrayLike | None = None
) -> float:
    """The largest threshold at which the observed share of missed defective images is at most `target`.

    Raises:
        InputError: no scores, scores or weights that cannot be used, a target outside [0, 1].
    """
    scores, shares = _non_empty(defective_scores, weights, target, "defective")
    distinct, flagged = _share_at_or_above(scores, shares)
    allowed = np.flatnonzero(1 - flagged <= target + _ROUNDING)
    return float(distinct[allowed[-1]])


def threshold_by_cost(
    normal_scores: npt.ArrayLike,
    defective_scores: npt.ArrayLike,
    *,
    overkill_cost: float,
    escape_cost: float,
    normal_weights: npt.ArrayLike | None = None,
    defective_weights: npt.ArrayLike | None = None,
) -> float:
    """The threshold of least total cost over the given images; of equal ones the lowest, with fewest escapes.

    Args:
        normal_scores: (n,) scores of normal images.
        defective_scores: (m,) scores of defective images.
        overkill_cost: cost of flagging one normal image, not negative.
        escape_cost: cost of missing one defective image, not negative.
        normal_weights: (n,) weights, or None.
        defective_weights: (m,) weights, or None.

    Raises:
        InputError: one class is missing, or values that cannot be used.
    """
    if min(overkill_cost, escape_cost) < 0 or not math.isfinite(overkill_cost + escape_cost):
        raise InputError("The costs of overkill and escapes must be finite and not negative.")
    normal, normal_shares = _non_empty(normal_scores, normal_weights, 0.0, "normal")
    defective, defective_shares = _non_empty(defective_scores, defective_weights, 0.0, "defective")
    above_all = np.nextafter(max(normal.max(), defective.max()), np.inf)
    # Between two defective scores a higher threshold only spares normal images.
    candidates = np.append(np.unique(defective), above_all)
    flagged = _sum_at_or_above(normal, normal_shares, candidates)
    caught = _sum_at_or_above(defective, defective_shares, candidates)
    cost = overkill_cost * flagged + escape_cost * (defective_shares.sum() - caught)
    return float(candidates[np.argmin(cost)])


def _non_empty(
    scores: npt.ArrayLike, weights: npt.ArrayLike | None, target: float, kind: str
) -> tuple[Scores, FloatArray]:
    if not 0 <= target <= 1:
        raise InputError(f"A target rate must lie between 0 and 1, not {target}.")
    values, shares = weighted_scores(scores, weights)
    if len(values) == 0:
        raise InputError(f"There are no {kind} images to set the threshold with.")
    return values, shares


def _share_at_or_above(scores: Scores, shares: FloatArray) -> tuple[Scores, FloatArray]:
    """The distinct scores, ascending, and the weighted share of images at or above each."""
    distinct = np.unique(scores)
    return distinct, _sum_at_or_above(scores, shares, distinct) / shares.sum()


def _sum_at_or_above(scores: Scores, shares: FloatArray, thresholds: Scores) -> FloatArray:
    order = np.argsort(scores, kind="stable")
    below = np.concatenate([[0.0], np.cumsum(shares[order])])
    result: FloatArray = below[-1] - below[np.searchsorted(scores[order], thresholds, side="left")]
    return result
