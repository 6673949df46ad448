"""After any sequence of operations the live state equals one built afresh from the same vectors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.errors import ArtifactError, InputError
from detectors.memory.bank import MemoryBank
from detectors.memory.coreset import k_centre_greedy
from detectors.memory.live import LiveMemory
from detectors.memory.neighbours import found_neighbours
from detectors.memory.operations import Operation
from detectors.memory.rows import BankRows
from detectors.memory.training_patches import TrainingPatches

PATCHES, DIMENSION, TRAINING_IMAGES = 12, 3, 6


def patches(generator, levels):
    """Few levels make ties and duplicates, many make none."""
    return (generator.integers(0, levels, (PATCHES, DIMENSION)) / 8).astype(np.float16)


def cells(count=PATCHES):
    return np.stack([np.arange(count) // 4, np.arange(count) % 4], axis=1).astype(np.int32)


class World:
    """A trained bank, its pool, and images waiting."""

    def __init__(self, seed=0, levels=1_000, pending=4, bank_rows=30, guard=None, k=1):
        self.generator = np.random.default_rng(seed)
        self.levels = levels
        features = np.concatenate([patches(self.generator, levels) for _ in range(TRAINING_IMAGES)])
        images = np.repeat(np.arange(TRAINING_IMAGES), PATCHES)
        coreset = k_centre_greedy(features, bank_rows, seed=seed)
        self.pool = features, images
        bank = MemoryBank(
            features[coreset.indices],
            images[coreset.indices],
            np.tile(cells(), (TRAINING_IMAGES, 1))[coreset.indices],
            coreset.cover_radius,
        )
        self.training = TrainingPatches(
            features, images, np.tile(cells(), (TRAINING_IMAGES, 1)), coreset.assignment
        )
        self.features = {f"image {n}": patches(self.generator, levels) for n in range(pending)}
        self.k = k
        self.live = LiveMemory(
            bank, self.features, training=self.training, neighbours=3, patch_neighbours=k, guard=guard
        )
        self.live.watch(list(self.features))

    def do(self, kind, number):
        if kind == "add":
            rows = BankRows(patches(self.generator, self.levels), np.full(PATCHES, 100 + number), cells())
            return self.live.propose_addition(rows)
        if kind == "remove":
            return self.live.propose_removal([number % TRAINING_IMAGES])
        if kind == "remove added":
            return self.live.propose_removal([100 + number])
        return self.live.propose_undo()


def bytes_of(bank):
    return {name: array.tobytes() for name, array in bank.to_arrays().items()}


def assert_fresh(world):
    bank = MemoryBank.from_arrays(world.live.bank.to_arrays())
    fresh = LiveMemory(bank, world.features, neighbours=3, patch_neighbours=world.k)
    fresh.watch(list(world.features))
    assert world.live.scores == fresh.scores
    for image, features in world.features.items():
        kept, found = world.live._of(image), found_neighbours(bank, features, world.k)
        assert (kept.positions == found.positions).all()
        assert (kept.squared == found.squared).all()
        known = ~np.isnan(kept.second_squared)
        assert (kept.second[known] == found.second[known]).all()
        assert (kept.second_squared[known] == found.second_squared[known]).all()
        assert (kept.second[~known] == -1).all()


operations = st.lists(
    st.tuples(st.sampled_from(["add", "remove", "remove added", "undo"]), st.integers(0, 5)),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60)
@given(operations, st.integers(0, 1_000), st.sampled_from([3, 8, 1_000]), st.sampled_from([1, 1, 2, 5]))
def test_any_sequence_equals_a_fresh_bank(sequence, seed, levels, k):
    world = World(seed, levels, k=k)
    for kind, number in sequence:
        try:
            proposal = world.do(kind, number)
        except InputError:
            continue
        world.live.commit(proposal)
        assert_fresh(world)


@settings(max_examples=40)
@given(operations, st.integers(0, 1_000), st.sampled_from([3, 1_000]))
def test_undoing_everything_restores_bytes_scores_and_assignments(sequence, seed, levels):
    world = World(seed, levels)
    before, scores = bytes_of(world.live.bank), world.live.scores
    for kind, number in sequence:
        try:
            world.live.commit(world.do(kind, number))
        except InputError:
            continue
    while True:
        try:
            proposal = world.live.propose_undo()
        except InputError:
            break
        world.live.commit(proposal)
    assert bytes_of(world.live.bank) == before
    assert world.live.scores == scores
    assert (world.training.assignment >= 0).all()
    own = world.live.bank.vectors[world.training.assignment].astype(float)
    farthest = np.linalg.norm(world.pool[0] - own, axis=1).max()
    assert farthest <= world.live.bank.cover_radius * (1 + np.finfo(np.float32).eps)


@settings(max_examples=40)
@given(
    st.integers(0, 1_000), st.lists(st.integers(0, TRAINING_IMAGES - 1), min_size=1, max_size=4, unique=True)
)
def test_after_a_removal_the_rest_of_the_pool_is_covered_again(seed, images):
    world = World(seed)
    for image in images:
        world.live.commit(world.live.propose_removal([image]))
    features, sources = world.pool
    assert not np.isin(world.live.bank.source_image, images).any()
    staying = ~np.isin(sources, images)
    assert world.live.bank.search(features[staying], 1)[0].max() <= world.live.bank.cover_radius
    assert (world.training.assignment[~staying] == -1).all()
    assert (world.training.assignment[staying] >= 0).all()


def test_an_addition_takes_only_uncovered_patches_and_queues_the_rest():
    world = World()
    bank = world.live.bank
    far = (np.arange(1, 201)[:, None] * [200, 0, 0]).astype(np.float16)
    rows = BankRows(np.concatenate([bank.vectors[:5], far]), np.full(205, 9), cells(205))
    proposal = world.live.propose_addition(rows)
    assert len(proposal.operation.inserted) == 128
    assert len(proposal.queued) == 72
    assert (proposal.operation.inserted.cell[:, 0] > 0).all()
    world.live.commit(proposal)
    rest = world.live.propose_addition(proposal.queued)
    assert len(rest.operation.inserted) == 72
    assert len(rest.queued) == 0
    world.live.commit(rest)
    assert len(world.live.propose_addition(rows).operation.inserted) == 0


def test_adding_the_patches_of_an_image_lowers_its_score():
    world = World()
    image = "image 1"
    rows = BankRows(world.features[image], np.full(PATCHES, 50), cells())
    proposal = world.live.propose_addition(rows)
    assert world.live.scores[image] == proposal.before[image]
    world.live.commit(proposal)
    assert world.live.distances(image).max() <= world.live.bank.cover_radius
    assert world.live.scores == proposal.after


def test_a_preview_of_one_image_is_what_the_change_will_bring():
    world = World()
    rows = BankRows(world.features["image 3"], np.full(PATCHES, 50), cells())
    preview = world.live.preview_addition("image 3", rows)
    assert preview.score != world.live.scores["image 3"]
    world.live.commit(world.live.propose_addition(rows))
    assert preview.score == world.live.scores["image 3"]
    assert (preview.distances == world.live.distances("image 3")).all()
    with pytest.raises(InputError, match="not watched"):
        world.live.preview_addition("image 9", rows)
    del world.features["image 3"]
    with pytest.raises(InputError, match="extracted again"):
        world.live.preview_addition("image 3", rows)


def test_nothing_is_visible_before_commit_and_a_stale_proposal_is_refused():
    world = World()
    before = bytes_of(world.live.bank)
    first, second = world.do("add", 0), world.do("remove", 1)
    assert bytes_of(world.live.bank) == before
    world.live.commit(first)
    with pytest.raises(InputError, match="has changed"):
        world.live.commit(second)


def test_a_guard_sees_both_scores_and_holds():
    seen = []

    def guard(before, after):
        seen.append((dict(before), dict(after)))
        return [image for image in before if after[image] < before[image]]

    world = World(guard=guard)
    rows = BankRows(world.features["image 2"], np.full(PATCHES, 50), cells())
    proposal = world.live.propose_addition(rows)
    assert "image 2" in proposal.held_by
    assert seen == [(proposal.before, proposal.after)]
    world.live.commit(proposal)
    assert_fresh(world)


def test_an_image_whose_features_are_gone_is_stale_until_watched_again():
    world = World()
    features = world.features.pop("image 0")
    proposal = world.do("add", 0)
    assert proposal.stale == ("image 0",)
    world.live.commit(proposal)
    assert "image 0" not in world.live.scores
    with pytest.raises(InputError, match="not watched"):
        world.live.distances("image 0")
    assert world.live.watch(["image 0"]) == ("image 0",)
    world.features["image 0"] = features
    assert world.live.watch(["image 0"]) == ()
    assert_fresh(world)


def test_an_image_watched_after_a_proposal_was_made_is_scored_with_it():
    world = World()
    proposal = world.do("remove", 2)
    world.features["late"] = patches(world.generator, 1_000)
    world.live.watch(["late"])
    world.live.commit(proposal)
    assert_fresh(world)
    world.live.unwatch("late")
    assert "late" not in world.live.scores


def test_another_process_catches_up_from_the_journal():
    writer, reader = World(seed=4), World(seed=4)
    for kind, number in [("add", 1), ("remove", 2), ("undo", 0), ("remove", 3)]:
        proposal = writer.do(kind, number)
        writer.live.commit(proposal)
        received = Operation.from_arrays(proposal.operation.to_arrays())
        reader.live.commit(reader.live.propose(received))
    assert bytes_of(reader.live.bank) == bytes_of(writer.live.bank)
    assert reader.live.scores == writer.live.scores
    assert (reader.training.assignment == writer.training.assignment).all()


def test_operations_of_another_state_and_empty_banks_are_refused():
    world = World()
    with pytest.raises(InputError, match="leave the memory bank empty"):
        world.live.propose_removal(range(TRAINING_IMAGES))
    world.live.commit(world.live.propose_removal([0]))
    with pytest.raises(InputError, match="already"):
        world.live.propose_removal([0])
    with pytest.raises(InputError, match="already"):
        world.live.propose_removal([77])
    world.live.commit(world.live.propose_undo())
    with pytest.raises(InputError, match="nothing to undo"):
        world.live.propose_undo()
    foreign = World(seed=9).do("remove", 0).operation
    with pytest.raises(ArtifactError, match="does not belong"):
        world.live.propose(foreign)
    rows = BankRows(np.full((1, DIMENSION), np.nan, np.float16), np.zeros(1, np.int64), cells(1))
    with pytest.raises(InputError, match="NaN"):
        world.live.propose_addition(rows)


def test_without_the_pool_a_removal_just_takes_the_vectors_out():
    world = World()
    live = LiveMemory(world.live.bank, world.features, neighbours=3)
    live.watch(list(world.features))
    live.commit(live.propose_removal([0, 1]))
    assert not np.isin(live.bank.source_image, [0, 1]).any()
    with pytest.raises(InputError, match="leave the memory bank empty"):
        live.propose_removal([2, 3, 4, 5])


def test_a_bank_left_with_too_few_vectors_to_score_is_refused():
    world = World(bank_rows=4)
    live = LiveMemory(world.live.bank, {}, neighbours=4)
    with pytest.raises(InputError, match="needs 4 neighbours"):
        live.propose_removal([int(world.live.bank.source_image[0])])
    several = LiveMemory(world.live.bank, {}, image_score="max", patch_neighbours=4)
    with pytest.raises(InputError, match="needs 4 neighbours"):
        several.propose_removal([int(world.live.bank.source_image[0])])
