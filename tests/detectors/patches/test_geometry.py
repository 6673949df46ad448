"""Spreading patch scores over cells, against a loop over pixels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.methods.patches.geometry import CELL_PX, PatchGrid, whole_places

GRIDS = st.builds(
    lambda extra, patch, stride: PatchGrid(
        (patch + extra) * CELL_PX, patch * CELL_PX, min(stride, patch) * CELL_PX
    ),
    st.integers(0, 9),
    st.integers(1, 6),
    st.integers(1, 5),
)


def by_pixels(grid: PatchGrid, scores: np.ndarray, counted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    total, count = np.zeros((2, grid.frame_px, grid.frame_px))
    for i, top in enumerate(grid.starts_px):
        for j, left in enumerate(grid.starts_px):
            area = (slice(top, top + grid.patch_px), slice(left, left + grid.patch_px))
            total[area] += scores[i, j] * counted[i, j]
            count[area] += counted[i, j]
    return total / np.maximum(count, 1), count


@settings(max_examples=40, deadline=None)
@given(GRIDS, st.integers(0, 2**32 - 1))
def test_a_cell_scores_the_mean_of_the_patches_that_cover_its_pixels(grid: PatchGrid, seed: int) -> None:
    random = np.random.default_rng(seed)
    scores = random.random((grid.side, grid.side))
    counted = random.random(scores.shape) < 0.7
    wanted, count = by_pixels(grid, scores, counted)
    spread = grid.spread(scores, counted)
    assert np.allclose(spread.repeat(CELL_PX, 0).repeat(CELL_PX, 1), wanted, atol=1e-6)
    assert (grid.counts(counted.astype(float)).repeat(CELL_PX, 0).repeat(CELL_PX, 1) == count).all()


@settings(max_examples=40, deadline=None)
@given(GRIDS)
def test_every_pixel_is_covered_and_constant_scores_stay_constant(grid: PatchGrid) -> None:
    ones = np.ones((grid.side, grid.side))
    assert (grid.counts(ones) >= 1).all()
    assert grid.starts_px[-1] + grid.patch_px == grid.frame_px
    assert np.allclose(grid.spread(0.3 * ones), 0.3)


def test_the_published_grids_and_their_counts() -> None:
    big, small = PatchGrid(256, 64, 16), PatchGrid(256, 32, 4)
    assert (big.side, small.side) == (13, 57)
    for grid, most in ((big, 16), (small, 64)):
        counts = grid.counts(np.ones((grid.side, grid.side)))
        assert (counts.min(), counts.max()) == (1, most)


def test_one_hot_patch_touches_its_own_cells_alone_and_mass_is_kept() -> None:
    grid = PatchGrid(96, 32, 8)
    scores = np.zeros((grid.side, grid.side))
    scores[2, 5] = 3.0
    spread = grid.spread(scores)
    rows, cols = np.nonzero(spread)
    assert {rows.min(), rows.max()} == {4, 11} and {cols.min(), cols.max()} == {10, 17}
    counts = grid.counts(np.ones_like(scores))
    assert (spread * counts).sum() * CELL_PX**2 == pytest.approx(3.0 * 32 * 32)


@settings(max_examples=40, deadline=None)
@given(GRIDS, st.integers(0, 2**32 - 1))
def test_whole_patches_are_those_without_an_unusable_cell(grid: PatchGrid, seed: int) -> None:
    cells = grid.frame_px // CELL_PX
    usable = np.random.default_rng(seed).random((cells, cells)) < 0.97
    pixels = usable.repeat(CELL_PX, 0).repeat(CELL_PX, 1)
    places = whole_places(pixels, grid.patch_px)
    wanted = np.array(
        [
            [pixels[r : r + grid.patch_px, c : c + grid.patch_px].all() for c in grid.starts_px]
            for r in grid.starts_px
        ]
    )
    assert (grid.whole(usable) == wanted).all()
    assert (places[np.ix_(grid.starts_px, grid.starts_px)] == wanted).all()
