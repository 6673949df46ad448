"""Windows, positions, and the windows drawn for training, against counting by hand."""

from itertools import product

import numpy as np
import pytest

from detectors.errors import InputError, TrainingError
from detectors.methods.intra.pool import TrainingPool
from detectors.methods.intra.windows import WindowGrid, as_frames, as_patches

NON_SQUARE = WindowGrid(rows=5, cols=8, side=3)


def all_origins(grid: WindowGrid) -> np.ndarray:
    rows, cols = grid.rows - grid.side + 1, grid.cols - grid.side + 1
    return np.array(list(product(range(rows), range(cols))))


def make_pool(
    frames: int = 4, rows: int = 5, cols: int = 5, side: int = 3, seen: np.ndarray | None = None
) -> TrainingPool:
    """Frames of 4-pixel patches in which every pixel tells its frame, row and column of the patch."""
    number, row, col = np.indices((frames, rows, cols))
    marks = np.stack([number, row, col], axis=-1).astype(np.uint8)
    patches = np.repeat(marks[..., None, :], 16, axis=3).reshape(frames, rows, cols, 48)
    return TrainingPool(patches, np.ones((frames, rows, cols), bool) if seen is None else seen, 4, side)


def test_local_positions_are_the_same_in_every_window_and_global_ones_belong_to_the_patch() -> None:
    grid, origins = NON_SQUARE, all_origins(NON_SQUARE)
    found = grid.global_positions(origins)
    position_of: dict[tuple[int, int], int] = {}
    for (row, col), positions in zip(origins, found, strict=True):
        for local, position in zip(grid.local_positions(), positions, strict=True):
            patch = (int(row) + int(local) // 3, int(col) + int(local) % 3)
            assert position_of.setdefault(patch, int(position)) == position == patch[0] * 8 + patch[1]
    assert sorted(position_of.values()) == list(range(5 * 8))
    assert list(grid.local_positions()) == list(range(9))


@pytest.mark.parametrize("side", [3, 4, 7])
def test_the_window_of_a_patch_holds_it_and_centres_it_where_it_fits(side: int) -> None:
    for count in range(side, 41):
        grid = WindowGrid(count, side, side)
        origins = grid.centred_origins()
        first = origins[:, 0].reshape(count, side)[:, 0]
        for target, row in enumerate(first):
            assert 0 <= row <= count - side and row <= target < row + side
            if 0 <= target - side // 2 <= count - side:
                # Counting from 0 in the paper's rule, which counts from 1, would shift these by one.
                assert row == target - side // 2
        assert len(np.unique(first)) == count - side + 1
    places = NON_SQUARE.places_in(NON_SQUARE.centred_origins()).reshape(5, 8)
    assert (places[1:-1, 1:-1] == 4).all() and places[0, 0] == 0 and places[-1, -1] == 8


def test_patches_and_frames_are_each_others_inverse() -> None:
    frame = np.random.default_rng(0).integers(0, 255, (2, 12, 20, 3))
    patches = as_patches(frame, 4)
    assert patches.shape == (2, 3, 5, 48)
    assert np.array_equal(patches[1, 2, 3].reshape(4, 4, 3), frame[1, 8:12, 12:16])
    assert np.array_equal(as_frames(patches, 4), frame)


@pytest.mark.parametrize("is_global", [False, True])
def test_drawn_windows_reach_every_origin_and_every_place_equally(is_global: bool) -> None:
    pool = make_pool()
    drawn = pool.draw(4000, np.random.default_rng(0), augmentation="none", is_global=is_global)
    marks = drawn.patches.reshape(4000, 9, 16, 3)[:, :, 0].astype(int)
    origins = marks[:, 0, 1] * 3 + marks[:, 0, 2]
    for values, count in ((origins, 9), (drawn.hidden, 9), (marks[:, 0, 0], 4)):
        share = np.bincount(values, minlength=count) / 4000
        assert len(share) == count and abs(share - 1 / count).max() < 0.03
    if is_global:
        assert np.array_equal(drawn.positions, marks[..., 1] * 5 + marks[..., 2])
    else:
        assert np.array_equal(drawn.positions, np.arange(9))


def test_turned_windows_hide_the_patch_that_they_hid_before() -> None:
    seen = np.ones((1, 6, 6), bool)
    seen[0, 0, 1] = False
    pool = TrainingPool(
        as_patches(np.random.default_rng(1).integers(1, 255, (1, 24, 24, 3)).astype(np.uint8), 4), seen, 4, 5
    )
    frame = as_frames(pool._patches, 4)[0]
    drawn = pool.draw(200, np.random.default_rng(2), augmentation="turns", is_global=False)
    shown = drawn.patches[np.arange(200), drawn.hidden].reshape(200, 4, 4, 3)
    whole = as_frames(drawn.patches.reshape(200, 5, 5, 48), 4)
    kinds = set()
    for window, patch, may_see in zip(whole, shown, drawn.seen, strict=True):
        matches = [
            (row, col, turn)
            for row, col, turn in product(range(2), range(2), range(8))
            if np.array_equal(window, turned(frame[4 * row :, 4 * col :][:20, :20], turn))
        ]
        ((row, col, turn),) = matches
        kinds.add(turn)
        assert (window == patch[0, 0]).all(axis=-1).any()
        wanted = turned(seen[0, row : row + 5, col : col + 5, None].repeat(3, 2), turn)[..., 0]
        assert np.array_equal(may_see.reshape(5, 5), wanted)
    assert kinds == set(range(8))


def turned(picture: np.ndarray, number: int) -> np.ndarray:
    mirrored = picture[:, ::-1] if number % 2 else picture
    return np.rot90(mirrored, number // 2)


def test_excluded_patches_are_never_predicted_and_marked_where_a_window_holds_them() -> None:
    seen = np.random.default_rng(3).random((4, 5, 5)) > 0.5
    seen[2] = False
    drawn = make_pool(seen=seen).draw(500, np.random.default_rng(4), augmentation="turns", is_global=False)
    marks = drawn.patches.reshape(500, 9, 16, 3)[:, :, 0].astype(int)
    assert drawn.seen is not None
    assert np.array_equal(drawn.seen, seen[marks[..., 0], marks[..., 1], marks[..., 2]])
    assert drawn.seen[np.arange(500), drawn.hidden].all() and not (marks[..., 0] == 2).any()


def test_a_pool_without_a_usable_patch_or_without_any_structure_is_refused() -> None:
    with pytest.raises(InputError, match="exclude"):
        make_pool(seen=np.zeros((4, 5, 5), bool))
    plain = TrainingPool(np.full((2, 5, 5, 48), 90, np.uint8), np.ones((2, 5, 5), bool), 4, 3)
    with pytest.raises(TrainingError, match="plain colour"):
        plain.check_not_constant()


def test_aligned_images_are_told_from_textures() -> None:
    random = np.random.default_rng(5)
    part = random.integers(0, 200, (1, 6, 6, 48))
    noise = random.integers(0, 55, (12, 6, 6, 48))
    seen = np.ones((12, 6, 6), bool)
    aligned = TrainingPool((part + noise).astype(np.uint8), seen, 4, 3)
    texture = TrainingPool(random.integers(0, 255, (12, 6, 6, 48)).astype(np.uint8), seen, 4, 3)
    assert aligned.is_aligned() and not texture.is_aligned()
    assert not TrainingPool(part.astype(np.uint8), seen[:1], 4, 3).is_aligned()


def test_held_out_frames_are_apart_and_at_most_so_many() -> None:
    learned, held = make_pool(frames=30).split(0.1, 2)
    assert held is not None and (len(learned), len(held)) == (28, 2)
    assert not set(learned._frames) & set(held._frames)
    assert make_pool(frames=1).split(0.1, 2)[1] is None
