"""Textures cut from photographs: those scikit-image carries, a package's, or any folder's. Torch-free."""

import functools
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from detectors.acquisition import AS_IT_IS
from detectors.errors import InputError
from detectors.images import ImageArray, read_image
from detectors.synthesis.pixels import RgbImage

PHOTOGRAPHS = (
    "brick",
    "grass",
    "gravel",
    "coffee",
    "chelsea",
    "camera",
    "moon",
    "rocket",
    "hubble_deep_field",
)
"""Photographs in scikit-image that are CC0 or in the public domain, loaded without a download."""

_KEPT_PHOTOGRAPHS = 256
_LARGEST_SIDE_PX = 640
_SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".ppm"}


class PhotographTextures:
    """Random crops, at random scale and mirrored at random, of photographs that are read when first drawn."""

    def __init__(self, readers: Sequence[Callable[[], RgbImage]]) -> None:
        self._readers = tuple(readers)
        self._photograph = functools.lru_cache(_KEPT_PHOTOGRAPHS)(self._read)

    def sample(self, size_px: tuple[int, int], random: np.random.Generator) -> RgbImage:
        """A crop, resized to (H, W, 3) uint8."""
        photo = self._photograph(int(random.integers(len(self._readers))))
        largest = min(photo.height / size_px[0], photo.width / size_px[1])
        scale = largest * random.uniform(0.25, 1.0)
        height, width = scale * size_px[0], scale * size_px[1]
        top, left = random.uniform(0, photo.height - height), random.uniform(0, photo.width - width)
        box = (left, top, left + width, top + height)
        crop = photo.resize((size_px[1], size_px[0]), Image.Resampling.BILINEAR, box)
        return np.asarray(ImageOps.mirror(crop) if random.random() < 0.5 else crop)

    def _read(self, number: int) -> Image.Image:
        photo = Image.fromarray(self._readers[number]())
        photo.thumbnail((_LARGEST_SIDE_PX, _LARGEST_SIDE_PX), Image.Resampling.BILINEAR)
        return photo


def carried_photographs(names: Sequence[str] = PHOTOGRAPHS) -> PhotographTextures:
    """Photographs that scikit-image carries, by the names in `PHOTOGRAPHS`."""
    return PhotographTextures([functools.partial(_carried, name) for name in names])


def folder_textures(folder: Path) -> PhotographTextures:
    """Every image in a folder and the folders in it, such as the Describable Textures Dataset.

    Raises:
        InputError: no such folder, or no image in it; later, when drawn, an image that cannot be read.
    """
    if not folder.is_dir():
        raise InputError(f"The texture folder {folder} does not exist.")
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES and path.is_file())
    if not paths:
        raise InputError(f"The texture folder {folder} holds no images.")
    return PhotographTextures([functools.partial(_from_file, path) for path in paths])


def miniworld_textures() -> PhotographTextures:
    """The photographs of walls, floors and grounds in the package miniworld.

    Raises:
        InputError: the package is not installed.
    """
    package = find_spec("miniworld")
    if package is None or package.origin is None:
        raise InputError("The textures of miniworld need the package miniworld, which is not installed.")
    return folder_textures(Path(package.origin).parent / "textures")


def _carried(name: str) -> RgbImage:
    from skimage import data

    return _as_rgb(np.asarray(getattr(data, name)()))


def _from_file(path: Path) -> RgbImage:
    return _as_rgb(read_image(path))


def _as_rgb(image: ImageArray) -> RgbImage:
    planes = image if image.ndim == 3 else image[:, :, None]
    return np.asarray(AS_IT_IS.frame(planes[:, :, :3], *planes.shape[:2]))
