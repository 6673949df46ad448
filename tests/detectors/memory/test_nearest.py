"""Nearest neighbours against brute force, ties and near-ties included."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.errors import InputError
from detectors.memory import nearest
from detectors.memory.folded import Barred
from detectors.memory.nearest import ExactNearest


def brute_force(vectors, queries, k):
    squared = ((queries[:, None].astype(np.float64) - vectors[None].astype(np.float64)) ** 2).sum(axis=2)
    indices = np.argsort(squared, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(squared, indices, axis=1), indices


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(1, 700), st.integers(1, 12), st.sampled_from([2, 5, 1_000]))
def test_it_equals_brute_force(seed, count, k, levels):
    generator = np.random.default_rng(seed)
    vectors = generator.integers(0, levels, (count, 3)).astype(np.float16)
    queries = generator.integers(0, levels, (9, 3)).astype(np.float16)
    k = min(k, count)
    squared, indices = brute_force(vectors, queries, k)
    distances, found = ExactNearest(vectors).search(queries, k)
    assert (found == indices).all()
    assert distances == pytest.approx(np.sqrt(squared), rel=1e-6)
    assert distances.dtype == np.float32
    assert found.dtype == np.int64


def test_long_vectors_close_together_keep_their_order():
    generator = np.random.default_rng(0)
    vectors = (400 + generator.random((2_000, 64))).astype(np.float16)
    queries = (400 + generator.random((50, 64))).astype(np.float16)
    squared, indices = brute_force(vectors, queries, 5)
    distances, found = ExactNearest(vectors).search(queries, 5)
    assert (found == indices).all()
    assert distances == pytest.approx(np.sqrt(squared), rel=1e-6)


def test_a_stored_vector_is_at_distance_exactly_zero():
    vectors = np.random.default_rng(0).standard_normal((500, 152)).astype(np.float16)
    distances, found = ExactNearest(vectors).search(vectors, 1)
    assert (distances == 0).all()
    assert (found[:, 0] == np.arange(500)).all()


def test_grouping_of_queries_changes_nothing(monkeypatch):
    generator = np.random.default_rng(1)
    vectors = generator.standard_normal((900, 20)).astype(np.float16)
    queries = generator.standard_normal((70, 20)).astype(np.float16)
    whole = ExactNearest(vectors).search(queries, 3)
    monkeypatch.setattr(nearest, "_PRODUCT_ELEMENTS", 2_000)
    parts = ExactNearest(vectors).search(queries, 3)
    assert (whole[0] == parts[0]).all()
    assert (whole[1] == parts[1]).all()


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(1, 300), st.integers(1, 4), st.integers(1, 3))
def test_barred_vectors_are_not_found(seed, count, images, k):
    generator = np.random.default_rng(seed)
    vectors = generator.integers(0, 4, (count, 2)).astype(np.float16)
    queries = generator.integers(0, 4, (8, 2)).astype(np.float16)
    labels, of_query = generator.integers(0, images, count), generator.integers(0, images, 8)
    k = min(k, count)
    squared, indices = ExactNearest(vectors).search_squared(queries, k, Barred(labels, of_query))
    for row in range(8):
        allowed = np.flatnonzero(labels != of_query[row])
        expected, order = brute_force(vectors[allowed], queries[row : row + 1], min(k, len(allowed)))
        padding = k - len(order[0])
        assert indices[row].tolist() == [*allowed[order[0]].tolist(), *[-1] * padding]
        assert squared[row].tolist() == [*expected[0].tolist(), *[np.inf] * padding]


def test_bad_input_is_refused():
    vectors = np.zeros((3, 2), np.float16)
    with pytest.raises(InputError, match="4 neighbours were asked for, the memory bank holds 3"):
        ExactNearest(vectors).search(vectors, 4)
    with pytest.raises(InputError, match="5 dimensions"):
        ExactNearest(vectors).search(np.zeros((1, 5), np.float16), 1)
    with pytest.raises(InputError, match="NaN or infinite"):
        ExactNearest(vectors).search(np.full((1, 2), np.nan, np.float16), 1)
    with pytest.raises(InputError, match="NaN or infinite"):
        ExactNearest(np.full((1, 2), np.inf, np.float16))
    with pytest.raises(InputError, match="empty"):
        ExactNearest(np.zeros((0, 2), np.float16))
