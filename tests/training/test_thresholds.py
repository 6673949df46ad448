"""The numbers behind the bands, without any detector."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flawmark.core.masks.tiles import Mask
from flawmark.inspections.models import Band
from flawmark.inspections.services.bands import band_of
from flawmark.training.models import ThresholdSet
from flawmark.training.services.pixel_peaks import DefectPixels, map_peak, nearest
from flawmark.training.services.regions import region_mask
from flawmark.training.services.thresholds import HeldOut, thresholds_compute

scores = st.lists(st.floats(0, 100), min_size=0, max_size=150)


@given(scores)
def test_bands_never_cross_and_too_few_normals_decide_nothing(normals: list[float]) -> None:
    found = thresholds_compute(HeldOut(scores=normals, peaks=normals, weights=[1.0] * len(normals)))
    assert (found.t1 is None) == (len(normals) < 19)
    assert (found.t2 is None) == (len(normals) < 99)
    assert found.missing_normals == max(0, 99 - len(normals))
    if found.t1 is not None and found.t2 is not None:
        assert found.t1 <= found.t2
    if found.t1 is not None:
        assert sum(score > found.t1 for score in normals) <= 0.05 * (len(normals) + 1)


def test_few_normals_still_give_a_first_mask() -> None:
    found = thresholds_compute(HeldOut(scores=[1, 2], peaks=[3, 4], weights=[1, 1]))
    assert (found.t1, found.pixel_threshold) == (None, 4)
    assert thresholds_compute(HeldOut()).pixel_threshold is None


@pytest.mark.parametrize(
    ("t1", "t2", "bands"),
    [
        (1.0, 2.0, "pass review review fail fail"),
        (1.0, None, "pass review review review review"),
        (None, None, "review review review review review"),
    ],
)
def test_a_band_begins_at_its_threshold(t1: float | None, t2: float | None, bands: str) -> None:
    thresholds = ThresholdSet(t1=t1, t2=t2)
    assert [band_of(score, thresholds) for score in (0.5, 1.0, 1.5, 2.0, 3.0)] == bands.split()
    assert band_of(9.0, None) == Band.REVIEW


def test_a_peak_is_what_one_pixel_in_a_thousand_exceeds() -> None:
    cells = np.zeros((100, 100), np.float32)
    cells[0, :11] = np.arange(1, 12)
    assert map_peak(cells, 100, 100) == 1.0  # ten of 10,000 pixels lie above


def disc(radius: int) -> Mask:
    rows, cols = np.mgrid[:64, :64]
    return (rows - 32) ** 2 + (cols - 32) ** 2 < radius**2


def test_defects_calibrate_the_pixel_threshold_once_there_are_enough() -> None:
    pixels = DefectPixels(map_scale=0.001)
    mask = disc(12)
    score_map = np.where(mask, 5.0, 1.0).astype(np.float32)
    for _ in range(3):
        assert pixels.threshold() is None
        pixels.update(score_map, mask)
    threshold = pixels.threshold()
    assert threshold is not None
    assert 1.0 < threshold <= 5.0
    assert ((score_map >= threshold) == mask).all()


def test_ignored_pixels_do_not_calibrate() -> None:
    mask, outside = disc(12), disc(20)
    noisy = np.where(mask, 5.0, np.where(outside, 1.0, 9.0)).astype(np.float32)
    pixels = DefectPixels(map_scale=0.001)
    for _ in range(3):
        pixels.update(noisy, mask, outside)
    threshold = pixels.threshold()
    assert threshold is not None and 1.0 < threshold <= 5.0


def test_a_region_of_interest_is_drawn_in_image_pixels() -> None:
    region = {"polygons": [[[2, 1], [5, 1], [5, 3], [2, 3]]]}
    mask = region_mask(region, 6, 8)
    assert mask is not None and mask.shape == (6, 8)
    assert mask[1:4, 2:6].all() and mask.sum() == 12
    assert region_mask(None, 6, 8) is None


@given(st.integers(1, 40), st.integers(1, 40))
def test_resampling_to_the_same_size_changes_nothing(height: int, width: int) -> None:
    mask = np.random.default_rng(0).random((height, width)) > 0.5
    assert (nearest(mask, (height, width)) == mask).all()
    assert nearest(mask, (height * 2, width * 2)).mean() == mask.mean()
