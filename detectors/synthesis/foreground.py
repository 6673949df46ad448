"""Where the product is: a generic foreground mask. Torch-free.

RealNet keeps a table with a rule per MVTec category. This is the generic rule instead: Otsu's threshold, in
the polarity that touches the image's border less; a picture without a plain background (a texture) is
foreground everywhere.
"""

from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from detectors.synthesis.pixels import BoolMask, RgbImage, luma

ForegroundRule = Literal["auto", "all", "bright", "dark"]
FOREGROUND_RULES: tuple[str, ...] = get_args(ForegroundRule)

_MOST_BORDER = 0.25
"""An object that covers more of the border than this is no object on a background."""

_MOST_BORDER_PER_AREA = 0.4
"""Nor is what lies at the border nearly as often as anywhere else."""

_LEAST_AREA = 0.03
_TIDY_PX = 6


def foreground_mask(image: RgbImage, rule: ForegroundRule = "auto") -> BoolMask:
    """The product's pixels, (H, W) bool.

    Args:
        image: (H, W, 3) uint8.
        rule: `all`: every pixel; `bright` or `dark`: that side of Otsu's threshold; `auto`: the side that
            touches the border less, or every pixel where neither looks like an object.
    """
    everything = np.ones(image.shape[:2], dtype=bool)
    if rule == "all":
        return everything
    grey = luma(image)
    bright = grey > _otsu(grey)
    if rule != "auto":
        return _tidied(bright if rule == "bright" else ~bright)
    found = bright if _border_share(bright) < 0.5 else ~bright
    if _border_share(found) > _MOST_BORDER:
        return everything
    found = _tidied(found)
    area = found.mean()
    is_object = area >= _LEAST_AREA and _border_share(found) <= _MOST_BORDER_PER_AREA * area
    return found if is_object else everything


def _otsu(grey: npt.NDArray[np.uint8]) -> int:
    """The threshold (dark side inclusive) with the largest variance between the two sides."""
    counts = np.bincount(grey.ravel(), minlength=256).astype(np.float64)
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * np.arange(256))
    between = (sums[-1] * below - sums * below[-1]) ** 2 / np.maximum(below * above, 1)
    return int(np.argmax(between))


def _border_share(mask: BoolMask) -> float:
    border = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    return float(border.mean())


def _tidied(mask: BoolMask) -> BoolMask:
    """Closed, then opened, with a 6 × 6 square; the border counts as what lies beside it."""
    closed = _shrunk(_grown(np.pad(mask, _TIDY_PX, mode="edge")))
    opened = _grown(_shrunk(closed))
    return np.asarray(opened[_TIDY_PX:-_TIDY_PX, _TIDY_PX:-_TIDY_PX] > 0)


def _grown(mask: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    # An even square has no middle: the shift of growing is undone by the opposite shift of shrinking.
    return np.asarray(ndimage.maximum_filter(mask.astype(np.uint8), _TIDY_PX))


def _shrunk(mask: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    return np.asarray(ndimage.minimum_filter(mask.astype(np.uint8), _TIDY_PX, origin=-1))
