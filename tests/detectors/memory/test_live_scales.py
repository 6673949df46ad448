"""Banks of several scales change together, and image scores stay those of fresh banks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.errors import ArtifactError, InputError
from detectors.memory.bank import MemoryBank
from detectors.memory.coreset import k_centre_greedy
from detectors.memory.live import LiveMemory
from detectors.memory.live_scales import LiveScales, ScaleFeatures
from detectors.memory.rows import BankRows
from detectors.memory.training_patches import TrainingPatches

SCALES = {"big": (4, 3), "small": (9, 2)}
"""Patches an image and dimension at each scale."""
TRAINING_IMAGES = 5


def cells(count):
    return np.stack([np.arange(count), np.zeros(count)], axis=1).astype(np.int32)


class Counting:
    """The largest product of distances over a common grid of 36 pixels, as multiplied maps give it."""

    def __init__(self):
        self.calls = []

    def __call__(self, image, distances):
        self.calls.append(image)
        return float((np.repeat(distances["big"], 9) * np.repeat(distances["small"], 4)).max())


class World:
    def __init__(self, seed, guard=None):
        self.generator = np.random.default_rng(seed)
        self.features, self.combine, memories = {}, Counting(), {}
        for scale, (count, _) in SCALES.items():
            pool = self.patches(scale, TRAINING_IMAGES)
            images = np.repeat(np.arange(TRAINING_IMAGES), count)
            places = np.tile(cells(count), (TRAINING_IMAGES, 1))
            chosen = k_centre_greedy(pool, len(pool) // 2, seed=seed)
            kept = chosen.indices
            bank = MemoryBank(pool[kept], images[kept], places[kept], chosen.cover_radius)
            training = TrainingPatches(pool, images, places, chosen.assignment)
            memories[scale] = LiveMemory(
                bank, ScaleFeatures(self.features, scale), training=training, image_score="max"
            )
            for number in range(3):
                self.features[ScaleFeatures.name(f"image {number}", scale)] = self.patches(scale, 1)
        self.live = LiveScales(memories, self.combine, guard=guard)
        assert self.live.watch([f"image {number}" for number in range(3)]) == ()

    def patches(self, scale, images):
        count, dimension = SCALES[scale]
        return (self.generator.integers(0, 40, (images * count, dimension)) / 8).astype(np.float16)

    def rows(self, source):
        return {
            scale: BankRows(self.patches(scale, 1), np.full(count, source), cells(count))
            for scale, (count, _) in SCALES.items()
        }

    def do(self, kind, number):
        if kind == "add":
            return self.live.propose_addition(self.rows(100 + number))
        if kind == "remove":
            return self.live.propose_removal([number % TRAINING_IMAGES])
        return self.live.propose_undo()


def fresh_scores(world):
    memories = {
        scale: LiveMemory(
            MemoryBank.from_arrays(bank.to_arrays()), ScaleFeatures(world.features, scale), image_score="max"
        )
        for scale, bank in world.live.banks.items()
    }
    fresh = LiveScales(memories, Counting())
    fresh.watch(list(world.live.scores))
    return fresh.scores


@settings(max_examples=40)
@given(
    st.integers(0, 1_000),
    st.lists(
        st.tuples(st.sampled_from(["add", "remove", "undo"]), st.integers(0, 4)), min_size=1, max_size=7
    ),
)
def test_any_sequence_equals_fresh_banks_and_undo_restores_them(seed, sequence):
    world = World(seed)
    first = {scale: bank.to_arrays() for scale, bank in world.live.banks.items()}
    for kind, number in sequence:
        try:
            proposal = world.do(kind, number)
        except InputError:
            continue
        world.live.commit(proposal)
        assert world.live.scores == proposal.after == fresh_scores(world)
        assert len({len(bank.journal) for bank in world.live.banks.values()}) == 1
    while True:
        try:
            world.live.commit(world.live.propose_undo())
        except InputError:
            break
    for scale, bank in world.live.banks.items():
        assert all((array == first[scale][name]).all() for name, array in bank.to_arrays().items())


def test_only_images_that_moved_are_combined_again():
    world = World(1)
    far = {
        scale: BankRows(
            np.full((1, dimension), 900, np.float16), np.array([7_000]), np.zeros((1, 2), np.int32)
        )
        for scale, (_, dimension) in SCALES.items()
    }
    world.combine.calls.clear()
    proposal = world.live.propose_addition(far)
    assert not world.combine.calls and proposal.after == proposal.before
    same = {
        scale: BankRows(
            world.features[ScaleFeatures.name("image 1", scale)], np.full(count, 50), cells(count)
        )
        for scale, (count, _) in SCALES.items()
    }
    assert world.live.propose_addition(same).after["image 1"] < world.live.scores["image 1"]
    assert "image 1" in world.combine.calls


def test_another_process_catches_up_from_the_operations():
    writer, reader = World(3), World(3)
    proposal = writer.do("remove", 1)
    writer.live.commit(proposal)
    reader.live.commit(reader.live.propose(proposal.operations))
    assert reader.live.scores == writer.live.scores
    with pytest.raises(ArtifactError, match="does not belong"):
        reader.live.propose(World(9).do("remove", 0).operations)


def test_an_image_without_features_at_one_scale_is_not_watched_at_any():
    world = World(2)
    world.features["late at big"] = world.patches("big", 1)
    assert world.live.watch(["late"]) == ("late",)
    assert "late" not in world.live.scores
    with pytest.raises(InputError, match="not watched"):
        world.live.distances("late")
    del world.features["image 0 at small"]
    proposal = world.do("remove", 0)
    world.features["late at small"] = world.patches("small", 1)
    world.live.watch(["late"])
    assert proposal.stale == ("image 0",) and "image 0" not in proposal.after
    world.live.commit(proposal)
    assert world.live.scores == fresh_scores(world) and "late" in world.live.scores


def test_changes_of_other_scales_or_an_older_state_are_refused_and_a_guard_holds():
    world = World(4, guard=lambda before, after: ["image 2"])
    first, second = world.do("remove", 0), world.do("remove", 1)
    assert first.held_by == ("image 2",)
    world.live.commit(first)
    with pytest.raises(InputError, match="have changed"):
        world.live.commit(second)
    with pytest.raises(InputError, match="scales big, small, not big"):
        world.live.propose_addition({"big": world.rows(1)["big"]})
