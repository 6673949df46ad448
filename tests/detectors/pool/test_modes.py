"""Modes, balance, outliers, gaps and places on the map."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from detectors.pool import modes as modes_module
from detectors.pool.coverage import find_gaps
from detectors.pool.modes import evenness_of, find_modes
from detectors.pool.outliers import outliers_of, robust_z
from detectors.pool.positions import axes_of

DIMENSION = 64


def blobs(*sizes: int, seed: int = 0, apart: float = 3.0) -> NDArray[np.float32]:
    """Vectors of length 1 around as many centres as there are sizes."""
    random = np.random.default_rng(seed)
    centres = random.normal(0, apart, (len(sizes), DIMENSION)) + 10
    vectors = np.concatenate(
        [centre + random.normal(0, 1, (size, DIMENSION)) for centre, size in zip(centres, sizes, strict=True)]
    )
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@settings(max_examples=15)
@given(st.lists(st.integers(5, 40), min_size=1, max_size=5), st.integers(0, 1_000))
def test_modes_that_lie_apart_are_found_whatever_their_number(sizes: list[int], seed: int) -> None:
    found = find_modes(blobs(*sizes, seed=seed))
    truth = np.repeat(np.arange(len(sizes)), sizes)
    assert sorted(found.sizes.tolist()) == sorted(sizes)
    assert all(len(set(truth[found.labels == mode])) == 1 for mode in range(len(sizes)))
    assert found.sizes.tolist() == sorted(sizes, reverse=True)


@pytest.mark.parametrize("count", [1, 2, 5, 60])
def test_one_blob_is_one_mode(count: int) -> None:
    found = find_modes(blobs(count))
    assert found.sizes.tolist() == [count]
    assert (found.evenness, found.small) == (1.0, ())


def test_a_small_mode_is_named_and_makes_the_pool_uneven() -> None:
    found = find_modes(blobs(200, 6))
    assert found.small == (1,)
    assert found.sizes.tolist() == [200, 6]
    assert found.evenness < 0.3


def test_copies_of_one_image_are_no_mode() -> None:
    vectors = blobs(40, 1)
    copied = np.concatenate([vectors, np.repeat(vectors[-1:], 4, axis=0)])
    groups = np.concatenate([np.arange(41), np.full(4, 40)])
    assert find_modes(copied, groups).sizes.tolist() == [45]
    assert find_modes(copied).sizes.tolist() == [40, 5]


def test_a_large_pool_is_clustered_by_its_leaders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modes_module, "LEADERS", 60)
    assert find_modes(blobs(300, 80, 12)).sizes.tolist() == [300, 80, 12]


def test_no_image_has_no_mode() -> None:
    assert find_modes(np.zeros((0, DIMENSION), np.float32)).sizes.tolist() == []


@given(st.lists(st.integers(0, 50), max_size=8))
def test_evenness_lies_between_nothing_and_one(sizes: list[int]) -> None:
    value = evenness_of(np.array(sizes, np.int64))
    assert 0 <= value <= 1 + 1e-12
    assert evenness_of(np.full(max(len(sizes), 1), 7)) == pytest.approx(1)


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=30), st.floats(-100, 100), st.floats(0.1, 10))
def test_robust_scores_move_and_stretch_with_the_values(values: list[float], by: float, times: float) -> None:
    array = np.array(values)
    assert np.allclose(robust_z(array, 1.0), robust_z(times * array + by, times), atol=1e-6)


def test_outliers_lie_on_the_asked_side_the_farthest_first() -> None:
    values = np.concatenate([np.random.default_rng(0).normal(0, 1, 100), [-30.0, 40.0, -50.0]])
    assert [one.position for one in outliers_of(values, 0.1)] == [102, 101, 100]
    assert [one.position for one in outliers_of(values, 0.1, "low")] == [102, 100]
    assert [one.position for one in outliers_of(values, 0.1, "high")] == [101]


def test_equal_values_and_small_pools_have_no_outlier() -> None:
    assert outliers_of(np.full(50, 0.3), 0.01) == []
    assert outliers_of(np.array([0.0, 0.0, 9.0]), 0.01) == []


def test_gaps_are_measured_by_what_is_usual() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    days = [0, 0, 1, 2, 3, 10, 11, 40]
    times: list[datetime | None] = [start + timedelta(days=day, hours=3) for day in days]
    gaps = find_gaps([None, *times])
    assert [(gap.before, gap.after, gap.days) for gap in gaps] == [(7, 8, 29), (5, 6, 7)]
    weekly: list[datetime | None] = [start + timedelta(days=7 * week) for week in range(6)]
    assert find_gaps(weekly) == []
    assert find_gaps([]) == find_gaps([start]) == find_gaps([start] * 9) == []


def test_the_map_is_the_same_for_the_same_pool_and_stays_as_images_arrive() -> None:
    vectors = blobs(60, 20, seed=3)
    axes = axes_of(vectors)
    shuffled = vectors[np.random.default_rng(1).permutation(len(vectors))]
    assert np.allclose(axes.place(vectors), axes_of(shuffled).place(vectors), atol=1e-4)
    more = np.concatenate([vectors, blobs(60, 20, seed=3)[:5]])
    assert axes_of(more, axes) is axes
    assert axes_of(blobs(10, 50, seed=9), axes) is not axes


def test_the_axes_show_the_most_that_two_can() -> None:
    vectors = blobs(50, 30, seed=5)
    shown = axes_of(vectors).place(vectors).var(axis=0)
    values = np.linalg.svd(vectors - vectors.mean(axis=0), compute_uv=False) ** 2 / len(vectors)
    assert np.allclose(shown, values[:2], rtol=1e-3)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_any_image_has_a_map(count: int) -> None:
    vectors = blobs(2)[:count]
    assert axes_of(vectors).place(vectors).shape == (count, 2)
