"""What is measured on every image: blur is told from darkness and flat light."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from detectors.pool.looks import look_of, sharpness_of
from detectors.pool.outliers import outliers_of

SIDE_PX = 96


def surface(seed: int) -> NDArray[np.float32]:
    """(96, 96) values of about 0.2…0.8: grain over broad shades."""
    random = np.random.default_rng(seed)
    grain, shades = (gaussian_filter(random.normal(0, 1, (SIDE_PX, SIDE_PX)), width) for width in (1.2, 8))
    values = 0.5 + 0.08 * grain / grain.std() + 0.05 * shades / shades.std()
    return np.clip(values, 0, 1).astype(np.float32)


def pixels(grey: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.rint(grey * 255).astype(np.uint8)[:, :, None]


@settings(max_examples=25)
@given(st.integers(0, 1_000), st.floats(0.05, 1.5), st.floats(-0.2, 0.2))
def test_sharpness_knows_neither_brightness_nor_contrast(seed: int, gain: float, offset: float) -> None:
    grey = surface(seed)
    assert sharpness_of(grey * gain + offset) == pytest.approx(sharpness_of(grey), abs=5e-3)


@settings(max_examples=25)
@given(st.integers(0, 1_000), st.floats(0.3, 4), st.floats(0.3, 4))
def test_the_more_a_picture_is_blurred_the_less_sharp_it_is(seed: int, some: float, more: float) -> None:
    grey = surface(seed)
    once = gaussian_filter(grey, some)
    assert sharpness_of(grey) > sharpness_of(once) > sharpness_of(gaussian_filter(once, more))


def test_a_darkened_copy_is_no_outlier_and_a_blurred_one_is() -> None:
    pool = [pixels(surface(seed)) for seed in range(20)]
    pool.append(pixels(surface(3) * np.float32(0.15)))
    pool.append(pixels((surface(4) - np.float32(0.5)) * np.float32(0.3) + np.float32(0.5)))
    pool.append(pixels(gaussian_filter(surface(5), 2)))
    pool.append(pixels(np.float32(0.3) * gaussian_filter(surface(6), 2)))
    values = np.array([look_of(image).sharpness for image in pool])
    assert {one.position for one in outliers_of(values, 0.05, "low")} == {22, 23}


@pytest.mark.parametrize("level", [0, 90, 255])
def test_a_picture_of_one_colour_has_the_least_sharpness(level: int) -> None:
    assert look_of(np.full((32, 32, 1), level, np.uint8)).sharpness == pytest.approx(-4)
