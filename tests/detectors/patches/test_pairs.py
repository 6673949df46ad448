"""Pairs of patches: inside the frame, at the offsets drawn, clear of excluded pixels."""

from pathlib import Path

import numpy as np
import pytest
from patches.frames_of import frames_of
from pictures import stripes

from detectors.methods.patch_svdd import sampling as svdd
from detectors.methods.patches.pairs import PairRule, jitter

COUNT = 20_000


@pytest.mark.parametrize("limit_px", [1, 2, 4])
def test_jitter_is_uniform_over_the_square_without_its_centre(limit_px: int) -> None:
    offsets = jitter(limit_px)(np.random.default_rng(0), COUNT).offsets_px
    values, counts = np.unique(offsets, axis=0, return_counts=True)
    places = (2 * limit_px + 1) ** 2 - 1
    assert len(values) == places and not (values == 0).all(axis=1).any()
    assert np.abs(values).max() == limit_px
    assert (np.abs(counts - COUNT / places) < 6 * np.sqrt(COUNT / places)).all()


@pytest.mark.parametrize("patch_px", [64, 32])
def test_ring_labels_follow_the_signs_and_lengths_are_three_quarters_to_one(patch_px: int) -> None:
    drawn = svdd.ring(patch_px)(np.random.default_rng(0), COUNT)
    assert (np.sign(drawn.offsets_px) == svdd.DIRECTIONS[drawn.labels]).all()
    lengths = np.abs(drawn.offsets_px[drawn.offsets_px != 0])
    assert set(lengths) == set(range(3 * patch_px // 4, patch_px))
    counts = np.bincount(drawn.labels, minlength=8)
    assert (np.abs(counts - COUNT / 8) < 6 * np.sqrt(COUNT / 8)).all()


def test_both_patches_lie_inside_and_some_were_moved(tmp_path: Path) -> None:
    frames = frames_of([stripes(0)], tmp_path, (32,))
    pairs = svdd.direction_rule(32, False).drawn(np.random.default_rng(0), frames, np.zeros(COUNT, np.int64))
    for corners in (pairs.first, pairs.second):
        assert corners.min() == 0 and corners.max() == 96 - 32
    moved = np.sign(pairs.second - pairs.first) != svdd.DIRECTIONS[pairs.labels]
    assert 0.02 < moved.any(axis=1).mean() < 0.6


def test_resampled_pairs_keep_their_offsets_and_stay_uniform(tmp_path: Path) -> None:
    frames = frames_of([stripes(0)], tmp_path, (32,))
    pairs = svdd.direction_rule(32, True).drawn(np.random.default_rng(0), frames, np.zeros(COUNT, np.int64))
    assert len(pairs) == COUNT
    assert (np.sign(pairs.second - pairs.first) == svdd.DIRECTIONS[pairs.labels]).all()
    assert pairs.second.min() >= 0 and pairs.second.max() <= 64
    fixed = PairRule(
        32, lambda random, count: svdd.Offsets(np.full((count, 2), 30), np.zeros(count, int)), True
    )
    first = fixed.drawn(np.random.default_rng(1), frames, np.zeros(COUNT, np.int64)).first
    assert first.min() == 0 and first.max() == 34
    assert np.abs(np.bincount(first[:, 0]) - COUNT / 35).max() < 6 * np.sqrt(COUNT / 35)


@pytest.mark.parametrize("resample", [False, True])
def test_no_patch_touches_an_excluded_pixel(resample: bool, tmp_path: Path) -> None:
    mask = np.zeros((96, 96), dtype=bool)
    mask[40:44, 40:44] = True
    frames = frames_of([stripes(0, 96)], tmp_path, (32,), masks=[mask])
    rule = svdd.direction_rule(32, resample)
    pairs = rule.drawn(np.random.default_rng(0), frames, np.zeros(2_000, np.int64))
    assert len(pairs) > 50
    for corners in (pairs.first, pairs.second):
        assert not any(mask[row : row + 32, col : col + 32].any() for row, col in corners)
