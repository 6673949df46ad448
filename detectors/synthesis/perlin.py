"""Perlin noise, and the masks that DRAEM and RealNet cut from it. Torch-free.

Perlin, "An Image Synthesizer", SIGGRAPH 1985, with the quintic fade of his 2002 revision.
"""

import functools
from dataclasses import dataclass
from math import log2, sqrt

import numpy as np
import numpy.typing as npt
from PIL import Image

from detectors.synthesis.pixels import BoolMask

FloatImage = npt.NDArray[np.float32]

_LARGEST_EXPONENT = 5
_PIXELS_PER_NODE = 8


def perlin_noise(
    size_px: tuple[int, int], resolution: tuple[int, int], random: np.random.Generator
) -> FloatImage:
    """Gradient noise, (H, W) float32 within about [-1, 1]; 0 where a pixel meets a lattice node.

    Args:
        size_px: (height, width); no multiple of the resolution is needed.
        resolution: lattice cells along (rows, columns).
        random: where the gradients' directions come from.
    """
    angles = random.uniform(0, 2 * np.pi, (resolution[0] + 1, resolution[1] + 1)).astype(np.float32)
    rows, cols = _taps(size_px[0], resolution[0]), _taps(size_px[1], resolution[1])
    # The weighted dot products of a pixel's four nodes, summed, factorise into rows and columns.
    level = cols.mixed(np.sin(angles).T, by_distance=True).T
    slope = cols.mixed(np.cos(angles).T, by_distance=False).T
    noise = rows.mixed(level, by_distance=False) + rows.mixed(slope, by_distance=True)
    return noise * np.float32(sqrt(2))


def perlin_mask(
    size_px: tuple[int, int],
    random: np.random.Generator,
    *,
    threshold: float = 0.5,
    largest_exponent: int | None = None,
) -> BoolMask:
    """A random mask of a few smooth islands, (H, W) bool; sometimes empty.

    Noise of 2^U{0…e} lattice cells an axis is turned by U(-90°, 90°), zero-filled, and thresholded
    (DRAEM's simulation; about 5 % of the area at 256 px).

    Args:
        size_px: (height, width).
        random: where chance comes from.
        threshold: True above it.
        largest_exponent: e; None: 5 at 256 px and above, less below, so that a cell keeps 8 pixels.
    """
    if largest_exponent is None:
        largest_exponent = min(_LARGEST_EXPONENT, max(0, int(log2(min(size_px) / _PIXELS_PER_NODE))))
    rows, cols = (2 ** int(exponent) for exponent in random.integers(0, largest_exponent + 1, 2))
    noise = Image.fromarray(perlin_noise(size_px, (rows, cols), random))
    turned = noise.rotate(random.uniform(-90, 90), Image.Resampling.BILINEAR)
    return np.asarray(turned) > threshold


@dataclass(frozen=True)
class _Taps:
    """For each pixel along an axis: the node before it, and the fade and signed distance of both nodes."""

    before: npt.NDArray[np.int64]
    fades: tuple[FloatImage, FloatImage]
    distances: tuple[FloatImage, FloatImage]

    def mixed(self, nodes: FloatImage, *, by_distance: bool) -> FloatImage:
        """(nodes, K) to (pixels, K): the two nodes of each pixel, weighted by fade (times distance)."""
        total = np.zeros((len(self.before), nodes.shape[1]), dtype=np.float32)
        for step, (fade, distance) in enumerate(zip(self.fades, self.distances, strict=True)):
            weight = fade * distance if by_distance else fade
            total += nodes[self.before + step] * weight
        return total


@functools.lru_cache(maxsize=64)
def _taps(pixels: int, cells: int) -> _Taps:
    place = np.arange(pixels) * (cells / pixels)
    before = np.minimum(place.astype(np.int64), cells - 1)
    past = (place - before).astype(np.float32)[:, None]
    rising = past**3 * (past * (past * 6 - 15) + 10)
    return _Taps(before, (1 - rising, rising), (past, past - 1))
