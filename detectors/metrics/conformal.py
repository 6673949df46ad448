"""Thresholds with a guarantee, from normal images that the detector was not fitted on (split conformal).

Weights are 1 / sampling probability: images picked because they looked suspicious must not count as if they
had been drawn at random.
"""

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from detectors.errors import InputError
from detectors.metrics.ranking import Scores, finite_scores

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]

# A target met up to rounding is met: (n + 1)(1 - α) is rarely exact in binary.
_ROUNDING = 1e-12


class TooFewImagesError(InputError):
    """A threshold cannot be given for the wanted rate; `missing_images` more would do."""

    def __init__(self, message: str, missing_images: int) -> None:
        super().__init__(message)
        self.missing_images = missing_images


def conformal_threshold(
    normal_scores: npt.ArrayLike, alpha: float, weights: npt.ArrayLike | None = None
) -> float:
    """The threshold that a new normal image exceeds with probability at most α (split conformal prediction).

    The smallest s with Σ wᵢ[sᵢ ≤ s] ≥ (1 - α)(Σ wᵢ + max w); with equal weights the ⌈(n + 1)(1 - α)⌉-th
    smallest score.

    Args:
        normal_scores: (n,) scores of normal images that the detector was not fitted on.
        alpha: wanted false-alarm rate, above 0 and below 1.
        weights: (n,) positive weights; None: equal.

    Raises:
        TooFewImagesError: no such score; more normal images (of the present mean weight) are needed.
        InputError: scores or weights that cannot be used, or α outside (0, 1).
    """
    if not 0 < alpha < 1:
        raise InputError(f"The false-alarm rate must lie between 0 and 1, not {alpha}.")
    scores, shares = weighted_scores(normal_scores, weights)
    total, largest = float(shares.sum()), float(shares.max(initial=0.0))
    target = (1 - alpha) * (total + largest) * (1 - _ROUNDING)
    order = np.argsort(scores, kind="stable")
    reached = np.flatnonzero(np.cumsum(shares[order]) >= target)
    if len(scores) == 0 or len(reached) == 0:
        needed_in_all = (largest or 1.0) * (1 - alpha) / alpha * (1 - _ROUNDING)
        mean = total / len(scores) if len(scores) else 1.0
        missing = max(1, math.ceil((needed_in_all - total) / mean))
        raise TooFewImagesError(
            f"A false-alarm rate of {alpha:g} needs {missing} more held-out normal"
            f" {'image' if missing == 1 else 'images'}; there are {len(scores)}.",
            missing,
        )
    return float(scores[order[reached[0]]])


def pixel_threshold(
    normal_maps: Iterable[npt.ArrayLike],
    alpha: float,
    *,
    pixel_rate: float = 0.0,
    weights: npt.ArrayLike | None = None,
) -> float:
    """The pixel threshold that more than a share of a normal image's pixels exceeds with probability at
    most α.

    The image is the unit, since pixels of one image are not independent: each image gives the smallest value
    that at most `pixel_rate` of its pixels exceed, and `conformal_threshold` decides over images.

    Args:
        normal_maps: score maps (h, w) of normal images that the detector was not fitted on, in any sizes.
        alpha: wanted share of normal images with more flagged pixels, above 0 and below 1.
        pixel_rate: tolerated share of flagged pixels in a normal image; 0 means none.
        weights: one for each map, or None.

    Raises:
        TooFewImagesError: more normal images are needed.
        InputError: values that cannot be used.
    """
    if not 0 <= pixel_rate < 1:
        raise InputError(f"The tolerated share of pixels must be at least 0 and below 1, not {pixel_rate}.")
    peaks = []
    for score_map in normal_maps:
        values = np.sort(finite_scores(score_map))
        if len(values) == 0:
            raise InputError("A score map without pixels cannot set the pixel threshold.")
        peaks.append(float(values[len(values) - 1 - math.floor(pixel_rate * len(values))]))
    return conformal_threshold(peaks, alpha, weights)


def leave_one_group_out(
    groups: Sequence[str | int],
    score_held_out: Callable[[IndexArray, IndexArray], npt.ArrayLike],
    *,
    fold_count: int = 10,
) -> FloatArray:
    """Held-out scores for every image of a pool too small to set some aside.

    Args:
        groups: (n,) group of each image (lot, part or content hash): one group is never on both sides.
        score_held_out: called with the indices to fit on and the indices to score; returns those scores.
        fold_count: at most so many fits; groups are dealt to folds in order of first appearance.

    Returns:
        (n,) float64 scores.

    Raises:
        InputError: fewer than two groups, or scores that cannot be used.
    """
    numbers = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    if len(numbers) < 2:
        raise InputError("Leave-one-group-out needs images of at least two groups.")
    folds = np.array([numbers[group] for group in groups]) % max(2, min(fold_count, len(numbers)))
    scores = np.empty(len(groups))
    for fold in np.unique(folds):
        held_out = np.flatnonzero(folds == fold)
        scores[held_out] = finite_scores(score_held_out(np.flatnonzero(folds != fold), held_out))
    return scores


def weighted_scores(scores: npt.ArrayLike, weights: npt.ArrayLike | None) -> tuple[Scores, FloatArray]:
    """Finite scores and as many positive weights (None: ones).

    Raises:
        InputError: NaN or infinite scores, weights of another number, or weights not above 0.
    """
    values = finite_scores(scores)
    shares = np.ones(len(values)) if weights is None else np.asarray(weights, np.float64).ravel()
    if len(shares) != len(values):
        raise InputError(f"{len(values)} scores came with {len(shares)} weights.")
    if not (np.isfinite(shares).all() and (shares > 0).all()):
        raise InputError("Weights must be finite and above 0.")
    return values, shares


def capped_weights(weights: Sequence[float], alpha: float) -> list[float]:
    """Weights cut down to what enough images share, at false-alarm rate `alpha`.

    The conformal rule reserves room for one more image as heavy as the heaviest. One rare pick would so make
    every threshold impossible, and a few would push it to the largest score of all. Cut at the weight that
    ⌈(1 - α)/α⌉ images reach, those images alone make up for the reserve: fewer rare picks count like others.

    Args:
        weights: (n,) positive, 1 / sampling probability.
        alpha: false-alarm rate, between 0 and 1.

    Returns:
        (n,) weights; all equal where n itself is too small, so that the refusal names the count.
    """
    needed = math.ceil((1 - alpha) / alpha * (1 - _ROUNDING))
    if len(weights) < needed:
        return [1.0] * len(weights)
    cap = sorted(weights, reverse=True)[needed - 1]
    return [float(min(weight, cap)) for weight in weights]
