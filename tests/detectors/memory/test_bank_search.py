"""Searching a bank by a chosen method: the true distances, and never a bank as it was before a change."""

import numpy as np
import pytest

from detectors.memory.bank import MemoryBank
from detectors.memory.bank_search import BankSearch
from detectors.memory.rows import BankRows


def bank_of(count: int, dimension: int = 10) -> MemoryBank:
    vectors = np.random.default_rng(0).standard_normal((count, dimension)).astype(np.float16)
    return MemoryBank(vectors, np.zeros(count, np.int64), np.zeros((count, 2), np.int32), 1.0)


QUERIES = np.random.default_rng(1).standard_normal((60, 10)).astype(np.float16)


@pytest.mark.parametrize("kind", ["ivf", "pq"])
def test_most_neighbours_are_found_and_their_distances_are_true(kind):
    bank = bank_of(2_000)
    squared, positions = BankSearch(kind).search_squared(bank, QUERIES, 3)
    difference = QUERIES[:, None].astype(float) - bank.vectors[positions].astype(float)
    assert squared == pytest.approx((difference**2).sum(axis=2))
    true, _ = bank.search_squared(QUERIES, 3)
    assert (squared >= true).all()
    assert 0.7 < np.mean(squared == true) < 1


@pytest.mark.parametrize("kind", ["ivf", "pq"])
def test_a_changed_bank_is_searched_as_it_is_now(kind):
    bank, search = bank_of(2_000), BankSearch(kind)
    search.search_squared(bank, QUERIES, 1)
    bank.add(BankRows(QUERIES[:1], np.array([7]), np.zeros((1, 2), np.int32)))
    squared, positions = search.search_squared(bank, QUERIES[:1], 1)
    assert (squared[0, 0], positions[0, 0]) == (0, 2_000)


def test_small_banks_are_searched_exactly():
    bank = bank_of(50)
    squared, positions = BankSearch("pq").search_squared(bank, QUERIES, 4)
    true = bank.search_squared(QUERIES, 4)
    assert (squared == true[0]).all()
    assert (positions == true[1]).all()
