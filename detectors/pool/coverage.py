"""Stretches of time from which a pool has no picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

_LEAST_DAYS = 2
_TIMES_TYPICAL = 3


@dataclass(frozen=True)
class Gap:
    """Days without a picture.

    Attributes:
        before: position of the last picture before the gap.
        after: position of the first one after it.
        days: how many days lie between the two.
        typical_days: how many usually do.
    """

    before: int
    after: int
    days: int
    typical_days: float


def find_gaps(times: Sequence[datetime | None]) -> list[Gap]:
    """Gaps of more than three times the usual, and of two days at least; the longest first.

    Args:
        times: when each picture was taken, None where nobody knows.
    """
    known = sorted((moment, position) for position, moment in enumerate(times) if moment is not None)
    if len(known) < 3:
        return []
    days = np.array([_day_number(moment.date()) for moment, _ in known])
    steps = np.diff(days)
    typical = float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0
    long = np.flatnonzero(steps > max(_LEAST_DAYS, _TIMES_TYPICAL * typical))
    gaps = [Gap(known[place][1], known[place + 1][1], int(steps[place]), typical) for place in long]
    return sorted(gaps, key=lambda gap: (-gap.days, gap.before))


def _day_number(day: date) -> int:
    return day.toordinal()
