"""Pieces of another normal picture, cloned in without a seam: natural synthetic anomalies. Torch-free.

Schlüter et al., "Natural Synthetic Anomalies for Self-Supervised Anomaly Detection and Localization", ECCV
2022. The product's place comes from the generic foreground rule, where the authors list one per category.
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image
from scipy import ndimage

from detectors.synthesis.base import Made, Synthesis
from detectors.synthesis.foreground import ForegroundRule, foreground_mask
from detectors.synthesis.pixels import BoolMask, RgbImage
from detectors.synthesis.poisson import seamless_clone

_HALF_SIDE_SHAPE, _HALF_SIDE_SCALE, _HALF_SIDE_LEAST, _HALF_SIDE_MOST = 2.0, 0.05, 0.03, 0.2
_MOST_PATCHES = 3
_RESIZE = (0.7, 1.3)
_LEAST_OVERLAP = 0.25
_TRIES = 20
_LEAST_CHANGE = 1.0


class NaturalAnomalies(Synthesis):
    """One to three cloned rectangles; the mask holds what changed visibly."""

    def __init__(self, normals: Sequence[RgbImage], *, foreground: ForegroundRule = "auto") -> None:
        """Set up.

        Args:
            normals: normal pictures of one size, from which pieces are taken.
            foreground: where the product is; pieces come from it and go on it.
        """
        self._normals = normals
        self._foreground: ForegroundRule = foreground

    def _spoiled(self, image: RgbImage, random: np.random.Generator, allowed: BoolMask) -> Made:
        other = self._normals[int(random.integers(len(self._normals)))]
        on_product = foreground_mask(image, self._foreground) & allowed
        from_product = foreground_mask(other, self._foreground)
        changed = image
        for number in range(_MOST_PATCHES):
            if number == 0 or random.random() < 0.5:
                changed = _with_piece(changed, other, from_product, on_product, random)
        return Made(changed, visible_change(image, changed))


def visible_change(before: RgbImage, after: RgbImage) -> BoolMask:
    """(H, W) bool: where the mean absolute change of the channels exceeds 1, after a 5 × 5 median."""
    change = np.abs(after.astype(np.int16) - before).mean(axis=2) > _LEAST_CHANGE
    # The median of zeros and ones is the majority.
    majority = ndimage.uniform_filter(change.astype(np.float32), 5, mode="constant") > 0.5
    return np.asarray(majority & (after != before).any(axis=2))


def _with_piece(
    image: RgbImage,
    other: RgbImage,
    from_product: BoolMask,
    on_product: BoolMask,
    random: np.random.Generator,
) -> RgbImage:
    """Cut a rectangle from `other`, resize it, and clone it where it meets the product."""
    sides = [_side(length, random) for length in other.shape[:2]]
    top, left = _best_place(from_product, sides, random)
    piece = Image.fromarray(other[top : top + sides[0], left : left + sides[1]])
    gain = float(np.clip(random.normal(1.0, 0.5), *_RESIZE))
    rows, cols = (
        min(max(3, round(side * gain)), length) for side, length in zip(sides, image.shape[:2], strict=True)
    )
    top, left = _best_place(on_product, [rows, cols], random)
    source = image.copy()
    resized = np.asarray(piece.resize((cols, rows), Image.Resampling.BILINEAR))
    source[top : top + rows, left : left + cols] = resized
    inside = np.zeros(image.shape[:2], dtype=bool)
    inside[top + 1 : top + rows - 1, left + 1 : left + cols - 1] = True
    return seamless_clone(image, source, inside)


def _side(length: int, random: np.random.Generator) -> int:
    half = _HALF_SIDE_LEAST + random.gamma(_HALF_SIDE_SHAPE, _HALF_SIDE_SCALE)
    return max(3, min(length, round(2 * min(half, _HALF_SIDE_MOST) * length)))


def _best_place(product: BoolMask, sides: Sequence[int], random: np.random.Generator) -> tuple[int, int]:
    """The first random place where the rectangle covers enough of the product, or the best one tried."""
    best, best_share = (0, 0), -1.0
    for _ in range(_TRIES):
        top = int(random.integers(0, product.shape[0] - sides[0] + 1))
        left = int(random.integers(0, product.shape[1] - sides[1] + 1))
        share = float(product[top : top + sides[0], left : left + sides[1]].mean())
        if share > best_share:
            best, best_share = (top, left), share
        if share >= _LEAST_OVERLAP:
            break
    return best
