"""The random changes that make one texture many: three of ten, as in DRAEM's simulation. Torch-free."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from detectors.synthesis.pixels import RgbImage

Operation = Callable[[Image.Image, np.random.Generator], Image.Image]

_OPERATIONS_AT_ONCE = 3
_VALUES = np.arange(256, dtype=np.float64)
_RGB_TO_YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])


def augmented(texture: RgbImage, random: np.random.Generator) -> RgbImage:
    """The texture after three different operations in random order; same shape, uint8."""
    picture = Image.fromarray(texture)
    for number in random.choice(len(OPERATIONS), _OPERATIONS_AT_ONCE, replace=False):
        picture = OPERATIONS[number](picture, random)
    return np.asarray(picture)


def _gamma(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """Each channel with its own exponent."""
    exponents = random.uniform(0.5, 2.0, 3)
    return picture.point(_table(255 * (_VALUES / 255) ** exponents[:, None]))


def _brightness(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    return picture.point(
        _table(np.tile(_VALUES * random.uniform(0.8, 1.2) + random.uniform(-30, 30), (3, 1)))
    )


def _sharpness(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    return ImageEnhance.Sharpness(picture).enhance(random.uniform(0, 3))


def _hue_and_saturation(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """A turn (as ±50 of 256 hues) and a gain of the colour plane; one matrix, quicker than by way of HSV."""
    angle, gain = np.deg2rad(random.uniform(-70, 70)), random.uniform(0.6, 1.4)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * gain
    chroma = np.eye(3)
    chroma[1:, 1:] = turn
    matrix = np.linalg.inv(_RGB_TO_YIQ) @ chroma @ _RGB_TO_YIQ
    return picture.convert("RGB", tuple(np.hstack([matrix, np.zeros((3, 1))]).ravel().tolist()))


def _solarise(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """Half of the time: values above a threshold inverted."""
    if random.random() < 0.5:
        return picture
    return ImageOps.solarize(picture, int(random.integers(32, 129)))


def _posterise(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    return ImageOps.posterize(picture, int(random.integers(2, 7)))


def _invert(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    return ImageOps.invert(picture)


def _autocontrast(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    return ImageOps.autocontrast(picture)


def _equalise(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    return ImageOps.equalize(picture)


def _rotate(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    return picture.rotate(random.uniform(-45, 45), Image.Resampling.BILINEAR)


OPERATIONS: tuple[Operation, ...] = (
    _gamma,
    _brightness,
    _sharpness,
    _hue_and_saturation,
    _solarise,
    _posterise,
    _invert,
    _autocontrast,
    _equalise,
    _rotate,
)


def _table(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> list[int]:
    """Three rows of 256 values as Pillow's look-up table."""
    return [int(value) for value in np.clip(np.rint(values), 0, 255).ravel()]
