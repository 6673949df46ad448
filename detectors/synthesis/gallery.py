"""Pictures for people: what a detector learns from. Torch-free."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.acquisition import Acquisition
from detectors.images import ImageArray
from detectors.synthesis import kinds
from detectors.synthesis.base import Made, many
from detectors.synthesis.kinds import SynthesisSettings
from detectors.synthesis.pixels import RgbImage

_GAP_PX = 2
_GAP_GREY = 128
_MOST_NORMALS = 256


def strip(pictures: Sequence[npt.NDArray[Any]]) -> RgbImage:
    """Pictures of one height side by side, a grey line between them.

    Args:
        pictures: each (H, W, 3) uint8, (H, W) uint8 (grey), or (H, W) bool (a mask, white where True).

    Returns:
        (H, total width, 3) uint8.
    """
    gap = np.full((pictures[0].shape[0], _GAP_PX, 3), _GAP_GREY, dtype=np.uint8)
    parts = [part for picture in pictures for part in (gap, _as_rgb(picture))]
    return np.concatenate(parts[1:], axis=1)


def sheet(strips: Sequence[RgbImage]) -> RgbImage:
    """Strips of one width below each other, a grey line between them."""
    gap = np.full((_GAP_PX, strips[0].shape[1], 3), _GAP_GREY, dtype=np.uint8)
    parts = [part for one in strips for part in (gap, one)]
    return np.concatenate(parts[1:], axis=0)


def examples(
    images: Sequence[ImageArray],
    settings: SynthesisSettings,
    *,
    count: int,
    size_px: int,
    seed: int = 0,
    workers: int = 1,
) -> Iterator[tuple[RgbImage, Made]]:
    """Made-up defects on normal images: each normal picture, and what became of it.

    Args:
        images: normal images, (H, W, 1|3) uint8 or uint16; a few of them are read, spread evenly.
        settings: what the defects are made of.
        count: how many.
        size_px: side of the square pictures.
        seed: same seed, images and settings: same examples.
        workers: threads; they change nothing but the time.

    Raises:
        InputError: an image or a folder that cannot be used.
    """
    normals = frames(images, count, size_px)
    return many(kinds.create(settings, normals), normals, count, seed, workers=workers)


def frames(images: Sequence[ImageArray], most: int, size_px: int) -> list[RgbImage]:
    """At most so many of the images, and never more than 256, spread evenly, as square pictures."""
    read = min(len(images), most, _MOST_NORMALS)
    chosen = [images[number * len(images) // read] for number in range(read)]
    acquisition = Acquisition.learn(chosen)
    return [np.rint(acquisition.frame(image, size_px, size_px)).astype(np.uint8) for image in chosen]


def row(normal: RgbImage, made: Made) -> RgbImage:
    """One example as a strip: normal picture, made-up defect, mask."""
    return strip([normal, made.image, made.mask])


def preview(
    images: Sequence[ImageArray],
    settings: SynthesisSettings,
    *,
    count: int = 6,
    size_px: int = 128,
    seed: int = 0,
) -> RgbImage:
    """A sheet of examples, a row each; see `examples`."""
    made = examples(images, settings, count=count, size_px=size_px, seed=seed)
    return sheet([row(normal, one) for normal, one in made])


def _as_rgb(picture: npt.NDArray[Any]) -> RgbImage:
    if picture.dtype == np.bool_:
        picture = picture.astype(np.uint8) * np.uint8(255)
    return picture if picture.ndim == 3 else np.repeat(picture[:, :, None], 3, axis=2)
