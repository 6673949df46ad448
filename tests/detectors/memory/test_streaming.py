"""Merge-reduce coresets keep their cap and their bound."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.errors import Cancelled, InputError
from detectors.memory.coreset import k_centre_greedy
from detectors.memory.streaming import merge_reduce_coreset


def pool(seed, count, dimension=4):
    return np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float16)


@settings(max_examples=30)
@given(st.integers(0, 1_000), st.integers(1, 400), st.integers(1, 30), st.integers(2, 5))
def test_cap_bound_and_exact_assignment(seed, count, rows, blocks_per_row):
    features = pool(seed, count)
    streamed = merge_reduce_coreset(features, rows, seed=seed, block_rows=blocks_per_row * rows)
    coreset = streamed.coreset
    assert len(set(coreset.indices.tolist())) == min(rows, count)
    assert coreset.cover_radius <= streamed.radius_bound + 1e-6
    wide = features.astype(np.float64)
    distances = np.sqrt(((wide[:, None] - wide[coreset.indices][None]) ** 2).sum(axis=2))
    assert (coreset.assignment == distances.argmin(axis=1)).all()
    assert coreset.distances == pytest.approx(distances.min(axis=1), abs=1e-6)


@settings(max_examples=15)
@given(st.integers(0, 1_000), st.integers(1, 3))
def test_the_bound_holds_against_the_optimum(seed, rows):
    features = pool(seed, 13, 2)
    wide = features.astype(np.float64)
    distances = np.sqrt(((wide[:, None] - wide[None]) ** 2).sum(axis=2))
    optimum = min(distances[:, list(c)].min(axis=1).max() for c in combinations(range(13), rows))
    streamed = merge_reduce_coreset(features, rows, seed=seed, block_rows=2 * rows)
    assert streamed.radius_bound <= 4 * streamed.levels * optimum + 1e-6


def test_one_block_is_the_plain_coreset_and_many_stay_close(tmp_path):
    np.save(tmp_path / "features.npy", pool(0, 4_000))
    mapped = np.load(tmp_path / "features.npy", mmap_mode="r")
    whole = k_centre_greedy(mapped, 100, seed=1)
    one = merge_reduce_coreset(mapped, 100, seed=1, block_rows=4_000)
    assert (one.coreset.indices == whole.indices).all()
    assert one.levels == 1
    many = merge_reduce_coreset(mapped, 100, seed=1, block_rows=500)
    assert many.levels == 4
    assert many.coreset.cover_radius < 1.5 * whole.cover_radius


def test_progress_cancels_and_bad_input_is_refused():
    def stop(fraction, message):
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        merge_reduce_coreset(pool(0, 100), 5, progress=stop)
    with pytest.raises(InputError, match="too small"):
        merge_reduce_coreset(pool(0, 100), 5, block_rows=9)
    with pytest.raises(InputError, match="at least 1 row"):
        merge_reduce_coreset(pool(0, 100), 0)
    with pytest.raises(InputError, match="no features"):
        merge_reduce_coreset(pool(0, 0), 1)
