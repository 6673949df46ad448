"""Exact ranking metrics of scores against labels: AUROC, average precision, F1-max.

All need, for each anomalous score, only how many normal scores lie above it and how many tie with it. So both
sides are sorted once and counted by binary search; ties move in one step. Undefined values are None.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.errors import InputError

Scores = npt.NDArray[np.floating]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class RankCounts:
    """Anomalous scores and their place among the normal ones.

    Attributes:
        anomalous: (P,) anomalous scores, ascending.
        above: (P,) number of normal scores strictly above each.
        not_below: (P,) number of normal scores at or above each.
        normal_count: number of normal scores.
    """

    anomalous: Scores
    above: Counts
    not_below: Counts
    normal_count: int

    @property
    def defined(self) -> bool:
        """Whether both classes are present."""
        return len(self.anomalous) > 0 and self.normal_count > 0


@dataclass(frozen=True)
class F1Max:
    """The best F1 over all thresholds.

    Attributes:
        value: 0 to 1.
        threshold: the largest threshold t whose prediction `score >= t` reaches it.
    """

    value: float
    threshold: float


def rank_counts(anomalous: Scores, normal: Scores) -> RankCounts:
    """Count normal scores around each anomalous score; both are checked and sorted here."""
    ordered = np.sort(finite_scores(anomalous))
    reference = np.sort(finite_scores(normal))
    return counts_in_sorted(ordered, reference)


def counts_in_sorted(anomalous: Scores, normal: Scores) -> RankCounts:
    """`rank_counts` of scores that are finite and ascending already."""
    above = len(normal) - np.searchsorted(normal, anomalous, side="right")
    not_below = len(normal) - np.searchsorted(normal, anomalous, side="left")
    return RankCounts(anomalous, above.astype(np.int64), not_below.astype(np.int64), len(normal))


def auroc(scores: npt.ArrayLike, labels: npt.ArrayLike) -> float | None:
    """Probability that an anomalous score exceeds a normal one, ties counting half.

    Args:
        scores: any shape, higher = more anomalous.
        labels: the same shape, true = anomalous.

    Returns:
        0 to 1, or None when one class is missing. Never flipped.

    Raises:
        InputError: shapes that differ, or NaN or infinite scores.
    """
    return auroc_of(rank_counts(*split_by_label(scores, labels)))


def average_precision(scores: npt.ArrayLike, labels: npt.ArrayLike) -> float | None:
    """Σ (Rₙ - Rₙ₋₁) Pₙ over descending distinct thresholds, without interpolation; as `auroc` otherwise."""
    return average_precision_of(rank_counts(*split_by_label(scores, labels)))


def f1_max(scores: npt.ArrayLike, labels: npt.ArrayLike) -> F1Max | None:
    """The best F1 = 2TP / (2TP + FP + FN) over all distinct thresholds; as `auroc` otherwise.

    With no normal scores the best F1 is 1; it is None only where nothing is anomalous.
    """
    return f1_max_of(rank_counts(*split_by_label(scores, labels)))


def auroc_of(counts: RankCounts) -> float | None:
    """`auroc` from counts."""
    if not counts.defined:
        return None
    # Integers below 2**63 keep the sum exact: 2·P·N stays far below for any real set.
    beaten_twice = 2 * counts.normal_count * len(counts.anomalous) - int(
        counts.above.sum() + counts.not_below.sum()
    )
    return beaten_twice / (2 * counts.normal_count * len(counts.anomalous))


def average_precision_of(counts: RankCounts) -> float | None:
    """`average_precision` from counts; None when one class is missing."""
    if not counts.defined:
        return None
    found = _found_at_or_above(counts.anomalous)
    return float(np.mean(found / (found + counts.not_below)))


def f1_max_of(counts: RankCounts) -> F1Max | None:
    """`f1_max` from counts.

    Only anomalous scores can be best thresholds: between two of them a lower one just adds false alarms.
    """
    total = len(counts.anomalous)
    if total == 0:
        return None
    found = _found_at_or_above(counts.anomalous)
    # FN = total - TP, so 2TP + FP + FN = total + TP + FP.
    values = 2 * found / (total + found + counts.not_below)
    best = total - 1 - int(np.argmax(values[::-1]))
    return F1Max(float(values[best]), float(counts.anomalous[best]))


def split_by_label(scores: npt.ArrayLike, labels: npt.ArrayLike) -> tuple[Scores, Scores]:
    """Anomalous and normal scores, flat.

    Raises:
        InputError: shapes that differ.
    """
    values, truth = np.asarray(scores), np.asarray(labels).astype(bool)
    if values.shape != truth.shape:
        raise InputError(f"Scores {values.shape} and labels {truth.shape} must have the same shape.")
    return values[truth], values[~truth]


def finite_scores(scores: npt.ArrayLike) -> Scores:
    """The scores, flat, as floats.

    Raises:
        InputError: NaN or infinite scores.
    """
    values = np.asarray(scores).ravel()
    if values.dtype.kind != "f":
        values = values.astype(np.float64)
    if not np.isfinite(values).all():
        raise InputError("Scores contain NaN or infinite values.")
    return values


def _found_at_or_above(ascending: Scores) -> Counts:
    """For each score the number of scores at or above it."""
    firsts = np.flatnonzero(np.diff(ascending, prepend=np.nan) != 0)
    lengths = np.diff(firsts, append=len(ascending))
    found: Counts = np.repeat(len(ascending) - firsts, lengths)
    return found
