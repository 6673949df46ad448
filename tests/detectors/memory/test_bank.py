"""The bank's operations, their inverses, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.errors import ArtifactError, InputError
from detectors.memory.bank import MemoryBank
from detectors.memory.operations import Operation
from detectors.memory.rows import BankRows


def rows(count, image=7, seed=0):
    vectors = np.random.default_rng(seed).standard_normal((count, 4)).astype(np.float16)
    cell = np.stack([np.arange(count), np.arange(count)], axis=1).astype(np.int32)
    return BankRows(vectors, np.full(count, image), cell)


def bank(count=20):
    first = rows(count)
    return MemoryBank(first.vectors, np.arange(count) // 5, first.cell, 1.5)


def state(any_bank):
    return {name: (array.dtype, array.tobytes()) for name, array in any_bank.to_arrays().items()}


@given(st.sets(st.integers(0, 19)), st.integers(0, 6))
def test_every_operation_has_an_exact_inverse_and_says_where_vectors_went(positions, added):
    changed, before = bank(), bank()
    operation = changed.replace(np.array(sorted(positions), np.int64), rows(added, seed=1))
    assert len(changed) == 20 - len(positions) + added
    moved = operation.moved(20)
    for old, new in enumerate(moved):
        assert (new == -1) == (old in positions)
        if new >= 0:
            assert (changed.vectors[new] == before.vectors[old]).all()
            assert changed.source_image[new] == before.source_image[old]
    inverse = Operation.from_arrays(operation.inverse().to_arrays())
    changed.apply(inverse)
    assert state(changed) == state(before)


def test_provenance_goes_with_the_vectors():
    changed = bank()
    changed.remove(changed.positions_from(1))
    assert changed.source_image.tolist() == [0] * 5 + [2] * 5 + [3] * 5
    assert changed.cell[5].tolist() == [10, 10]
    changed.add(rows(2, image=9))
    assert changed.positions_from(9).tolist() == [15, 16]


def test_undo_goes_back_step_by_step_and_the_journal_keeps_everything():
    changed = bank()
    states = [state(changed)]
    changed.add(rows(3))
    states.append(state(changed))
    changed.remove(np.array([0, 4, 21]))
    changed.undo()
    assert state(changed) == states[1]
    changed.undo()
    assert state(changed) == states[0]
    assert [operation.kind for operation in changed.journal] == ["add", "remove", "undo", "undo"]
    with pytest.raises(InputError, match="nothing to undo"):
        changed.undo()


def test_a_journal_replays_on_a_copy_and_the_copy_is_independent():
    changed, replayed = bank(), bank()
    twin = changed.copy()
    changed.add(rows(3))
    changed.remove(np.array([2, 2, 22]))
    for operation in changed.journal:
        replayed.apply(operation)
    assert state(replayed) == state(changed)
    assert state(twin) == state(bank())


def test_search_sees_changes_at_once():
    changed = bank()
    query = np.full((1, 4), 9, np.float16)
    before = changed.search(query, 1)[0][0, 0]
    changed.add(BankRows(query, np.array([3]), np.zeros((1, 2), np.int32)))
    assert changed.search(query, 1) == (0.0, 20)
    changed.undo()
    assert changed.search(query, 1)[0][0, 0] == before


def test_neighbours_start_with_the_vector_itself():
    some = bank()
    assert some.neighbours_of(3, 1).tolist() == [3]
    found = some.neighbours_of(3, 4)
    distances = np.linalg.norm(some.vectors.astype(float) - some.vectors[3].astype(float), axis=1)
    assert found.tolist() == np.argsort(distances, kind="stable")[:4].tolist()
    assert (some.neighbourhoods(np.array([3, 5]), 4)[0] == found).all()


def test_the_nearest_of_another_image_is_found():
    some = bank()
    squared, positions = some.search_other_images(some.vectors, some.source_image)
    distances = ((some.vectors[:, None].astype(float) - some.vectors[None].astype(float)) ** 2).sum(axis=2)
    distances[some.source_image[:, None] == some.source_image[None]] = np.inf
    assert (positions == distances.argmin(axis=1)).all()
    assert squared == pytest.approx(distances.min(axis=1))


def test_an_emptied_bank_can_be_refilled_but_not_searched():
    changed = bank()
    changed.remove(np.arange(20))
    with pytest.raises(InputError, match="empty"):
        changed.search(np.zeros((1, 4), np.float16), 1)
    changed.add(rows(1))
    assert len(changed.search(np.zeros((1, 4), np.float16), 1)[0]) == 1


def test_bad_input_is_refused():
    some = bank()
    with pytest.raises(InputError, match="holds 20"):
        some.search(np.zeros((1, 4), np.float16), 21)
    for call in (lambda: some.remove(np.array([20])), lambda: some.neighbours_of(-1, 2)):
        with pytest.raises(InputError, match="outside the memory bank"):
            call()
    with pytest.raises(InputError, match="dimensions"):
        some.add(BankRows(np.zeros((1, 3), np.float16), np.zeros(1, np.int64), np.zeros((1, 2), np.int32)))
    with pytest.raises(InputError, match="NaN"):
        some.add(
            BankRows(np.full((1, 4), np.inf, np.float16), np.zeros(1, np.int64), np.zeros((1, 2), np.int32))
        )
    with pytest.raises(InputError, match="float16"):
        MemoryBank(np.zeros((1, 4), np.float32), np.zeros(1, np.int64), np.zeros((1, 2), np.int32), 0.0)
    with pytest.raises(InputError, match="source images"):
        MemoryBank(np.zeros((2, 4), np.float16), np.zeros(1, np.int64), np.zeros((2, 2), np.int32), 0.0)
    with pytest.raises(InputError, match="cover radius"):
        MemoryBank(some.vectors, some.source_image, some.cell, np.nan)
    assert state(some) == state(bank())


def test_artifacts_that_do_not_fit_are_refused():
    arrays = bank().to_arrays()
    assert state(MemoryBank.from_arrays(arrays)) == state(bank())
    with pytest.raises(ArtifactError, match="bank_cell"):
        MemoryBank.from_arrays({name: array for name, array in arrays.items() if name != "bank_cell"})
    with pytest.raises(ArtifactError, match="NaN"):
        MemoryBank.from_arrays({**arrays, "bank_vectors": np.full((20, 4), np.nan, np.float16)})
    with pytest.raises(ArtifactError, match="journal"):
        Operation.from_arrays({})
    foreign = bank().remove(np.array([1]))
    other = bank()
    other.remove(np.array([0]))
    with pytest.raises(ArtifactError, match="does not belong"):
        other.apply(foreign)
