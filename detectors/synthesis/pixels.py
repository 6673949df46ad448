"""What pictures and masks are in this room, and the small arithmetic on them."""

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

RgbImage = npt.NDArray[np.uint8]
"""(H, W, 3) uint8, RGB."""

BoolMask = npt.NDArray[np.bool_]
"""(H, W) bool, True where it holds."""


def as_bytes(values: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Round to the nearest of 0…255."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def is_grey(image: RgbImage) -> bool:
    """Whether all three channels are equal everywhere."""
    green = image[:, :, 1]
    return bool((image[:, :, 0] == green).all() and (image[:, :, 2] == green).all())


def luma(image: RgbImage) -> npt.NDArray[np.uint8]:
    """(H, W) uint8 luma (Rec. 601)."""
    return np.asarray(Image.fromarray(image).convert("L"))


def pixels_of(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """(H, W, C) as (H × W, C): a few pixels are read and written quicker by flat places than by a mask."""
    return image.reshape(-1, image.shape[2])
