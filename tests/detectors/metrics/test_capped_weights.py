"""Uneven weights move a threshold, but never make it impossible."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.metrics.conformal import TooFewImagesError, capped_weights, conformal_threshold


@given(
    weights=st.lists(st.floats(0.01, 100), min_size=1, max_size=300), alpha=st.sampled_from([0.01, 0.05, 0.2])
)
def test_capped_weights_refuse_only_for_lack_of_images(weights: list[float], alpha: float) -> None:
    scores = np.arange(len(weights), dtype=float)
    capped = capped_weights(weights, alpha)
    if len(weights) >= math.ceil(1 / alpha - 1 - 1e-9):
        assert conformal_threshold(scores, alpha, capped) in scores
        assert all(kept <= given for kept, given in zip(capped, weights, strict=True))
    else:
        with pytest.raises(TooFewImagesError):
            conformal_threshold(scores, alpha, capped)


def test_weights_that_enough_images_share_stay() -> None:
    assert capped_weights([1.0, 2.0] * 50, 0.05) == [1.0, 2.0] * 50
    assert capped_weights([1.0] * 100 + [50.0] * 19, 0.05) == [1.0] * 100 + [50.0] * 19
    assert capped_weights([1.0] * 100 + [50.0] * 18, 0.05) == [1.0] * 118


def test_rare_picks_do_not_push_the_threshold_to_the_largest_score() -> None:
    scores = np.arange(120, dtype=float)
    weights = [50.0 if number in (10, 60, 110) else 1.0 for number in range(120)]
    assert conformal_threshold(scores, 0.05, capped_weights(weights, 0.05)) == 114.0
