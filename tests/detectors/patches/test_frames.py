"""Frames of the training images: their mean, and patches drawn clear of excluded pixels."""

from pathlib import Path

import numpy as np
import pytest
from patches.frames_of import frames_of
from pictures import stripes

from detectors.errors import InputError


def test_the_mean_frame_is_the_mean_image_or_for_few_images_their_colour(tmp_path: Path) -> None:
    images = [stripes(number, 64) for number in range(12)]
    many = frames_of(images, tmp_path, (32,), size_px=64)
    assert np.allclose(many.mean, np.mean(images, axis=0), atol=1e-3)
    assert many.mean.std() > 10
    (tmp_path / "one").mkdir()
    one = frames_of(images[:1], tmp_path / "one", (32,), size_px=64)
    assert np.allclose(one.mean, images[0].mean(axis=(0, 1)), atol=1e-3)
    assert np.array_equal(many.pixels[3], images[3])


def test_patches_are_drawn_uniformly_from_the_usable_places(tmp_path: Path) -> None:
    mask = np.zeros((64, 64), dtype=bool)
    mask[40:, :] = True
    frames = frames_of([stripes(0), stripes(1)], tmp_path, (32, 64), size_px=64, masks=[mask, None])
    random = np.random.default_rng(0)
    drawn = frames.places(random, np.zeros(20_000, np.int64), 32)
    counts = np.bincount(drawn[:, 0], minlength=33)
    assert (counts[9:] == 0).all() and (np.abs(counts[:9] - 20_000 / 9) < 300).all()
    assert set(drawn[:, 1]) == set(range(33))
    assert set(frames.draw(random, 100, 64)) == {1}
    assert set(frames.draw(random, 100, 32)) == {0, 1}
    corners = np.array([[8, 0], [9, 0], [9, 0]])
    assert frames.allows(np.array([0, 0, 1]), corners, 32).tolist() == [True, False, True]


def test_a_size_without_any_usable_patch_is_refused(tmp_path: Path) -> None:
    mask = np.zeros((64, 64), dtype=bool)
    mask[30:34, 30:34] = True
    with pytest.raises(InputError, match="64 × 64"):
        frames_of([stripes(0)], tmp_path, (16, 64), size_px=64, masks=[mask])


def test_tiles_are_frames_of_their_own(tmp_path: Path) -> None:
    frames = frames_of([stripes(0, 192)], tmp_path, (32,), size_px=96, tile_size_px=96)
    assert len(frames) > 4 and frames.pixels.shape[1:] == (96, 96, 3)
