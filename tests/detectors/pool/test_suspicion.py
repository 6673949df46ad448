"""The ranking by two views: score without oneself, and novelty beside other groups."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from detectors.pool.suspicion import novelty_of, suspicion_of


def directions(seed: int, count: int) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).normal(size=(count, 5)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(2, 15))
def test_novelty_equals_brute_force(seed: int, count: int) -> None:
    vectors = directions(seed, count)
    groups = np.random.default_rng(seed).integers(0, 3, count)
    for image, found in enumerate(novelty_of(vectors, groups)):
        others = np.sort(vectors[groups != groups[image]] @ vectors[image])[::-1]
        assert found == pytest.approx(1 - others[:5].mean() if len(others) else np.nan, abs=1e-5, nan_ok=True)


def test_copies_do_not_make_an_image_familiar() -> None:
    vectors = directions(0, 20)
    copied = np.concatenate([vectors, np.repeat(vectors[:1], 6, axis=0)])
    groups = np.concatenate([np.arange(20), np.zeros(6, np.int64)])
    assert novelty_of(copied, groups)[0] == pytest.approx(novelty_of(vectors, np.arange(20))[0], abs=1e-6)
    assert novelty_of(copied, np.arange(26))[0] < 0.3 * novelty_of(copied, groups)[0]


@given(
    st.lists(st.floats(0, 100), min_size=2, max_size=20, unique=True), st.floats(0.1, 50), st.floats(-9, 9)
)
def test_neither_scale_counts(scores: list[float], times: float, plus: float) -> None:
    values = np.array(scores).round(3)
    novelty = np.random.default_rng(len(scores)).random(len(scores))
    assert np.allclose(suspicion_of(values, novelty), suspicion_of(values, novelty * times + plus))
    assert np.allclose(suspicion_of(values, values), suspicion_of(values, np.full(len(values), np.nan)))


def test_both_views_count_alike_and_without_a_score_there_is_none() -> None:
    found = suspicion_of(np.array([9.0, 1.0, 5.0, np.nan]), np.array([0.1, 0.9, 0.6, 0.95]))
    assert found[:3].tolist() == pytest.approx([(1 + 1 / 4) / 2, (1 / 3 + 3 / 4) / 2, (2 / 3 + 2 / 4) / 2])
    assert np.isnan(found[3])
