"""Leaving images out in one pass equals scoring each against a bank built without it."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from detectors.errors import Cancelled, InputError
from detectors.features.spill import TrainingFeatures
from detectors.memory.bank import MemoryBank
from detectors.memory.coreset import k_centre_greedy
from detectors.memory.left_out import left_out_scores
from detectors.memory.rows import BankRows
from detectors.memory.scores import image_score, patch_distances

IMAGES, PATCHES, DIMENSION = 6, 10, 3


def pool_and_bank(seed: int, levels: int, rows: int = 30) -> tuple[TrainingFeatures, MemoryBank, np.ndarray]:
    generator = np.random.default_rng(seed)
    vectors = (generator.integers(0, levels, (IMAGES * PATCHES, DIMENSION)) / 8).astype(np.float16)
    images = np.repeat(np.arange(IMAGES), PATCHES)
    cells = np.tile(np.stack([np.arange(PATCHES), np.zeros(PATCHES)], axis=1), (IMAGES, 1)).astype(np.int32)
    coreset = k_centre_greedy(vectors, rows, seed=seed)
    chosen = coreset.indices
    bank = MemoryBank(vectors[chosen], images[chosen], cells[chosen], coreset.cover_radius)
    return TrainingFeatures(vectors, images, cells), bank, coreset.assignment


def one_by_one(pool: TrainingFeatures, bank: MemoryBank, groups: np.ndarray, k: int, b: int) -> np.ndarray:
    """The plain way: a bank of its own for each image."""
    scores = []
    for image in range(IMAGES):
        inside = np.isin(bank.source_image, np.flatnonzero(groups == groups[image]))
        if inside.all():
            scores.append(np.nan)
            continue
        rest, features = bank.without(inside), pool.vectors[pool.rows_of(image)]
        squared, nearest = rest.search_squared(features, k)
        scores.append(image_score(patch_distances(squared), nearest[:, 0], features, rest, neighbours=b))
    return np.array(scores, np.float32)


@settings(max_examples=40)
@example(seed=130, levels=3, k=1, labels=[1, 1, 1, 1, 1, 0], is_changed=False)  # one group fills the bank
@given(
    st.integers(0, 1_000),
    st.sampled_from([3, 8, 1_000]),
    st.sampled_from([1, 3]),
    st.lists(st.integers(0, 3), min_size=IMAGES, max_size=IMAGES).filter(lambda labels: len(set(labels)) > 1),
    st.booleans(),
)
def test_one_pass_equals_a_bank_for_each_image(
    seed: int, levels: int, k: int, labels: list[int], is_changed: bool
) -> None:
    pool, bank, assignment = pool_and_bank(seed, levels)
    if is_changed:
        bank.add(BankRows(pool.vectors[5:8], np.full(3, 99), np.zeros((3, 2), np.int32)))
    groups = np.array(labels)
    try:
        expected = one_by_one(pool, bank, groups, k, 4)
    except InputError:
        with pytest.raises(InputError):
            left_out_scores(bank, pool, assignment, groups, neighbours=k, b=4)
        return
    found = left_out_scores(bank, pool, assignment, groups, neighbours=k, b=4)
    np.testing.assert_array_equal(found.scores, expected)
    for image in np.flatnonzero(~np.isnan(expected)):
        source = bank.source_image[found.nearest[image]]
        assert source == 99 or groups[source] != groups[image]
        assert found.worst_row[image] // PATCHES == image


def test_a_mislabel_copied_twice_vouches_for_itself_only_without_groups() -> None:
    generator = np.random.default_rng(3)
    vectors = generator.normal(0, 1, (IMAGES, PATCHES, DIMENSION)).astype(np.float16)
    vectors[4] += np.float16(20)
    vectors[5] = vectors[4] + np.float16(0.01)
    flat, images = vectors.reshape(-1, DIMENSION), np.repeat(np.arange(IMAGES), PATCHES)
    cells = np.zeros((len(flat), 2), np.int32)
    bank = MemoryBank(flat, images, cells, 0.0)
    pool, own = TrainingFeatures(flat, images, cells), np.arange(len(flat))
    alone = left_out_scores(bank, pool, own, np.arange(IMAGES), b=1).scores
    together = left_out_scores(bank, pool, own, np.array([0, 1, 2, 3, 4, 4]), b=1).scores
    assert alone[4:].max() < alone[:4].min()
    assert together[4:].min() > 5 * together[:4].max()


def test_images_that_nothing_can_be_said_of_are_nan() -> None:
    pool, bank, _ = pool_and_bank(0, 1_000)
    images = np.where(pool.source_image == 2, 1, pool.source_image)
    hollow = TrainingFeatures(pool.vectors, images, pool.cells)
    everything = MemoryBank(bank.vectors, np.full(len(bank), 0), bank.cell, 1.0)
    found = left_out_scores(everything, hollow, np.zeros(len(images), int), np.arange(IMAGES), b=1)
    assert np.isnan(found.scores[[0, 2]]).all() and found.worst_row[2] == found.nearest[0] == -1
    assert np.isfinite(found.scores[[1, 3, 4, 5]]).all()


def test_one_group_and_too_small_banks_are_refused_and_progress_may_stop() -> None:
    pool, bank, assignment = pool_and_bank(0, 1_000)
    with pytest.raises(InputError, match="not duplicates"):
        left_out_scores(bank, pool, assignment, np.zeros(IMAGES, int))
    with pytest.raises(InputError, match="without the image that is left out"):
        left_out_scores(bank, pool, assignment, np.arange(IMAGES), b=30)

    def stop(done: int) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        left_out_scores(bank, pool, assignment, np.arange(IMAGES), b=3, advance=stop)


def test_some_images_alone_score_as_among_all() -> None:
    pool, bank, assignment = pool_and_bank(1, 1_000)
    told: list[int] = []
    everything = left_out_scores(bank, pool, assignment, np.arange(IMAGES), b=4)
    some = left_out_scores(bank, pool, assignment, np.arange(IMAGES), b=4, only=[4, 1], advance=told.append)
    assert np.array_equal(some.scores[[1, 4]], everything.scores[[1, 4]])
    assert np.isnan(some.scores[[0, 2, 3, 5]]).all()
    assert told == [1, 2]
