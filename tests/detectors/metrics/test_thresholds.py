"""Thresholds against their definitions, by hand and by search."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.errors import InputError
from detectors.metrics.conformal import (
    TooFewImagesError,
    conformal_threshold,
    leave_one_group_out,
    pixel_threshold,
)
from detectors.metrics.thresholds import threshold_by_cost, threshold_for_escapes, threshold_for_overkill

score_lists = st.lists(st.integers(0, 9), min_size=1, max_size=30)


@pytest.mark.parametrize("alpha", [0.5, 0.1, 0.05, 0.01])
@pytest.mark.parametrize("count", [1, 5, 9, 10, 19, 20, 99, 100, 250])
def test_equal_weights_give_the_conformal_rank_or_the_number_missing(alpha, count):
    scores = np.random.default_rng(count).permutation(count).astype(float)
    needed = round(1 / alpha) - 1
    if count < needed:
        with pytest.raises(TooFewImagesError, match=f"{needed - count} more") as refusal:
            conformal_threshold(scores, alpha)
        assert refusal.value.missing_images == needed - count
    else:
        rank = math.ceil(round((count + 1) * (1 - alpha), 9))
        assert conformal_threshold(scores, alpha) == np.sort(scores)[rank - 1]


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 5)), min_size=1, max_size=30),
    st.sampled_from([0.5, 0.25, 0.1]),
)
def test_weights_follow_the_definition(pairs, alpha):
    scores, weights = map(np.array, zip(*pairs, strict=True))
    target = (1 - alpha) * (weights.sum() + weights.max())
    enough = [s for s in np.unique(scores) if weights[scores <= s].sum() >= target - 1e-9]
    if enough:
        assert conformal_threshold(scores, alpha, weights) == min(enough)
    else:
        with pytest.raises(TooFewImagesError):
            conformal_threshold(scores, alpha, weights)


def test_the_number_missing_is_enough_and_one_fewer_is_not():
    scores, weights = [1.0, 2.0, 3.0], [4.0, 4.0, 4.0]
    with pytest.raises(TooFewImagesError) as refusal:
        conformal_threshold(scores, 0.1, weights)
    missing = refusal.value.missing_images
    conformal_threshold([*scores, *[0.0] * missing], 0.1, [4.0] * (3 + missing))
    with pytest.raises(TooFewImagesError):
        conformal_threshold([*scores, *[0.0] * (missing - 1)], 0.1, [4.0] * (2 + missing))
    with pytest.raises(TooFewImagesError, match="19 more"):
        conformal_threshold([], 0.05)


def test_new_normals_exceed_the_threshold_as_rarely_as_promised():
    generator = np.random.default_rng(0)
    exceeded = [generator.random() > conformal_threshold(generator.random(39), 0.1) for _ in range(4_000)]
    assert np.mean(exceeded) == pytest.approx(0.1, abs=0.02)


@given(score_lists, st.sampled_from([0.0, 0.1, 0.34, 0.5, 1.0]))
def test_overkill_meets_the_target_and_no_lower_float_would(values, target):
    scores = np.array(values, float)
    threshold = threshold_for_overkill(scores, target)
    assert np.mean(scores >= threshold) <= target
    if threshold > scores.min():
        assert np.mean(scores >= np.nextafter(threshold, -np.inf)) > target


@given(score_lists, st.sampled_from([0.0, 0.1, 0.34, 0.5, 0.99]))
def test_escapes_meet_the_target_and_the_next_score_would_not(values, target):
    scores = np.array(values, float)
    threshold = threshold_for_escapes(scores, target)
    assert np.mean(scores < threshold) <= target
    assert np.mean(scores < np.nextafter(threshold, np.inf)) > target


@given(score_lists, score_lists, st.integers(0, 5), st.integers(0, 5))
def test_cost_is_least(normal_values, defective_values, overkill_cost, escape_cost):
    normal, defective = np.array(normal_values, float), np.array(defective_values, float)

    def cost(threshold):
        return overkill_cost * (normal >= threshold).sum() + escape_cost * (defective < threshold).sum()

    threshold = threshold_by_cost(normal, defective, overkill_cost=overkill_cost, escape_cost=escape_cost)
    assert cost(threshold) == min(cost(candidate) for candidate in np.arange(-1, 12) - 0.5)


def test_weighted_rates():
    assert threshold_for_escapes([1.0, 2.0, 3.0], 0.5, [1.0, 1.0, 8.0]) == 3.0
    assert threshold_for_overkill([1.0, 2.0, 3.0], 0.5, [8.0, 1.0, 1.0]) == np.nextafter(1.0, np.inf)


def test_pixel_threshold_counts_images_not_pixels():
    maps = [np.full((4, 5), float(peak)) for peak in range(1, 20)]
    for score_map in maps:
        score_map[0, 0] += 100
    assert pixel_threshold(maps, 0.05) == 119
    assert pixel_threshold(maps, 0.05, pixel_rate=0.05) == 19
    assert pixel_threshold(maps, 0.5) == 110
    with pytest.raises(TooFewImagesError, match="1 more held-out normal image;"):
        pixel_threshold(maps[1:], 0.05)


def test_leave_one_group_out_never_fits_on_the_group_it_scores():
    groups = ["a", "b", "a", "c", "d", "c"]

    def score(fitted, held_out):
        assert not {groups[i] for i in fitted} & {groups[i] for i in held_out}
        return held_out * 10.0

    assert leave_one_group_out(groups, score).tolist() == [0, 10, 20, 30, 40, 50]
    assert leave_one_group_out(groups, score, fold_count=2).tolist() == [0, 10, 20, 30, 40, 50]
    with pytest.raises(InputError, match="two groups"):
        leave_one_group_out(["a", "a"], score)


@pytest.mark.parametrize(
    "call",
    [
        lambda: conformal_threshold([1.0, np.nan], 0.1),
        lambda: conformal_threshold([1.0], 0.0),
        lambda: conformal_threshold([1.0], 0.5, [0.0]),
        lambda: conformal_threshold([1.0], 0.5, [1.0, 2.0]),
        lambda: threshold_for_overkill([], 0.1),
        lambda: threshold_for_escapes([1.0], 1.5),
        lambda: threshold_by_cost([1.0], [2.0], overkill_cost=-1, escape_cost=1),
    ],
)
def test_unusable_values_are_refused(call):
    with pytest.raises(InputError):
        call()
