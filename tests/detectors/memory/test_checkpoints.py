"""A process that starts anew takes over what another one followed, however the bank changed meanwhile."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.errors import ArtifactError, InputError
from detectors.memory.bank import MemoryBank
from detectors.memory.checkpoints import Checkpoint, checkpoint_read, checkpoint_write
from detectors.memory.live import LiveMemory
from detectors.memory.operations import net_operation
from detectors.memory.rows import BankRows

PATCHES, DIMENSION = 10, 3


def rows_from(draw, image):
    vectors = (draw.integers(0, 12, (PATCHES, DIMENSION)) / 8).astype(np.float16)
    return BankRows(vectors, np.full(PATCHES, image), np.argwhere(np.ones((5, 2))).astype(np.int32))


def changed_bank(seed, steps):
    """A bank, and the states it went through."""
    draw = np.random.default_rng(seed)
    first = [rows_from(draw, image) for image in range(3)]
    bank = MemoryBank(
        *(np.concatenate([getattr(rows, name) for rows in first]) for name in ("vectors", "source_image")),
        np.concatenate([rows.cell for rows in first]),
        0.1,
    )
    states = [bank.copy()]
    for number, step in enumerate(steps):
        if step == "add":
            bank.add(rows_from(draw, 10 + number))
        elif step == "remove":
            bank.remove(draw.choice(len(bank), 3, replace=False))
        elif any(operation.kind != "undo" for operation in bank.journal):
            try:
                bank.undo()
            except InputError:
                continue
        states.append(bank.copy())
    return states, draw


@settings(deadline=None, max_examples=40)
@given(
    st.integers(0, 1000), st.lists(st.sampled_from(["add", "remove", "undo"]), max_size=6), st.integers(1, 2)
)
def test_resuming_equals_watching_afresh(seed, steps, k):
    states, draw = changed_bank(seed, steps)
    features = {name: rows_from(draw, 0).vectors for name in ("one", "two")}
    for then in (states[0], states[len(states) // 2]):
        earlier = LiveMemory(then, features, neighbours=2, patch_neighbours=k)
        earlier.watch(list(features))
        resumed = LiveMemory(states[-1], features, neighbours=2, patch_neighbours=k)
        assert resumed.resume(earlier.watched(), then) == ()
        fresh = LiveMemory(states[-1], features, neighbours=2, patch_neighbours=k)
        fresh.watch(list(features))
        assert resumed.scores == fresh.scores
        for name in features:
            np.testing.assert_array_equal(resumed.distances(name), fresh.distances(name))
            np.testing.assert_array_equal(resumed.nearest(name), fresh.nearest(name))


def test_images_whose_features_are_gone_are_named():
    states, draw = changed_bank(0, ["add"])
    features = {"here": rows_from(draw, 0).vectors, "gone": rows_from(draw, 0).vectors}
    earlier = LiveMemory(states[0], features)
    earlier.watch(list(features))
    del features["gone"]
    resumed = LiveMemory(states[-1], features)
    assert resumed.resume(earlier.watched(), states[0]) == ("gone",)
    assert set(resumed.scores) == {"here"}


def test_operations_of_another_bank_are_refused():
    states, _ = changed_bank(0, ["remove", "add"])
    others, _ = changed_bank(1, ["add", "add"])
    with pytest.raises(InputError, match="do not lead"):
        net_operation(others[-1].journal, states[0], states[-1])


def test_a_checkpoint_comes_back_as_it_was(tmp_path):
    states, draw = changed_bank(3, ["add"])
    features = {name: rows_from(draw, 0).vectors for name in ("one", "two")}
    live = LiveMemory(states[-1], features)
    live.watch(list(features))
    path = tmp_path / "kept" / "model.safetensors"
    checkpoint_write(path, Checkpoint(1, live.watched()))
    back = checkpoint_read(path)
    assert (back.operations, list(back.neighbours)) == (1, ["one", "two"])
    for name, neighbours in live.watched().items():
        for field, value in vars(neighbours).items():
            np.testing.assert_array_equal(getattr(back.neighbours[name], field), value)


def test_an_empty_checkpoint_and_a_damaged_one(tmp_path):
    path = tmp_path / "model.safetensors"
    checkpoint_write(path, Checkpoint(0, {}))
    assert checkpoint_read(path).neighbours == {}
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(ArtifactError, match=r"model\.safetensors"):
        checkpoint_read(path)
