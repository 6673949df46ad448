"""Images that were taken differently from the rest: blurred, too dark, too bright, clipped."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FAR = 5.0
"""Robust standard scores beyond this are outliers; for a normal distribution about one in a million."""

_LEAST_IMAGES = 8
_TO_SIGMA = 1.4826


@dataclass(frozen=True)
class Outlier:
    """One image's unusual measurement; `z` is negative below the median."""

    position: int
    value: float
    z: float


def robust_z(values: npt.NDArray[np.floating], floor: float) -> npt.NDArray[np.float64]:
    """(N,) distance from the median in robust standard deviations (Iglewicz and Hoaglin 1993).

    Args:
        values: (N,) measurements, finite.
        floor: the smallest deviation that counts as one, so that equal images make no outlier of noise.
    """
    centre = np.median(values) if len(values) else 0.0
    deviation = float(np.median(np.abs(values - centre))) if len(values) else 0.0
    return np.asarray((values - centre) / max(_TO_SIGMA * deviation, floor), np.float64)


def outliers_of(values: npt.NDArray[np.floating], floor: float, sides: str = "both") -> list[Outlier]:
    """The outliers, the farthest first; none in a pool of fewer than 8 images.

    Args:
        values: (N,) measurements.
        floor: as for `robust_z`.
        sides: `low`, `high` or `both`: which way an outlier may lie.
    """
    if len(values) < _LEAST_IMAGES:
        return []
    z = robust_z(values, floor)
    judged = {"low": -z, "high": z, "both": np.abs(z)}[sides]
    order = np.argsort(-judged, kind="stable")
    return [
        Outlier(int(place), float(values[place]), float(z[place])) for place in order if judged[place] > FAR
    ]
