"""A piece of the picture pasted elsewhere in it: CutPaste. Torch-free.

Li et al., "CutPaste", CVPR 2021: a rectangle of 2 to 15 % of the area, or a thin turned scar. Scar sizes are
those of 256 px and follow the picture.
"""

import numpy as np
from PIL import Image, ImageEnhance

from detectors.synthesis.base import Made, Synthesis
from detectors.synthesis.pixels import BoolMask, RgbImage

_AREA = (0.02, 0.15)
_ASPECT = (0.3, 3.3)
_SCAR_WIDTH_PX, _SCAR_LENGTH_PX, _SCAR_REFERENCE_PX = (2.0, 16.0), (10.0, 25.0), 256
_JITTER = 0.1


class CutPaste(Synthesis):
    """Rectangles and scars, half of each."""

    def _spoiled(self, image: RgbImage, random: np.random.Generator, allowed: BoolMask) -> Made:
        return patch(image, random) if random.random() < 0.5 else scar(image, random)


def patch(image: RgbImage, random: np.random.Generator) -> Made:
    """A rectangle, a little changed in colour, pasted at another place."""
    height, width = image.shape[:2]
    area = random.uniform(*_AREA) * height * width
    aspect = np.exp(random.uniform(*np.log(_ASPECT)))
    rows = int(np.clip(np.sqrt(area / aspect), 1, height))
    cols = int(np.clip(area / rows, 1, width))
    piece = _jittered(_cut(image, rows, cols, random), random)
    return _pasted(image, piece, np.ones((rows, cols), dtype=bool), random)


def scar(image: RgbImage, random: np.random.Generator) -> Made:
    """A thin rectangle, changed in colour and turned by up to 45 degrees, pasted at another place."""
    height, width = image.shape[:2]
    scale = min(height, width) / _SCAR_REFERENCE_PX
    cols = int(np.clip(random.uniform(*_SCAR_WIDTH_PX) * scale, 1, width))
    rows = int(np.clip(random.uniform(*_SCAR_LENGTH_PX) * scale, 2, height))
    piece = _jittered(_cut(image, rows, cols, random), random)
    angle = random.uniform(-45, 45)
    turned = Image.fromarray(piece).rotate(angle, Image.Resampling.BILINEAR, expand=True)
    shape = Image.new("L", (cols, rows), 255).rotate(angle, Image.Resampling.NEAREST, expand=True)
    fits = slice(0, height), slice(0, width)
    return _pasted(image, np.asarray(turned)[fits], np.asarray(shape)[fits] > 0, random)


def _cut(image: RgbImage, rows: int, cols: int, random: np.random.Generator) -> RgbImage:
    top, left = _place(image, rows, cols, random)
    return np.ascontiguousarray(image[top : top + rows, left : left + cols])


def _place(image: RgbImage, rows: int, cols: int, random: np.random.Generator) -> tuple[int, int]:
    top = int(random.integers(0, image.shape[0] - rows + 1))
    return top, int(random.integers(0, image.shape[1] - cols + 1))


def _pasted(image: RgbImage, piece: RgbImage, shape: BoolMask, random: np.random.Generator) -> Made:
    """The mask is the pasted shape, or empty where the paste changed nothing (a plain picture)."""
    rows, cols = shape.shape
    top, left = _place(image, rows, cols, random)
    window = slice(top, top + rows), slice(left, left + cols)
    changed, mask = image.copy(), np.zeros(image.shape[:2], dtype=bool)
    changed[window][shape] = piece[shape]
    mask[window] = shape & bool((changed[window] != image[window]).any())
    return Made(changed, mask)


def _jittered(piece: RgbImage, random: np.random.Generator) -> RgbImage:
    """Brightness, contrast, saturation and hue, each by up to a tenth."""
    brightness, contrast, saturation = random.uniform(1 - _JITTER, 1 + _JITTER, 3)
    picture = ImageEnhance.Brightness(Image.fromarray(piece)).enhance(brightness)
    picture = ImageEnhance.Color(ImageEnhance.Contrast(picture).enhance(contrast)).enhance(saturation)
    hue, *rest = picture.convert("HSV").split()
    turn = round(random.uniform(-_JITTER, _JITTER) * 255)
    turned = hue.point([(value + turn) % 256 for value in range(256)])
    return np.asarray(Image.merge("HSV", (turned, *rest)).convert("RGB"))
