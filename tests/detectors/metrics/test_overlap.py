"""AUPRO against hand-computed anchors, per-region AUROC and a loop over all thresholds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from detectors.errors import InputError
from detectors.metrics.overlap import aupro
from detectors.metrics.ranking import auroc


def sample(seed, levels=12, count=3, size=16):
    generator = np.random.default_rng(seed)
    maps = generator.integers(0, levels, (count, size, size)).astype(np.float64)
    masks = ndimage.binary_dilation(generator.random(maps.shape) < 0.02, np.ones((1, 2, 3)))
    masks[0, 0, 0] = True
    return maps, masks


def regions(masks):
    found = []
    for image, mask in enumerate(masks):
        labels, count = ndimage.label(mask, np.ones((3, 3)))
        found += [(image, labels == number) for number in range(1, count + 1)]
    return found


def brute_force(maps, masks, limit):
    points = [(0.0, 0.0)]
    for threshold in np.unique(maps)[::-1]:
        found = maps >= threshold
        rate = (found & ~masks).sum() / (~masks).sum()
        points.append((rate, np.mean([found[image][region].mean() for image, region in regions(masks)])))
    rates, overlaps = map(np.array, zip(*points, strict=True))
    area = 0.0
    for left, right, low, high in zip(rates[:-1], rates[1:], overlaps[:-1], overlaps[1:], strict=True):
        end = min(right, limit)
        if end > left:
            area += (end - left) * (low + low + (high - low) * (end - left) / (right - left)) / 2
    return area / limit


seeds = st.integers(0, 10_000)


@settings(max_examples=25)
@given(seeds, st.sampled_from([3, 12, 200]))
def test_at_limit_one_it_is_the_mean_auroc_of_the_regions(seed, levels):
    maps, masks = sample(seed, levels)
    normal = maps[~masks]
    per_region = [
        auroc(
            np.concatenate([maps[image][region], normal]),
            np.arange(region.sum() + len(normal)) < region.sum(),
        )
        for image, region in regions(masks)
    ]
    assert aupro(maps, masks, 1.0) == pytest.approx(np.mean(per_region), abs=1e-12)


@settings(max_examples=25)
@given(seeds, st.sampled_from([3, 12, 200]), st.sampled_from([0.01, 0.05, 0.3, 0.77, 1.0]))
def test_it_equals_the_trapezoid_over_all_thresholds(seed, levels, limit):
    maps, masks = sample(seed, levels)
    assert aupro(maps, masks, limit) == pytest.approx(brute_force(maps, masks, limit), abs=1e-12)


@settings(max_examples=15)
@given(seeds)
def test_invariances(seed):
    maps, masks = sample(seed)
    value = aupro(maps, masks)
    assert aupro(np.exp(maps), masks) == value
    assert aupro(maps[::-1], masks[::-1]) == pytest.approx(value, abs=1e-12)
    assert aupro(np.rot90(maps, axes=(1, 2)), np.rot90(masks, axes=(1, 2))) == pytest.approx(value, abs=1e-12)
    doubled = np.kron(maps, np.ones((1, 2, 2))), np.kron(masks, np.ones((1, 2, 2))).astype(bool)
    assert aupro(*doubled) == pytest.approx(value, abs=1e-12)
    assert 0 <= value <= 1


@settings(max_examples=15)
@given(seeds)
def test_area_grows_with_the_limit_and_with_the_scores_of_a_region(seed):
    maps, masks = sample(seed)
    areas = [limit * aupro(maps, masks, limit) for limit in np.linspace(0.05, 1, 12)]
    assert (np.diff(areas) >= -1e-12).all()
    image, region = regions(masks)[0]
    raised = maps.copy()
    raised[image][region] += 5
    assert aupro(raised, masks) >= aupro(maps, masks) - 1e-12


def test_anchors():
    masks = np.zeros((1, 20, 20), bool)
    masks[0, 2:4, 2:4] = True
    masks[0, 8:18, 8:18] = True
    assert aupro(masks.astype(float), masks) == 1
    assert aupro(np.zeros(masks.shape), masks) == pytest.approx(0.15)
    one_found = np.zeros(masks.shape)
    one_found[0, 2:4, 2:4] = 1
    assert aupro(one_found, masks) == pytest.approx(0.575)
    other_found = np.zeros(masks.shape)
    other_found[0, 8:18, 8:18] = 1
    assert aupro(other_found, masks) == pytest.approx(0.575)


def test_a_ring_counts_its_own_pixels_only():
    masks = np.zeros((1, 16, 16), bool)
    masks[0, 3:13, 3:13] = True
    masks[0, 6:10, 6:10] = False
    assert aupro(masks.astype(float), masks) == 1


def test_diagonal_pixels_are_one_region_and_images_are_apart():
    masks = np.zeros((2, 8, 8), bool)
    masks[0, 1, 1] = masks[0, 2, 2] = True
    masks[1, 5, 5] = True
    maps = np.zeros(masks.shape)
    maps[0, 1, 1] = maps[0, 2, 2] = 1
    # Two regions, one found: with four-connectivity it would be two of three.
    assert aupro(maps, masks) == pytest.approx(0.575)
    both = np.zeros((2, 8, 8), bool)
    both[0, 7, 3] = both[1, 0, 3] = True
    split = np.zeros(both.shape)
    split[0, 7, 3] = 1
    assert aupro(split, both) == pytest.approx(0.575)


def test_undefined_and_refused():
    maps = np.zeros((1, 4, 4))
    assert aupro(maps, np.zeros(maps.shape, bool)) is None
    assert aupro(maps, np.ones(maps.shape, bool)) is None
    with pytest.raises(InputError, match="limit"):
        aupro(maps, np.ones(maps.shape, bool), 0.0)
    with pytest.raises(InputError, match="shape"):
        aupro(maps, np.zeros((1, 4, 5), bool))
    with pytest.raises(InputError, match="NaN"):
        aupro(np.full(maps.shape, np.nan), np.eye(4, dtype=bool)[None])
