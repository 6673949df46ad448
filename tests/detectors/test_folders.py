"""The MVTec AD layout, with the litter, links and gaps of real folders."""

from pathlib import Path

import numpy as np
import pytest
from pictures import write_category
from PIL import Image

from detectors.errors import InputError
from detectors.folders import ImageFiles, image_paths, read_categories


def test_a_category_is_read_in_natural_order_with_its_masks(tmp_path: Path) -> None:
    folder = write_category(tmp_path / "bolt", train=11)
    (category,) = read_categories(folder, with_test=True)
    assert category.name == "bolt"
    assert [path.stem for path in category.train] == [str(number) for number in range(11)]
    assert [(image.kind, image.is_defective) for image in category.test] == [("good", False)] * 2 + [
        ("hole", True)
    ] * 2
    assert category.has_all_masks
    mask = category.test[2].read_mask(64, 64)
    assert mask is not None and mask.sum() == 144
    assert not category.test[0].read_mask(64, 64).any()  # type: ignore[union-attr]


def test_litter_is_ignored_and_links_are_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_category(tmp_path / "real" / "bolt")
    for name in (".DS_Store", "Thumbs.db", "desktop.ini"):
        (folder / "train" / "good" / name).write_bytes(b"litter")
    (tmp_path / "linked" / "train").mkdir(parents=True)
    (tmp_path / "linked" / "train" / "good").symlink_to(folder / "train" / "good")
    (tmp_path / "linked" / "test").symlink_to(folder / "test")
    (category,) = read_categories(tmp_path / "linked", with_test=True)
    assert len(category.train) == 4 and len(category.test) == 4 and not category.has_all_masks
    (tmp_path / "nut").symlink_to(folder)
    assert read_categories(tmp_path / "nut", with_test=True)[0].name == "nut"
    monkeypatch.chdir(folder)
    assert read_categories(Path(), with_test=True)[0].name == "bolt"


def test_a_folder_of_categories_and_missing_parts(tmp_path: Path) -> None:
    for name in ("part10", "part2"):
        write_category(tmp_path / name)
    assert [category.name for category in read_categories(tmp_path, with_test=True)] == ["part2", "part10"]
    (tmp_path / "empty" / "train" / "good").mkdir(parents=True)
    with pytest.raises(InputError, match="no training images"):
        read_categories(tmp_path / "empty", with_test=False)
    with pytest.raises(InputError, match="not a folder"):
        read_categories(tmp_path / "nowhere", with_test=False)
    (tmp_path / "other").mkdir()
    with pytest.raises(InputError, match="no train/good"):
        read_categories(tmp_path / "other", with_test=False)


def test_training_never_looks_at_the_test_folder(tmp_path: Path) -> None:
    folder = write_category(tmp_path / "bolt")
    (folder / "test" / "hole" / "0.png").write_bytes(b"broken")
    (category,) = read_categories(folder, with_test=False)
    assert category.test == ()


def test_masks_of_another_size_are_named(tmp_path: Path) -> None:
    folder = write_category(tmp_path / "bolt")
    Image.fromarray(np.zeros((5, 6), np.uint8)).save(folder / "ground_truth" / "hole" / "1_mask.png")
    (category,) = read_categories(folder, with_test=True)
    with pytest.raises(InputError, match=r"1_mask\.png is 6 × 5 pixels, but its image .* is 64 × 64"):
        category.check_test()
    with pytest.raises(InputError, match=r"1_mask\.png"):
        category.test[3].read_mask(64, 64)


def test_image_files_are_lazy(tmp_path: Path) -> None:
    folder = write_category(tmp_path / "bolt") / "train" / "good"
    images = ImageFiles(image_paths(folder))
    (folder / "3.png").unlink()
    assert len(images) == 4 and images[0].shape == (64, 64, 3) and images.size_px(1) == (64, 64)
    with pytest.raises(InputError, match=r"3\.png"):
        images[3]
