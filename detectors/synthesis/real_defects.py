"""Real defects: what reviewers marked on other pictures, cloned into normal ones. Torch-free."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from detectors.acquisition import Acquisition
from detectors.errors import InputError
from detectors.folders import image_paths
from detectors.images import ImageArray, read_image, read_mask
from detectors.samples import MarkedDefect
from detectors.synthesis.base import Made, Synthesis
from detectors.synthesis.foreground import ForegroundRule, foreground_mask
from detectors.synthesis.pixels import BoolMask, RgbImage
from detectors.synthesis.poisson import seamless_clone

MASK_SUFFIX = "_mask"

Crop = tuple[RgbImage, BoolMask]
"""A defect with a little of its surroundings, and its mask."""

_MARGIN = 0.02
"""Width of normal surroundings, as part of the picture's shorter side, that is cloned along with a defect."""

_RESIZE = (0.7, 1.3)
_TRIES = 20


class RealDefects(Synthesis):
    """A real defect at a random place, turned, mirrored, resized a little and cloned in without a seam."""

    def __init__(self, defects: Sequence[Crop], *, foreground: ForegroundRule = "auto") -> None:
        """Set up.

        Args:
            defects: crops of defective pictures, at the scale of the normal ones, with their masks.
            foreground: where the product is; defects go on it.
        """
        self._defects = tuple(defects)
        self._foreground: ForegroundRule = foreground

    def _spoiled(self, image: RgbImage, random: np.random.Generator, allowed: BoolMask) -> Made:
        crop, shape = self._defects[int(random.integers(len(self._defects)))]
        crop, shape = _varied(crop, shape, image.shape[:2], random)
        place = _place_on(foreground_mask(image, self._foreground) & allowed, shape, random)
        margin_px = max(1, round(_MARGIN * min(image.shape[:2])))
        source, mask = image.copy(), np.zeros(image.shape[:2], dtype=bool)
        source[place], mask[place] = crop, shape
        inside = ndimage.binary_dilation(mask, iterations=margin_px)
        covered = np.zeros_like(mask)
        covered[place] = True
        cloned = seamless_clone(image, source, inside & covered)
        return Made(cloned, mask & bool((cloned != image).any()))


def read_defects(folder: Path, size_px: tuple[int, int]) -> list[Crop]:
    """Crops of the defects in a folder of `NAME.png` and `NAME_mask.png` (any raster format).

    Args:
        folder: holds the pairs; pictures show what the training images show, at any resolution.
        size_px: (height, width) to which the pictures are resized before they are cropped.

    Raises:
        InputError: no such folder, no pair in it, a file that cannot be read, a mask of another size than its
            picture, or no mask with a marked pixel.
    """
    if not folder.is_dir():
        raise InputError(f"The defect folder {folder} does not exist.")
    paths = {path.stem: path for path in image_paths(folder)}
    pairs = [(path, paths.get(name + MASK_SUFFIX)) for name, path in paths.items()]
    found = [_read(path, mask_path, size_px) for path, mask_path in pairs if mask_path is not None]
    if not found:
        raise InputError(f"The defect folder {folder} holds no pair of NAME.png and NAME{MASK_SUFFIX}.png.")
    marked = [defect for defect in found if defect is not None]
    if not marked:
        raise InputError(f"No mask in the defect folder {folder} marks a pixel.")
    return marked


def marked_crops(
    defects: Sequence[MarkedDefect], acquisition: Acquisition, size_px: tuple[int, int]
) -> list[Crop]:
    """Crops of defects that people marked; those too small to leave a pixel at this size are left out.

    Args:
        defects: on pictures that show what the training images show, at any resolution.
        acquisition: how the training images were read.
        size_px: (height, width) to which the pictures are resized before they are cropped.

    Raises:
        InputError: a mask of another size than its picture.
    """
    crops = []
    for number, (image, mask) in enumerate(defects, start=1):
        if mask.shape != image.shape[:2]:
            raise InputError(
                f"The mask of marked defect {number} is {mask.shape[1]} × {mask.shape[0]} pixels, but its "
                f"image is {image.shape[1]} × {image.shape[0]}."
            )
        crops.append(_crop(image, mask, acquisition, size_px))
    return [crop for crop in crops if crop is not None]


def _read(path: Path, mask_path: Path, size_px: tuple[int, int]) -> Crop | None:
    image, mask = read_image(path), read_mask(mask_path)
    if mask.shape != image.shape[:2]:
        raise InputError(
            f"Mask {mask_path} is {mask.shape[1]} × {mask.shape[0]} pixels, but its image {path} is "
            f"{image.shape[1]} × {image.shape[0]}."
        )
    return _crop(image, mask, Acquisition.learn([image]), size_px)


def _crop(
    image: ImageArray, mask: BoolMask, acquisition: Acquisition, size_px: tuple[int, int]
) -> Crop | None:
    resized = np.asarray(Image.fromarray(mask).resize((size_px[1], size_px[0]), Image.Resampling.NEAREST))
    if not resized.any():
        return None
    frame = np.rint(acquisition.frame(image, *size_px)).astype(np.uint8)
    margin_px = max(1, round(_MARGIN * min(size_px))) + 1
    rows, cols = np.flatnonzero(resized.any(axis=1)), np.flatnonzero(resized.any(axis=0))
    window = (
        slice(max(0, rows[0] - margin_px), rows[-1] + 1 + margin_px),
        slice(max(0, cols[0] - margin_px), cols[-1] + 1 + margin_px),
    )
    return frame[window], resized[window]


def _varied(
    crop: RgbImage, shape: BoolMask, size_px: tuple[int, ...], random: np.random.Generator
) -> tuple[RgbImage, BoolMask]:
    """Turned by a multiple of 90 degrees, mirrored half of the time, resized, no larger than the picture."""
    turns, mirrored = int(random.integers(4)), random.random() < 0.5
    crop, shape = np.rot90(crop, turns), np.rot90(shape, turns)
    if mirrored:
        crop, shape = crop[:, ::-1], shape[:, ::-1]
    gain = min(random.uniform(*_RESIZE), size_px[0] / shape.shape[0], size_px[1] / shape.shape[1])
    new_size = max(1, int(shape.shape[1] * gain)), max(1, int(shape.shape[0] * gain))
    resized = Image.fromarray(np.ascontiguousarray(crop)).resize(new_size, Image.Resampling.BILINEAR)
    outline = Image.fromarray(np.ascontiguousarray(shape)).resize(new_size, Image.Resampling.NEAREST)
    return np.asarray(resized), np.asarray(outline)


def _place_on(product: BoolMask, shape: BoolMask, random: np.random.Generator) -> tuple[slice, slice]:
    """A random window in which the defect lies on the product, or the best one tried."""
    best, best_share = (slice(0), slice(0)), -1.0
    for _ in range(_TRIES):
        top = int(random.integers(0, product.shape[0] - shape.shape[0] + 1))
        left = int(random.integers(0, product.shape[1] - shape.shape[1] + 1))
        window = slice(top, top + shape.shape[0]), slice(left, left + shape.shape[1])
        share = float(product[window][shape].mean()) if shape.any() else 1.0
        if share > best_share:
            best, best_share = window, share
        if share == 1.0:
            break
    return best
