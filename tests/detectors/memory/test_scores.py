"""Image scores: the bounds of the re-weighting, its safety, and what it depends on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logsumexp

from detectors.errors import InputError
from detectors.memory.bank import MemoryBank
from detectors.memory.scores import image_score, image_scores, reweighting, worst_patch


def bank_of(vectors):
    count = len(vectors)
    return MemoryBank(
        np.asarray(vectors, np.float16), np.zeros(count, np.int64), np.zeros((count, 2), np.int32), 0.0
    )


def score(bank, queries, **options):
    queries = np.asarray(queries, np.float16)
    distances, indices = bank.search(queries, 1)
    return image_score(distances[:, 0], indices[:, 0], queries, bank, **options)


@given(
    st.floats(0, 1e4),
    st.lists(st.floats(0, 1e4), min_size=1, max_size=8),
)
def test_the_factor_lies_between_one_minus_one_over_b_and_one(worst, farther):
    spread = np.array([worst, *(worst + extra for extra in farther)])
    factor = reweighting(worst, spread)
    assert 1 - 1 / len(spread) - 1e-12 <= factor <= 1
    assert factor == pytest.approx(1 - np.exp(worst - logsumexp(spread)), abs=1e-9)


def test_equidistant_neighbours_give_exactly_one_minus_one_over_b():
    assert reweighting(1_000.0, np.full(9, 1_000.0)) == pytest.approx(1 - 1 / 9, abs=1e-15)
    assert reweighting(3.0, np.array([3.0])) == 1


def test_by_hand():
    bank = bank_of([[0, 0], [0, 3], [0, 4], [50, 50]])
    query = [[2, 0]]
    spread = np.array([2, np.sqrt(4 + 9), np.sqrt(4 + 16)])
    expected = (1 - np.exp(2) / np.exp(spread).sum()) * 2
    assert score(bank, query, neighbours=3) == pytest.approx(expected, rel=1e-6)
    assert score(bank, query, neighbours=1) == 2
    assert score(bank, query, mode="max") == 2


def test_the_neighbourhood_is_that_of_the_bank_vector_not_of_the_patch():
    # The patch's second nearest vector is [5, 0]; m* = [0, 0] has [-1, 0] as its own.
    bank = bank_of([[0, 0], [-1, 0], [5, 0]])
    expected = (1 - np.exp(2) / (np.exp(2) + np.exp(3))) * 2
    assert score(bank, [[2, 0]], neighbours=2) == pytest.approx(expected, rel=1e-6)


def test_rare_normals_raise_the_score_and_scaling_is_not_proportional():
    near, far = bank_of([[0, 0], [0, 1], [0, 2]]), bank_of([[0, 0], [0, 30], [0, 40]])
    assert score(far, [[2, 0]], neighbours=3) > score(near, [[2, 0]], neighbours=3)
    doubled = bank_of([[0, 0], [0, 2], [0, 4]])
    assert score(doubled, [[4, 0]], mode="max") == 2 * score(near, [[2, 0]], mode="max")
    assert score(doubled, [[4, 0]], neighbours=3) > 2.01 * score(near, [[2, 0]], neighbours=3)


def test_many_images_score_as_one_by_one():
    generator = np.random.default_rng(0)
    bank = bank_of(generator.standard_normal((60, 5)))
    images = generator.standard_normal((7, 11, 5)).astype(np.float16)
    worst = []
    for queries in images:
        distances, indices = bank.search(queries, 1)
        worst.append(worst_patch(distances[:, 0], indices[:, 0], queries))
    together = image_scores(worst, bank)
    assert together.tolist() == [score(bank, queries) for queries in images]
    assert together.dtype == np.float32


def test_superset_and_duplicates_of_the_bank():
    generator = np.random.default_rng(1)
    vectors, extra = generator.standard_normal((30, 4)), generator.standard_normal((30, 4))
    queries = generator.standard_normal((20, 4))
    whole = bank_of(np.concatenate([vectors, extra]))
    assert (whole.search(queries, 1)[0] <= bank_of(vectors).search(queries, 1)[0]).all()
    twice = bank_of(np.concatenate([vectors, vectors]))
    assert score(twice, queries, mode="max") == score(bank_of(vectors), queries, mode="max")


def test_bad_input_is_refused():
    bank = bank_of([[0, 0], [1, 1]])
    with pytest.raises(InputError, match="9 neighbours"):
        score(bank, [[2, 0]])
    with pytest.raises(InputError, match="Unknown image score"):
        score(bank, [[2, 0]], mode="mean")
    with pytest.raises(InputError, match="no patches"):
        worst_patch(np.empty(0), np.empty(0), np.empty((0, 2)))
