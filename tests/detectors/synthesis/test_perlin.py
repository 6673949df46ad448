"""Perlin noise and masks: the lattice, smoothness, range, and the statistics of DRAEM's masks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.synthesis.perlin import perlin_mask, perlin_noise


@given(rows=st.integers(1, 16), cols=st.integers(1, 16), cell_px=st.integers(2, 9), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_noise_is_zero_at_every_lattice_node(rows: int, cols: int, cell_px: int, seed: int) -> None:
    noise = perlin_noise((rows * cell_px, cols * cell_px), (rows, cols), np.random.default_rng(seed))
    assert np.abs(noise[::cell_px, ::cell_px]).max() < 1e-5


@given(rows=st.integers(1, 12), cols=st.integers(1, 12), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_noise_is_bounded_and_smooth_at_any_size(rows: int, cols: int, seed: int) -> None:
    height, width = 97, 83
    noise = perlin_noise((height, width), (rows, cols), np.random.default_rng(seed))
    assert noise.shape == (height, width) and np.abs(noise).max() <= 1.01
    assert np.abs(np.diff(noise, axis=0)).max() <= 4 * rows / height
    assert np.abs(np.diff(noise, axis=1)).max() <= 4 * cols / width


def test_noise_equals_the_textbook_sum_over_four_corners() -> None:
    height, width, rows, cols = 12, 20, 3, 4
    angles = np.random.default_rng(5).uniform(0, 2 * np.pi, (rows + 1, cols + 1))
    noise = perlin_noise((height, width), (rows, cols), np.random.default_rng(5))

    def fade(t: float) -> float:
        return 6 * t**5 - 15 * t**4 + 10 * t**3

    for row, col in [(0, 0), (1, 3), (5, 13), (11, 19)]:
        y, x = row * rows / height, col * cols / width
        i, j = int(y), int(x)
        total = 0.0
        for di in (0, 1):
            for dj in (0, 1):
                angle = angles[i + di, j + dj]
                dot = np.cos(angle) * (y - i - di) + np.sin(angle) * (x - j - dj)
                weight = (fade(y - i) if di else 1 - fade(y - i)) * (fade(x - j) if dj else 1 - fade(x - j))
                total += weight * dot
        assert noise[row, col] == pytest.approx(total * np.sqrt(2), abs=1e-5)


def test_masks_have_the_statistics_of_the_papers() -> None:
    random = np.random.default_rng(0)
    areas = np.array([perlin_mask((256, 256), random).mean() for _ in range(1000)])
    assert 0.03 < areas.mean() < 0.07 and 0.01 < (areas == 0).mean() < 0.10


def test_same_seed_gives_the_same_mask_and_a_threshold_above_one_none() -> None:
    one, other = (perlin_mask((64, 48), np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(one, other) and one.shape == (64, 48) and one.dtype == np.bool_
    assert not perlin_mask((64, 64), np.random.default_rng(3), threshold=1.1).any()
