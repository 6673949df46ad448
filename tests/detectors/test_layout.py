"""Layouts: tiles meet exactly, every cell has one owner, regions fall on the right cells."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detectors import regions
from detectors.layout import Framing


@given(
    height_px=st.integers(10, 900),
    width_px=st.integers(10, 900),
    tile_size_px=st.integers(40, 400),
    overlap=st.floats(0, 0.75),
)
def test_cutting_and_stitching_give_back_every_cell(
    height_px: int, width_px: int, tile_size_px: int, overlap: float
) -> None:
    layout = Framing(64, 8, tile_size_px=tile_size_px, tile_overlap=overlap).layout(height_px, width_px)
    rows, cols = layout.grid
    frame_px = layout.frame_px
    assert frame_px == (rows * 8, cols * 8)
    cells = np.arange(rows * cols).reshape(rows, cols)
    frame = np.kron(cells, np.ones((8, 8), dtype=np.int64))[:, :, None]
    tiles = layout.cut(frame)
    assert tiles.shape == (layout.tile_count, 64, 64, 1)
    assert np.array_equal(layout.stitch(tiles[:, ::8, ::8, 0]), cells)
    assert layout.covered().all()


@given(cells=st.integers(8, 60), overlap=st.floats(0, 0.75))
def test_a_cell_belongs_to_the_tile_in_which_it_lies_deepest(cells: int, overlap: float) -> None:
    axis = Framing(64, 8, tile_size_px=64, tile_overlap=overlap).layout(cells * 8, 64).rows
    for cell in range(cells):
        owner = next(n for n in range(len(axis.starts)) if axis.owned[n] <= cell < axis.owned[n + 1])
        depths = [min(cell - start, start + 7 - cell) for start in axis.starts]
        assert depths[owner] >= max(depths) - 1


def test_the_whole_image_is_one_tile_by_default() -> None:
    whole = Framing(224, 8).layout(300, 500)
    assert whole.grid == (28, 28) and whole.frame_px == (224, 224) and whole.tile_count == 1


def test_the_crop_keeps_the_proportions_and_takes_the_centre() -> None:
    square = Framing(224, 8, resize_px=256).layout(300, 300)
    assert square.frame_px == (256, 256)
    wide = Framing(224, 8, resize_px=256).layout(300, 500)
    assert wide.grid == (32, 54) and wide.frame_px == (256, 432)  # 426.7 px would not be whole cells
    covered = wide.covered()
    assert covered[2:30, 13:41].all() and covered.sum() == 28 * 28
    frame = np.random.default_rng(0).integers(0, 255, (256, 432, 3), dtype=np.uint8)
    assert np.array_equal(wide.cut(frame)[0], frame[16:240, 104:328])


@given(
    height_px=st.integers(20, 2000),
    width_px=st.integers(20, 2000),
    resize_px=st.integers(64, 512),
)
def test_a_crop_distorts_by_at_most_a_cell_an_axis(height_px: int, width_px: int, resize_px: int) -> None:
    layout = Framing(64, 8, resize_px=resize_px).layout(height_px, width_px)
    assert layout.covered().sum() == 8 * 8 and layout.tile_count == 1
    scale = resize_px / min(height_px, width_px)
    for size_px, framed_px in zip((height_px, width_px), layout.frame_px, strict=True):
        assert abs(size_px * scale - framed_px) <= 8 + 1e-9


def test_a_mask_touches_the_cells_it_reaches() -> None:
    mask = np.zeros((80, 80), dtype=bool)
    mask[17, 40] = True
    hit = regions.touched(mask, (10, 10), margin_cells=0)
    assert np.argwhere(hit).tolist() == [[2, 5]]
    assert regions.touched(mask, (10, 10), margin_cells=1).sum() == 9
    assert regions.inside(~mask, (10, 10)).all() and not regions.inside(mask, (10, 10)).any()
    assert regions.touched(np.eye(4, dtype=bool), (8, 8), margin_cells=0).sum() == 16


def test_smoothing_keeps_constants_and_takes_nothing_from_outside() -> None:
    usable = np.zeros((8, 8), dtype=bool)
    usable[:, :4] = True
    cells = np.where(usable, 2.0, 1e6).astype(np.float32)
    smooth = regions.smoothed(np.where(usable, cells, 0).astype(np.float32), usable, 1.0)
    np.testing.assert_allclose(smooth[:, :4], 2.0, rtol=1e-5)
    assert (smooth[:, 4:] == 0).all()
    assert np.allclose(regions.smoothed(np.full((8, 8), 3, np.float32), np.ones((8, 8), bool), 0.5), 3)
