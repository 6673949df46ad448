"""Bootstrap intervals over images (Efron 1979, percentile method), of one detector or a paired difference."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.errors import InputError
from detectors.metrics.ranking import auroc

Metric = Callable[[npt.NDArray[np.float64], npt.NDArray[np.bool_]], float | None]


@dataclass(frozen=True)
class Interval:
    """A value with its percentile interval.

    Attributes:
        value: the metric, or difference, on all images.
        low: lower end.
        high: upper end.
        confidence: probability that the interval stands for.
    """

    value: float
    low: float
    high: float
    confidence: float


def bootstrap(
    scores: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    metric: Metric = auroc,
    resamples: int = 2_000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Interval | None:
    """Interval of a metric over images, resampled within each class so that none is ever missing.

    Args:
        scores: (n,), or (seeds, n) for the mean of the metric over several seeds on the same images.
        labels: (n,), true = anomalous.
        metric: called with scores and labels of one resample.
        resamples: number of resamples.
        confidence: 0 to 1.
        seed: fixes the resamples.

    Returns:
        The interval, or None when one class is missing.

    Raises:
        InputError: shapes that differ, NaN or infinite scores.
    """
    runs, truth = _checked(scores, labels)
    return resampled(lambda taken: _mean(metric, runs, truth, taken), truth, resamples, confidence, seed)


def paired_bootstrap(
    scores: npt.ArrayLike,
    other_scores: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    metric: Metric = auroc,
    resamples: int = 2_000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Interval | None:
    """Interval of metric(scores) - metric(other_scores), both read on the same resampled images.

    Arguments, result and errors as `bootstrap`; the two may have different numbers of seeds.
    """
    runs, truth = _checked(scores, labels)
    other_runs, _ = _checked(other_scores, labels)
    return resampled(
        lambda taken: _mean(metric, runs, truth, taken) - _mean(metric, other_runs, truth, taken),
        truth,
        resamples,
        confidence,
        seed,
    )


def _checked(
    scores: npt.ArrayLike, labels: npt.ArrayLike
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    runs = np.atleast_2d(np.asarray(scores, np.float64))
    truth = np.asarray(labels).astype(bool)
    if runs.ndim != 2 or truth.shape != runs.shape[1:]:
        raise InputError(f"Scores {runs.shape} and labels {truth.shape} must agree in the number of images.")
    if not np.isfinite(runs).all():
        raise InputError("Scores contain NaN or infinite values.")
    return runs, truth


def _mean(
    metric: Metric,
    runs: npt.NDArray[np.float64],
    truth: npt.NDArray[np.bool_],
    taken: npt.NDArray[np.int64],
) -> float:
    values = [metric(run[taken], truth[taken]) for run in runs]
    return float(np.mean([np.nan if value is None else value for value in values]))


def resampled(
    statistic: Callable[[npt.NDArray[np.int64]], float],
    truth: npt.NDArray[np.bool_],
    resamples: int,
    confidence: float,
    seed: int,
) -> Interval | None:
    """Percentile interval of a statistic of resampled images, each class resampled by itself.

    Args:
        statistic: called with the (n,) numbers of the images that a resample holds.
        truth: (n,), true = anomalous.
        resamples: number of resamples.
        confidence: 0 to 1.
        seed: fixes the resamples.

    Returns:
        The interval, or None when one class is missing.
    """
    anomalous, normal = np.flatnonzero(truth), np.flatnonzero(~truth)
    if len(anomalous) == 0 or len(normal) == 0:
        return None
    generator = np.random.default_rng(seed)
    values = [
        statistic(
            np.concatenate(
                [generator.choice(anomalous, len(anomalous)), generator.choice(normal, len(normal))]
            )
        )
        for _ in range(resamples)
    ]
    low, high = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(statistic(np.arange(len(truth))), float(low), float(high), confidence)
