"""Nearest neighbours against brute force, ties and near-ties included."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.errors import InputError
from detectors.memory import nearest, shortlist
from detectors.memory.folded import Barred
from detectors.memory.nearest import ExactNearest

pytestmark = pytest.mark.usefixtures("_processor")


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


@pytest.mark.parametrize("crowded_groups", [0, 3, 24])
@pytest.mark.parametrize("k", [1, 9])
def test_a_shortlist_misses_nothing(k, crowded_groups, monkeypatch):
    monkeypatch.setattr(nearest, "_SHORTLISTED_ABOVE_VECTORS", 500)
    monkeypatch.setattr(nearest, "_SHORTLISTED_AFTER_QUERIES", 0)
    monkeypatch.setattr(shortlist, "_CROWDED_GROUPS", crowded_groups)
    generator = np.random.default_rng(5)
    # Most of the spread lies in a few directions; some queries are far away, some are stored vectors.
    spread = generator.standard_normal((120, 120)) * np.geomspace(3, 0.02, 120)[:, None]
    vectors = (generator.standard_normal((1_500, 120)) @ spread).astype(np.float16)
    queries = (generator.standard_normal((40, 120)) @ spread * np.linspace(0.2, 3, 40)[:, None]).astype(
        np.float16
    )
    queries[:5] = vectors[:5]
    squared, indices = brute_force(vectors, queries, k)
    found_squared, found = ExactNearest(vectors).search_squared(queries, k)
    assert (found == indices).all()
    assert found_squared == pytest.approx(squared, rel=1e-12)


def test_a_shortlist_keeps_barred_vectors_out(monkeypatch):
    generator = np.random.default_rng(6)
    vectors = generator.integers(0, 3, (900, 100)).astype(np.float16)
    labels, of_query = generator.integers(0, 2, 900), generator.integers(0, 3, 30)
    labels[of_query[0] == labels] = 7
    queries = vectors[:30]
    plain = ExactNearest(vectors).search_squared(queries, 3, Barred(labels, of_query))
    monkeypatch.setattr(nearest, "_SHORTLISTED_ABOVE_VECTORS", 500)
    monkeypatch.setattr(nearest, "_SHORTLISTED_AFTER_QUERIES", 0)
    short = ExactNearest(vectors).search_squared(queries, 3, Barred(labels, of_query))
    everything = ExactNearest(vectors).search_squared(queries, 3, Barred(np.ones(900, np.int64), np.ones(30)))
    assert (short[0] == plain[0]).all()
    assert (short[1] == plain[1]).all()
    assert (everything[1] == -1).all()


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


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(-3, 3), st.sampled_from([1, 3, 40, 150]), st.integers(1, 4))
def test_rounding_hides_no_neighbour(seed, exponent, dimension, k):
    """Vectors of any size, near copies of each other far closer than bfloat16 can tell apart."""
    generator = np.random.default_rng(seed)
    few = generator.standard_normal((20, dimension)) + generator.integers(0, 50)
    vectors = few[generator.integers(0, 20, 400)] + 1e-3 * generator.standard_normal((400, dimension))
    queries = few[generator.integers(0, 20, 15)] + 0.1 * generator.standard_normal((15, dimension))
    vectors, queries = (10.0**exponent * both.astype(np.float32) for both in (vectors, queries))
    squared, indices = brute_force(vectors, queries, k)
    found_squared, found = ExactNearest(vectors).search_squared(queries, k)
    assert found_squared == pytest.approx(squared, rel=1e-9, abs=0)
    assert (found == indices).all()


def test_grouping_of_queries_changes_nothing(monkeypatch):
    generator = np.random.default_rng(1)
    vectors = generator.standard_normal((900, 20)).astype(np.float16)
    queries = generator.standard_normal((70, 20)).astype(np.float16)
    whole = ExactNearest(vectors).search(queries, 3)
    monkeypatch.setattr(nearest, "_PRODUCT_BYTES", 8_000)
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
