"""The generic foreground rule: objects bright and dark, textures everywhere."""

import numpy as np
import pytest
from scipy import ndimage

from detectors.synthesis import foreground
from detectors.synthesis.foreground import foreground_mask
from detectors.synthesis.surfaces import photographs


@pytest.mark.parametrize(("background", "product"), [(20, 200), (220, 60)])
def test_objects_are_found_in_either_polarity(background: int, product: int) -> None:
    random = np.random.default_rng(0)
    place = np.zeros((80, 100), bool)
    place[20:60, 30:75] = True
    image = np.where(place[:, :, None], product, background) + random.normal(0, 6, (80, 100, 3))
    found = foreground_mask(np.clip(image, 0, 255).astype(np.uint8))
    assert (found == place).mean() > 0.99
    assert foreground_mask(image.astype(np.uint8), "bright" if product > background else "dark").sum() > 1500


@pytest.mark.parametrize("name", ["brick", "grass", "gravel"])
def test_textures_are_foreground_everywhere(name: str) -> None:
    photo = np.repeat(photographs()[name][:200, :200, None], 3, axis=2)
    assert foreground_mask(photo).all()


def test_plain_pictures_and_the_rule_all_give_everything() -> None:
    plain = np.full((50, 50, 3), 90, np.uint8)
    assert foreground_mask(plain).all() and foreground_mask(plain, "all").all()


def test_tidying_is_closing_then_opening_with_a_square() -> None:
    mask = ndimage.gaussian_filter(np.random.default_rng(1).random((60, 70)), 2) > 0.5
    square = np.ones((6, 6), bool)
    padded = np.pad(mask, 6, mode="edge")
    expected = ndimage.binary_opening(ndimage.binary_closing(padded, square), square)[6:-6, 6:-6]
    inner = slice(6, -6), slice(6, -6)
    assert np.array_equal(foreground._tidied(mask)[inner], expected[inner])
