"""Opacity means the texture's opacity, and nothing changes outside the mask."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.synthesis.blending import blend

RANDOM = np.random.default_rng(0)
IMAGE, TEXTURE = RANDOM.uniform(0, 255, (2, 20, 30, 3))
MASK = RANDOM.random((20, 30)) < 0.3


@given(st.floats(0, 1))
@settings(max_examples=30, deadline=None)
def test_blend_is_the_papers_formula_and_exact_outside(opacity: float) -> None:
    inside = MASK[:, :, None]
    expected = ~inside * IMAGE + (1 - opacity) * (inside * IMAGE) + opacity * (inside * TEXTURE)
    blended = blend(IMAGE, TEXTURE, MASK, opacity)
    assert np.abs(blended - expected).max() < 1e-9
    assert np.array_equal(blended[~MASK], IMAGE[~MASK])


def test_opacity_one_is_the_texture_and_zero_the_image() -> None:
    image, texture = IMAGE.astype(np.uint8), TEXTURE.astype(np.uint8)
    assert np.array_equal(blend(image, texture, MASK, 1.0)[MASK], texture[MASK])
    assert np.array_equal(blend(image, texture, MASK, 0.0), image)
    assert blend(image, texture, MASK, 0.5).dtype == np.uint8


def test_the_change_grows_linearly_with_the_opacity() -> None:
    changes = [np.abs(blend(IMAGE, TEXTURE, MASK, opacity) - IMAGE).sum() for opacity in (0.1, 0.2, 0.4, 0.8)]
    assert np.allclose(np.diff(np.log2(changes)), 1)
