"""Bands, and cells that must never join a bank."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.errors import InputError
from detectors.memory.guard import Bands, clear_cells, dropped_bands


def test_bands_start_at_their_thresholds():
    bands = Bands(1.0, 2.0)
    assert [bands.rank(score) for score in (0.9, 1.0, 1.9, 2.0)] == [0, 1, 1, 2]
    assert Bands(None, None).rank(-5.0) == 1
    assert Bands(None, 2.0).rank(2.5) == 2
    assert Bands(1.0, None).rank(99.0) == 1


def test_only_defective_images_that_drop_are_named():
    before = {"a": 2.5, "b": 1.5, "c": 2.5, "good": 2.5}
    after = {"a": 1.5, "b": 1.2, "good": 0.0}
    bands = Bands(1.0, 2.0)
    assert dropped_bands(["a", "b", "c"], before, after, bands, bands) == ("a",)
    # A threshold that rises drops images as well as a score that falls.
    assert dropped_bands(["a", "b"], before, before, bands, Bands(1.6, 2.0)) == ("b",)


@given(st.integers(0, 500), st.integers(1, 6), st.integers(1, 6), st.floats(0.5, 30))
def test_clear_cells_see_no_defect_pixel(seed, rows, columns, support_px):
    mask = np.random.default_rng(seed).random((17, 23)) < 0.02
    clear = clear_cells(mask, (rows, columns), support_px)
    for row in range(rows):
        for column in range(columns):
            y, x = (row + 0.5) * 17 / rows, (column + 0.5) * 23 / columns
            # A pixel is seen when its unit square overlaps the cell's support.
            seen = [
                abs(i + 0.5 - y) < (support_px + 1) / 2 - 1e-9
                and abs(j + 0.5 - x) < (support_px + 1) / 2 - 1e-9
                for i, j in np.argwhere(mask)
            ]
            assert clear[row, column] == (not any(seen))


def test_bad_masks_are_refused():
    with pytest.raises(InputError):
        clear_cells(np.zeros((2, 2, 2), bool), (1, 1), 3)
    with pytest.raises(InputError):
        clear_cells(np.zeros((2, 2), bool), (1, 1), 0)
