"""Seamless cloning: the boundary from the destination, the gradients from the source."""

import numpy as np
import pytest
from pictures import stripes

from detectors.synthesis import poisson
from detectors.synthesis.pixels import BoolMask
from detectors.synthesis.poisson import seamless_clone

DESTINATION, SOURCE = (stripes(number, 40) for number in (1, 2))


def rectangle() -> BoolMask:
    inside = np.zeros((40, 40), bool)
    inside[8:25, 11:33] = True
    return inside


def disc() -> BoolMask:
    rows, cols = np.mgrid[:40, :40]
    return np.asarray(np.hypot(rows - 20, cols - 18) < 11)


@pytest.mark.parametrize("inside", [rectangle(), disc()], ids=["rectangle", "disc"])
def test_identical_pictures_stay_as_they_are(inside: BoolMask) -> None:
    assert np.array_equal(seamless_clone(DESTINATION, DESTINATION, inside), DESTINATION)


@pytest.mark.parametrize("inside", [rectangle(), disc()], ids=["rectangle", "disc"])
def test_outside_nothing_changes_and_a_constant_offset_vanishes(inside: BoolMask) -> None:
    cloned = seamless_clone(DESTINATION, SOURCE, inside)
    assert np.array_equal(cloned[~inside], DESTINATION[~inside])
    calm = (DESTINATION // 2 + 40).astype(np.uint8)
    assert np.array_equal(seamless_clone(calm, calm + np.uint8(60), inside), calm)


@pytest.mark.parametrize("inside", [rectangle(), disc()], ids=["rectangle", "disc"])
def test_the_laplacian_inside_is_the_sources(inside: BoolMask) -> None:
    smooth = np.full((40, 40, 3), 120, np.uint8)
    source = (100 + stripes(3, 40) // 8).astype(np.uint8)
    cloned = seamless_clone(smooth, source, inside)

    def laplacian(image: np.ndarray) -> np.ndarray:
        values = np.where(inside[:, :, None], image, smooth).astype(float)
        around = sum(np.roll(values, step, axis) for step in (1, -1) for axis in (0, 1))
        return np.asarray(4 * values - around)

    core = inside.copy()
    for axis in (0, 1):
        for step in (1, -1):
            core &= np.roll(inside, step, axis)
    difference = laplacian(cloned)[core] - laplacian(source)[core]
    assert np.abs(difference).max() <= 4


def test_sine_transforms_and_the_sparse_solver_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = seamless_clone(DESTINATION, SOURCE, rectangle())
    monkeypatch.setattr(poisson, "_on_rectangle", poisson._on_shape)
    assert np.abs(quick.astype(int) - seamless_clone(DESTINATION, SOURCE, rectangle())).max() <= 1


def test_masks_at_the_border_or_empty_are_harmless() -> None:
    everything = np.ones((40, 40), bool)
    cloned = seamless_clone(DESTINATION, SOURCE, everything)
    assert np.array_equal(cloned[[0, -1]], DESTINATION[[0, -1]])
    assert np.array_equal(seamless_clone(DESTINATION, SOURCE, ~everything), DESTINATION)
