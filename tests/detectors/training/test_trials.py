"""What a network is tried on in the middle of its training."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pictures import stripes

from detectors.acquisition import Acquisition
from detectors.base import CellScores
from detectors.layout import Framing
from detectors.metrics.ranking import auroc
from detectors.samples import Sample, Samples
from detectors.training.trials import Trials, separation, split


def samples_of(count: int, *, tile_size_px: int = 0, masked: bool = False) -> Samples:
    images = [stripes(number) for number in range(count)]
    masks = [np.arange(64)[:, None].repeat(64, 1) < 32 for _ in images] if masked else None
    framing = Framing(32 if tile_size_px else 64, 4, tile_size_px=tile_size_px)
    return Samples(images, Acquisition.learn(images), framing, excluded=masks)


def trials_of(samples: Samples, seed: int = 0) -> Trials:
    trials = split(samples, seed)[1]
    assert trials is not None
    return trials


@pytest.mark.parametrize(("count", "held_out"), [(1, 0), (5, 0), (6, 2), (30, 6), (60, 10), (300, 12)])
def test_some_images_are_held_out_of_a_pool_that_can_spare_them(count: int, held_out: int) -> None:
    samples = samples_of(count)
    learned, trials = split(samples, 0)
    kept = [] if trials is None else list(trials.held_out)
    assert len(kept) == held_out and len(learned) == count - held_out

    def content(chosen: list[Sample]) -> set[bytes]:
        return {sample.tiles.tobytes() for sample in chosen}

    assert content(kept) | content(list(learned)) == content(list(samples))
    if trials is not None:
        assert 0 < len(trials.references) <= 20 and content(list(trials.references)) <= content(list(learned))


@pytest.mark.parametrize("tile_size_px", [0, 40])
def test_spoiled_copies_differ_from_their_image_where_they_are_marked(tile_size_px: int) -> None:
    spoiled = 0
    for sample, mask in trials_of(samples_of(8, tile_size_px=tile_size_px)).samples():
        if not mask.any():
            clean = sample
            continue
        spoiled += 1
        changed = (sample.tiles != clean.tiles).any(axis=-1)
        tiles, side = changed.shape[:2]
        cells = changed.reshape(tiles, side // 4, 4, side // 4, 4).any(axis=(2, 4))
        assert np.array_equal(sample.layout.stitch(cells), mask) and changed.any()
        assert mask.shape == sample.usable.shape
    assert spoiled >= 5


def test_defects_lie_where_images_may_train_and_are_the_same_in_every_trial() -> None:
    trials = trials_of(samples_of(8, masked=True))
    first, again = list(trials.samples()), list(trials.samples())
    assert any(mask.any() for _, mask in first)
    for (one, mask), (other, same) in zip(first, again, strict=True):
        assert not (mask & ~one.usable).any()
        assert np.array_equal(one.tiles, other.tiles) and np.array_equal(mask, same)
    others = list(trials_of(samples_of(8), seed=1).samples())
    assert any(not np.array_equal(mask, other) for (_, mask), (_, other) in zip(first, others, strict=True))


def test_images_without_a_usable_cell_are_left_out() -> None:
    trials = trials_of(samples_of(8))
    hidden = [replace(sample, usable=np.zeros_like(sample.usable)) for sample in trials.held_out]
    some = replace(trials, held_out=[hidden[0], trials.held_out[1]])
    assert len(list(some.samples())) == 4
    assert replace(trials, held_out=hidden).quality(lambda sample: CellScores(0.0, np.zeros((1, 1)))) == 0


def test_whoever_knows_the_defects_is_perfect_and_whoever_knows_nothing_is_as_good_as_chance() -> None:
    trials = trials_of(samples_of(12))
    known = iter([mask for _, mask in trials.samples()])

    def knowing(sample: Sample) -> CellScores:
        mask = next(known)
        return CellScores(float(mask.any()), mask.astype(np.float32))

    assert trials.quality(knowing) > 0.999
    assert trials.quality(
        lambda sample: CellScores(0.0, np.zeros(sample.usable.shape, np.float32))
    ) == pytest.approx(0.5, abs=1e-6)
    inverted = iter([mask for _, mask in trials.samples()])

    def mistaken(sample: Sample) -> CellScores:
        mask = next(inverted)
        return CellScores(float(not mask.any()), 1 - mask.astype(np.float32))

    assert trials.quality(mistaken) < 0.001


@given(
    arrays(np.float64, 30, elements=st.floats(0.01, 100)),
    arrays(np.bool_, 30),
    st.floats(0.01, 100),
)
def test_separation_knows_neither_scale_nor_direction(
    scores: np.ndarray, spoiled: np.ndarray, factor: float
) -> None:
    found = separation(scores, spoiled)
    assert 0 <= found <= 1
    if spoiled.any() and not spoiled.all():
        assert separation(factor * scores, spoiled) == pytest.approx(found, abs=1e-6)
        assert separation(scores, ~spoiled) == pytest.approx(1 - found, abs=1e-6)


def test_separation_is_the_auroc_of_logarithms_that_are_normally_distributed() -> None:
    random = np.random.default_rng(0)
    spoiled = np.arange(20_000) < 8_000
    scores = np.exp(random.normal(3, np.where(spoiled, 1.5, 0.5)) + 0.8 * spoiled)
    exact = auroc(scores, spoiled)
    assert exact is not None and separation(scores, spoiled) == pytest.approx(exact, abs=0.01)
    assert separation(np.zeros(4), np.array([True, False, True, False])) == pytest.approx(0.5)
    assert separation(np.ones(3), np.ones(3, bool)) == 0


def test_images_of_more_than_eight_bits_keep_their_digits_outside_the_defect() -> None:
    samples = samples_of(6)
    exact = [replace(sample, tiles=sample.tiles.astype(np.float32) + np.float32(0.25)) for sample in samples]
    trials = split(exact, 0)[1]
    assert trials is not None
    for sample, _ in trials.samples():
        assert sample.tiles.dtype == np.float32 and (sample.tiles % 1 == 0.25).mean() > 0.3
