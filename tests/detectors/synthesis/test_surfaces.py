"""Made surfaces: exact masks, disjoint training and test parts, same seed same files."""

from pathlib import Path

import numpy as np
import pytest

from detectors.folders import read_categories
from detectors.images import read_image
from detectors.synthesis.surfaces import (
    DEFECTS,
    SURFACES,
    add_defect,
    normal_image,
    photographs,
    write_surfaces,
)

RAMP = np.tile(np.arange(512) // 2, (512, 1)).astype(np.uint8)


@pytest.mark.parametrize("kind", DEFECTS)
@pytest.mark.parametrize("seed", range(6))
def test_pixels_change_only_under_the_mask_and_most_of_them_do(kind: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    photos = photographs()
    clean = normal_image(photos["gravel"], 96, random, for_test=True)
    foreign = normal_image(photos["brick"], 96, random, for_test=True)
    changed, mask = add_defect(clean, kind, foreign, random)
    assert changed.shape == mask.shape == (96, 96) and changed.dtype == np.uint8 and mask.dtype == bool
    assert mask.any() and mask.mean() < 0.3
    assert np.array_equal(changed[~mask], clean[~mask])
    assert (changed != clean)[mask].mean() > 0.6


@pytest.mark.parametrize("size_px", [64, 224, 300])
def test_training_and_test_crops_share_no_part_of_the_photograph(size_px: int) -> None:
    random = np.random.default_rng(0)
    crops = {
        for_test: [normal_image(RAMP, size_px, random, for_test=for_test) for _ in range(20)]
        for for_test in (False, True)
    }
    # Light varies by at most 6 %; brightness rises to the right, where the test crops lie.
    brightest = max(crop.astype(float).max() for crop in crops[False])
    darkest = min(crop.astype(float).min() for crop in crops[True])
    assert brightest / 1.06 <= darkest / 0.94 + 2


def test_the_set_is_a_folder_of_categories_and_follows_the_seed(tmp_path: Path) -> None:
    for place in ("one", "two"):
        write_surfaces(tmp_path / place, size_px=48, train=2, test=4, seed=5)
    categories = read_categories(tmp_path / "one", with_test=True)
    assert {category.name for category in categories} == set(SURFACES)
    for category in categories:
        category.check_test()
        assert len(category.train) == 2 and len(category.test) == 8 and category.has_all_masks
        assert {image.kind for image in category.test} == {"good", *DEFECTS}
        for path in category.train:
            same = tmp_path / "two" / path.relative_to(tmp_path / "one")
            assert np.array_equal(read_image(path), read_image(same))
