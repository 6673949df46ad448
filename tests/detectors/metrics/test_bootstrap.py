"""Bootstrap intervals: what they must cover, and pairing."""

import numpy as np
import pytest

from detectors.errors import InputError
from detectors.metrics.bootstrap import bootstrap, paired_bootstrap
from detectors.metrics.ranking import auroc

LABELS = np.arange(80) < 40


def scores(seed, shift=1.0):
    return np.random.default_rng(seed).standard_normal(80) + shift * LABELS


def test_the_interval_holds_the_value_and_repeats():
    interval = bootstrap(scores(0), LABELS, resamples=300)
    assert interval.value == auroc(scores(0), LABELS)
    assert interval.low < interval.value < interval.high
    assert bootstrap(scores(0), LABELS, resamples=300) == interval
    assert bootstrap(scores(0), LABELS, resamples=300, confidence=0.5).low > interval.low


def test_the_same_detector_differs_from_itself_by_exactly_nothing():
    interval = paired_bootstrap(scores(0), scores(0), LABELS, resamples=50)
    assert (interval.value, interval.low, interval.high) == (0, 0, 0)


def test_pairing_is_narrower_than_two_intervals_when_detectors_err_alike():
    other = scores(0) + 0.05 * np.random.default_rng(9).standard_normal(80)
    paired = paired_bootstrap(scores(0), other, LABELS, resamples=300)
    single = bootstrap(scores(0), LABELS, resamples=300)
    assert paired.high - paired.low < (single.high - single.low) / 2


def test_several_seeds_are_averaged():
    runs = np.stack([scores(0), scores(1)])
    mean = (auroc(scores(0), LABELS) + auroc(scores(1), LABELS)) / 2
    assert bootstrap(runs, LABELS, resamples=10).value == pytest.approx(mean)
    assert paired_bootstrap(runs, scores(2), LABELS, resamples=10).value == pytest.approx(
        mean - auroc(scores(2), LABELS)
    )


def test_one_class_is_undefined_and_bad_input_refused():
    assert bootstrap([1.0, 2.0], [True, True]) is None
    with pytest.raises(InputError, match="number of images"):
        bootstrap([1.0, 2.0], [True])
    with pytest.raises(InputError, match="NaN"):
        bootstrap([1.0, np.nan], [True, False])
