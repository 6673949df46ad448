"""The bilinear rule, and the 16-bit form of maps."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from detectors.maps import dequantise, predicted_mask, quantisation_scale, quantise, upsample

SIZES = st.integers(1, 9)


@given(
    rows=SIZES, cols=SIZES, height_px=st.integers(1, 60), width_px=st.integers(1, 60), seed=st.integers(0, 99)
)
def test_upsampling_equals_torch(rows: int, cols: int, height_px: int, width_px: int, seed: int) -> None:
    cells = np.random.default_rng(seed).normal(size=(rows, cols)).astype(np.float32)
    expected = torch.nn.functional.interpolate(
        torch.from_numpy(cells)[None, None], (height_px, width_px), mode="bilinear", align_corners=False
    )
    np.testing.assert_allclose(upsample(cells, height_px, width_px), expected[0, 0].numpy(), atol=2e-5)


def test_a_hot_cell_peaks_inside_its_own_square_and_constants_stay() -> None:
    cells = np.zeros((7, 5), dtype=np.float32)
    cells[4, 1] = 1
    row, col = np.unravel_index(upsample(cells, 70, 50).argmax(), (70, 50))
    assert 40 <= row < 50 and 10 <= col < 20
    assert (upsample(np.full((7, 5), 3.5, np.float32), 70, 51) == 3.5).all()


@given(maximum=st.floats(1e-3, 1e3), seed=st.integers(0, 99))
def test_quantisation_is_exact_to_half_a_step_and_clamps(maximum: float, seed: int) -> None:
    scale = quantisation_scale(maximum)
    cells = np.random.default_rng(seed).uniform(0, maximum, (4, 4)).astype(np.float32)
    steps = quantise(cells, scale)
    assert steps.dtype == np.dtype("<u2")
    np.testing.assert_allclose(dequantise(steps, scale), cells, atol=scale * 0.51, rtol=1e-6)
    assert quantise(np.array([[2 * maximum, -1.0]]), scale).tolist() == [[65535, 0]]


def test_a_map_keeps_its_type() -> None:
    assert upsample(np.zeros((2, 2)), 4, 4).dtype == np.float32
    assert upsample(np.zeros((2, 2)), 4, 6).shape == pytest.approx((4, 6))


@given(
    shape=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    size=st.tuples(st.integers(1, 24), st.integers(1, 24)),
    highest=st.sampled_from([3, 65_535]),
    seed=st.integers(0, 1000),
    threshold=st.integers(-1, 65_536),
)
def test_a_predicted_mask_is_exact(
    shape: tuple[int, int], size: tuple[int, int], highest: int, seed: int, threshold: int
) -> None:
    """The same pixels as the rule in exact fractions; few different steps make many ties."""
    steps = np.random.default_rng(seed).integers(0, highest + 1, shape).astype(np.uint16)
    threshold = threshold % (highest + 2)
    expected = [
        [_exact(steps, row, col, size) >= threshold for col in range(size[1])] for row in range(size[0])
    ]
    assert np.array_equal(predicted_mask(steps, 1.0, threshold, *size), expected)


def _exact(steps: np.ndarray, row: int, col: int, size: tuple[int, int]) -> Fraction:
    return sum(
        (
            in_y * in_x * int(steps[y, x])
            for y, in_y in _exact_taps(row, size[0], steps.shape[0])
            for x, in_x in _exact_taps(col, size[1], steps.shape[1])
        ),
        Fraction(0),
    )


def _exact_taps(pixel: int, pixels: int, cells: int) -> list[tuple[int, Fraction]]:
    centre = Fraction((2 * pixel + 1) * cells, 2 * pixels) - Fraction(1, 2)
    centre = min(max(centre, Fraction(0)), Fraction(cells - 1))
    low = int(centre)
    return [(low, 1 - (centre - low)), (min(low + 1, cells - 1), centre - low)]
