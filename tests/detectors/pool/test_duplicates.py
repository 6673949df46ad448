"""Hashes, likenesses and groups, against what was done to the pictures."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from detectors.pool import neighbours
from detectors.pool.duplicates import ALIKE_FROM, find_duplicates
from detectors.pool.hashes import perceptual_hash, pixels_hash
from detectors.pool.likeness import likenesses, spectra_of
from detectors.pool.looks import look_of
from detectors.pool.neighbours import chain_of, nearest_by_hash, nearest_by_vector

SIDE_PX = 256


def picture(seed: int) -> NDArray[np.uint8]:
    """(256, 256, 1): a layout that all share, and details of its own."""
    random = np.random.default_rng(seed)
    details = gaussian_filter(random.normal(0, 1, (SIDE_PX, SIDE_PX)), 3) * 220
    layout = 40 * (np.mgrid[:SIDE_PX, :SIDE_PX][1] % 64 < 4)
    return np.clip(110 + layout + details, 0, 255).astype(np.uint8)[:, :, None]


def jpeg(image: NDArray[np.uint8], quality: int = 70) -> NDArray[np.uint8]:
    stream = io.BytesIO()
    Image.fromarray(image[:, :, 0]).save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(stream))[:, :, None]


CHANGES = {
    "jpeg": jpeg,
    "shift": lambda image: np.pad(image, ((5, 0), (3, 0), (0, 0)), mode="edge")[:SIDE_PX, :SIDE_PX],
    "darker": lambda image: (image * 0.8).astype(np.uint8),
    "brighter": lambda image: np.clip(image * 1.15 + 8, 0, 255).astype(np.uint8),
    "smaller": lambda image: np.asarray(Image.fromarray(image[:, :, 0]).resize((200, 200)))[:, :, None],
}


def groups_of(images: list[NDArray[np.uint8]]) -> set[frozenset[int]]:
    looks = [look_of(image) for image in images]
    found = find_duplicates(
        [look.pixels_sha256 for look in looks],
        np.array([perceptual_hash(image) for image in images]),
        np.stack([look.fingerprint for look in looks]),
    )
    assert len(found.labels) == len(images)
    return {frozenset(group.members) for group in found.groups}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_is_found_among_pictures_of_one_layout(change: str) -> None:
    images = [picture(seed) for seed in range(8)]
    assert groups_of([*images, CHANGES[change](images[3])]) == {frozenset({3, 8})}


def faint(seed: int) -> NDArray[np.uint8]:
    """(256, 256, 1): smooth, with a few faint marks of its own that a strong compression changes."""
    random = np.random.default_rng(seed)
    marks = gaussian_filter(random.normal(0, 1, (SIDE_PX, SIDE_PX)), 4) * 50
    shade = 30 * np.sin(np.mgrid[:SIDE_PX, :SIDE_PX][0] / 40)
    return np.clip(120 + shade + marks, 0, 255).astype(np.uint8)[:, :, None]


def test_a_strongly_compressed_copy_is_found_by_its_lead() -> None:
    images = [faint(seed) for seed in range(8)]
    copy = jpeg(images[3], quality=30)
    spectra = spectra_of(np.stack([look_of(image).fingerprint for image in (images[3], copy)]))
    assert likenesses(spectra, np.array([[0, 1]]))[0] < ALIKE_FROM
    assert groups_of([*images, copy]) == {frozenset({3, 8})}
    # Equal pixels are no rivals of each other.
    assert groups_of([*images, copy, images[3]]) == {frozenset({3, 8, 9})}


def test_different_parts_are_no_duplicates() -> None:
    assert groups_of([picture(seed) for seed in range(10)]) == set()


def test_a_copy_of_a_copy_joins_the_group() -> None:
    first = picture(0)
    assert groups_of([first, jpeg(first), CHANGES["darker"](jpeg(first)), picture(1)]) == {
        frozenset({0, 1, 2})
    }


@pytest.mark.parametrize("level", [0, 77, 255])
def test_pictures_of_one_colour_are_grouped_by_their_pixels_alone(level: int) -> None:
    flat = np.full((64, 64, 1), level, np.uint8)
    assert groups_of([flat, flat, np.full((64, 64, 1), 128, np.uint8)]) == {frozenset({0, 1})}


def test_likeness_is_symmetric_and_one_for_the_same_picture() -> None:
    spectra = spectra_of(np.stack([look_of(picture(seed)).fingerprint for seed in range(4)]))
    pairs = np.array([[a, b] for a in range(4) for b in range(4)])
    table = likenesses(spectra, pairs).reshape(4, 4)
    assert np.allclose(np.diag(table), 1, atol=1e-4)
    assert np.allclose(table, table.T, atol=1e-4)
    assert table[~np.eye(4, dtype=bool)].max() < 0.8


def test_a_hash_ignores_brightness_and_pixels_hash_does_not() -> None:
    image = picture(0)
    # The values keep away from the ends of the range, so that nothing is clipped.
    inner = (image * 0.5 + 40).astype(np.uint8)
    assert bin((perceptual_hash(inner) ^ perceptual_hash(inner + 20)) & (2**64 - 1)).count("1") <= 2
    assert pixels_hash(inner) != pixels_hash(inner + 20)
    assert pixels_hash(inner) == pixels_hash(inner.copy())
    assert pixels_hash(inner) != pixels_hash(inner.reshape(128, 512, 1))


def test_sixteen_bits_look_as_eight_do() -> None:
    image = picture(2)
    wide = image.astype(np.uint16) * 257
    assert perceptual_hash(wide) == perceptual_hash(image)
    assert look_of(wide).brightness == pytest.approx(look_of(image).brightness, abs=1e-5)


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(2, 40), st.integers(1, 6))
def test_nearest_hashes_equal_brute_force(seed: int, count: int, wanted: int) -> None:
    random = np.random.default_rng(seed)
    hashes = random.integers(-(2**63), 2**63 - 1, count, dtype=np.int64)
    bits, positions = nearest_by_hash(hashes, wanted)
    table = np.array([[bin((int(a) ^ int(b)) & (2**64 - 1)).count("1") for b in hashes] for a in hashes])
    np.fill_diagonal(table, 65)
    kept = min(wanted, count - 1)
    assert bits.shape == positions.shape == (count, kept)
    assert np.array_equal(bits, np.sort(table, axis=1)[:, :kept])
    assert np.array_equal(np.take_along_axis(table, positions, axis=1), bits)


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(2, 30))
def test_nearest_vectors_equal_brute_force(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(count, 5)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    table = vectors @ vectors.T
    np.fill_diagonal(table, -2)
    cosines, _ = nearest_by_vector(vectors, 3)
    assert np.allclose(cosines, -np.sort(-table, axis=1)[:, : min(3, count - 1)], atol=1e-5)


def test_the_graph_of_a_large_pool_finds_the_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    vectors = random.normal(size=(600, 32)).astype(np.float32)
    vectors[300:] = vectors[:300] + random.normal(0, 0.01, (300, 32))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    monkeypatch.setattr(neighbours, "EXACT_UP_TO", 100)
    _, positions = nearest_by_vector(vectors, 1)
    assert np.mean(positions[:, 0] == np.roll(np.arange(600), 300)) > 0.99


@given(st.lists(st.integers(0, 4), max_size=20))
def test_a_chain_joins_equal_labels_and_nothing_else(labels: list[int]) -> None:
    values = np.array(labels, np.int64)
    pairs = chain_of(values)
    assert len(pairs) == len(labels) - len(set(labels))
    assert all(values[first] == values[second] and first < second for first, second in pairs)
