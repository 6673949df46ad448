"""Which images of a pool least belong to it, by two views that miss different things."""

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from detectors.memory.arrays import Float32Array, IndexArray
from detectors.pool.neighbours import nearest_by_vector

_ASKED, _AVERAGED = 16, 5

_Floats = npt.NDArray[np.float64]


def novelty_of(vectors: Float32Array, groups: IndexArray) -> _Floats:
    """How little the images of other groups look like each: 1 minus the mean cosine of the nearest five.

    Args:
        vectors: (N, d) embeddings of length 1.
        groups: (N,) groups of near-duplicates, which are left out together.

    Returns:
        (N,) 0…2, higher = more unlike the rest; NaN where the 16 nearest are all of an image's own group.
    """
    cosines, positions = nearest_by_vector(vectors, _ASKED)
    outside = (positions >= 0) & (groups[positions] != groups[:, None])
    # Cosines fall along a row, so the first few from outside are the nearest ones.
    counted = outside & (np.cumsum(outside, axis=1) <= _AVERAGED)
    number = counted.sum(axis=1)
    mean = np.where(counted, cosines, 0).sum(axis=1) / np.maximum(number, 1)
    return np.where(number > 0, 1 - mean, np.nan)


def suspicion_of(scores: npt.NDArray[np.floating], novelty: npt.NDArray[np.floating]) -> _Floats:
    """The mean of an image's ranks by score and by novelty.

    A model's left-out score finds what is wrong in one place, novelty what is unusual as a whole; neither's
    scale says anything about the other's, so ranks are averaged (Borda's count).

    Args:
        scores: (N,) left-out scores, higher = more suspicious; NaN where there is none.
        novelty: (N,) see `novelty_of`.

    Returns:
        (N,) 0…1, higher = more suspicious; NaN without a score. Without a novelty the rank by score is it.
    """
    by_score, by_novelty = _share_below(scores), _share_below(novelty)
    return np.where(np.isnan(by_novelty), by_score, (by_score + by_novelty) / 2)


def _share_below(values: npt.NDArray[np.floating]) -> _Floats:
    known = max(int(np.isfinite(values).sum()), 1)
    return np.asarray(rankdata(values, nan_policy="omit") / known, np.float64)
