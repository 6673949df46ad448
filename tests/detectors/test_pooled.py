"""Image vectors: near for pictures that look alike, whatever their size and depth."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from detectors.features.pooled import ImageEmbedder


@pytest.fixture(scope="module")
def embedder() -> ImageEmbedder:
    return ImageEmbedder(weights="random")


def picture(seed: int, side_px: int = 96) -> NDArray[np.uint8]:
    """Coarse random blocks, so that it survives a change of size."""
    blocks = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), np.uint8)
    return np.kron(blocks, np.ones((side_px // 6, side_px // 6, 1), np.uint8))


def test_vectors_have_length_one_and_repeat(embedder: ImageEmbedder) -> None:
    images = [picture(1), picture(2, side_px=48), picture(3)[..., :1]]
    vectors = embedder.embed(images)
    assert vectors.dtype == np.float16
    assert vectors.shape == (3, vectors.shape[1])
    assert np.linalg.norm(vectors.astype(np.float32), axis=1) == pytest.approx(np.ones(3), abs=2e-3)
    assert np.array_equal(vectors[1:], embedder.embed(images[1:]))


def test_the_same_picture_in_another_size_or_depth_is_nearer_than_another_one(
    embedder: ImageEmbedder,
) -> None:
    grey = picture(1)[..., :1]
    images = [picture(1), picture(1, side_px=240), picture(2), grey, grey.astype(np.uint16) * 257]
    small, large, other, grey_8, grey_16 = embedder.embed(images).astype(np.float32)
    assert np.linalg.norm(small - large) < 0.5 * np.linalg.norm(small - other)
    assert np.linalg.norm(grey_8 - grey_16) < 2e-3


def test_embedding_leaves_the_number_of_threads(embedder: ImageEmbedder) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    embedder.embed([picture(4)])
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)
