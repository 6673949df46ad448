"""Reading image folders in the MVTec AD layout. Torch-free; links are followed, litter is ignored.

category/train/good/*            normal images to learn from
category/test/<kind>/*           test images; the kind `good` is normal, every other kind a defect
category/ground_truth/<kind>/*_mask.png
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

import numpy as np
import numpy.typing as npt

from detectors.errors import InputError
from detectors.images import ImageArray, image_info, read_image, read_mask

NORMAL_KIND = "good"
_LITTER = {"thumbs.db", "desktop.ini", "__macosx"}


@dataclass(frozen=True)
class TestImage:
    """One test image: its kind (`good` or a defect type) and, for a defect, its mask's file if it has one."""

    path: Path
    kind: str
    mask_path: Path | None

    @property
    def is_defective(self) -> bool:
        return self.kind != NORMAL_KIND

    def read_mask(self, height_px: int, width_px: int) -> npt.NDArray[np.bool_] | None:
        """(H, W) bool, True on the defect; None where a defect has no mask; `InputError` for another size."""
        if not self.is_defective:
            return np.zeros((height_px, width_px), dtype=bool)
        if self.mask_path is None:
            return None
        mask = read_mask(self.mask_path)
        if mask.shape != (height_px, width_px):
            raise InputError(_other_size(self.mask_path, mask.shape, self.path, (height_px, width_px)))
        return mask


@dataclass(frozen=True)
class Category:
    """One product in the MVTec AD layout."""

    name: str
    folder: Path
    train: tuple[Path, ...]
    test: tuple[TestImage, ...]

    def check_test(self) -> None:
        """Read the headers of test images and masks; `InputError` for a bad one or a mask of another size."""
        for image in self.test:
            info = image_info(image.path)
            if image.mask_path is None:
                continue
            mask = image_info(image.mask_path)
            sizes = (mask.height_px, mask.width_px), (info.height_px, info.width_px)
            if sizes[0] != sizes[1]:
                raise InputError(_other_size(image.mask_path, sizes[0], image.path, sizes[1]))

    @property
    def has_all_masks(self) -> bool:
        """Whether every defective test image has its mask (and there is at least one)."""
        defects = [image for image in self.test if image.is_defective]
        return bool(defects) and all(image.mask_path is not None for image in defects)


class ImageFiles(Sequence[ImageArray]):
    """Image files as a lazy sequence: each access decodes one file, nothing is kept."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = tuple(paths)

    def __len__(self) -> int:
        return len(self.paths)

    def size_px(self, index: int) -> tuple[int, int]:
        """(height, width) of an image, from its header."""
        info = image_info(self.paths[index])
        return info.height_px, info.width_px

    @overload
    def __getitem__(self, index: int) -> ImageArray: ...
    @overload
    def __getitem__(self, index: slice) -> "ImageFiles": ...
    def __getitem__(self, index: int | slice) -> "ImageArray | ImageFiles":
        if isinstance(index, slice):
            return ImageFiles(self.paths[index])
        return read_image(self.paths[index])


def read_categories(folder: Path, *, with_test: bool) -> list[Category]:
    """Read one category, or every category inside a folder of categories.

    Args:
        folder: a folder that holds `train/good`, or folders that do.
        with_test: whether a category without test images is an error; False never looks at `test`.

    Raises:
        InputError: no such folder, no category in it, no training images, or no test images.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder.")
    if (folder / "train").is_dir():
        return [_category(folder, with_test)]
    inside = [child for child in _sorted_entries(folder) if (child / "train").is_dir()]
    if not inside:
        raise InputError(f"{folder} holds no train/{NORMAL_KIND} folder, nor folders that do.")
    return [_category(child, with_test) for child in inside]


def image_paths(folder: Path) -> list[Path]:
    """The files directly in a folder, in natural order (`2.png` before `10.png`), litter left out."""
    return [path for path in _sorted_entries(folder) if not path.is_dir()]


def check_headers(paths: Sequence[Path]) -> None:
    """Read every header before long work starts, so that a bad file is named at once."""
    for path in paths:
        image_info(path)


def _category(folder: Path, with_test: bool) -> Category:
    train_folder = folder / "train" / NORMAL_KIND
    train = tuple(image_paths(train_folder)) if train_folder.is_dir() else ()
    if not train:
        raise InputError(f"{train_folder} holds no training images.")
    test = tuple(_test_images(folder)) if with_test else ()
    if with_test and not test:
        raise InputError(f"{folder / 'test'} holds no test images.")
    # A linked category keeps the link's name; `.` and `..` have none of their own.
    name = folder.name if folder.name not in ("", "..") else folder.resolve().name
    return Category(name, folder, train, test)


def _test_images(folder: Path) -> list[TestImage]:
    if not (folder / "test").is_dir():
        return []
    found = []
    for kind in _sorted_entries(folder / "test"):
        if kind.is_dir():
            masks = _masks(folder / "ground_truth" / kind.name)
            found += [TestImage(path, kind.name, masks.get(path.stem)) for path in image_paths(kind)]
    return found


def _masks(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        return {}
    return {path.stem.removesuffix("_mask"): path for path in image_paths(folder)}


def _sorted_entries(folder: Path) -> list[Path]:
    entries = [path for path in folder.iterdir() if not _is_litter(path.name)]
    return sorted(entries, key=lambda path: _natural(path.name))


def _is_litter(name: str) -> bool:
    return name.startswith(".") or name.lower() in _LITTER


def _natural(name: str) -> list[tuple[int, int, str]]:
    parts = re.split(r"(\d+)", name.casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts] + [(2, 0, name)]


def _other_size(mask_path: Path, mask_shape: tuple[int, ...], path: Path, shape: tuple[int, int]) -> str:
    mask_size, size = (f"{width} × {height}" for height, width in (mask_shape, shape))
    return f"Mask {mask_path} is {mask_size} pixels, but its image {path} is {size}."
