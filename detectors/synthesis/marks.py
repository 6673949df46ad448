"""Marks: scratches, stains, smears and displaced pieces, made from the picture itself. Torch-free.

Not from a paper. Foreign textures teach little about the faint defects that keep the surface's own look;
these are changes of light, sharpness and place inside a stroke, a blob or a Perlin island.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from detectors.synthesis.base import Made, Synthesis
from detectors.synthesis.blending import blend
from detectors.synthesis.perlin import perlin_mask, perlin_noise
from detectors.synthesis.pixels import BoolMask, RgbImage, as_bytes

Size = tuple[int, int]


class Marks(Synthesis):
    """One to three marks of one kind: a shape, and what it does to the picture inside."""

    def _spoiled(self, image: RgbImage, random: np.random.Generator, allowed: BoolMask) -> Made:
        size_px = image.shape[0], image.shape[1]
        shape, content, least_opacity = _MARKS[random.integers(len(_MARKS))]
        mask = shape(size_px, random)
        for _ in range(random.integers(3)):
            mask = mask | (shape(size_px, random) if random.random() < 0.3 else False)
        opacity = random.uniform(least_opacity, 1.0)
        changed = blend(image, content(image, random), mask, opacity)
        return Made(changed, mask & (changed != image).any(axis=2))


def _stroke(size_px: Size, random: np.random.Generator) -> BoolMask:
    """A smoothly bending line, one pixel to 3 % of the side wide."""
    side = min(size_px)
    steps = int(random.integers(8, 24))
    bends = random.normal(0, random.uniform(0, 0.25), steps).cumsum() + random.uniform(0, 2 * np.pi)
    length = side * random.uniform(0.1, 0.7) / steps
    start = random.uniform(0, 1, 2) * (size_px[1], size_px[0])
    points = start + np.stack([np.cos(bends), np.sin(bends)], axis=1).cumsum(axis=0) * length
    canvas = Image.new("1", (size_px[1], size_px[0]))
    width_px = max(1, round(side * 0.03 * random.uniform(0, 1) ** 2))
    ImageDraw.Draw(canvas).line([tuple(point) for point in points], fill=1, width=width_px, joint="curve")
    return np.asarray(canvas)


def _blob(size_px: Size, random: np.random.Generator) -> BoolMask:
    """An ellipse at any angle whose edge noise displaces."""
    rows, cols = np.ogrid[: size_px[0], : size_px[1]]
    down = (rows - random.uniform(0, size_px[0])) / min(size_px)
    right = (cols - random.uniform(0, size_px[1])) / min(size_px)
    angle, radius, stretch = random.uniform(0, np.pi), random.uniform(0.03, 0.18), random.uniform(1, 3)
    along = right * np.cos(angle) + down * np.sin(angle)
    across = down * np.cos(angle) - right * np.sin(angle)
    noise = perlin_noise(size_px, (8, 8), random) * random.uniform(0, 0.8)
    return np.asarray(np.hypot(along / stretch**0.5, across * stretch**0.5) < radius * (1 + noise))


def _rectangle(size_px: Size, random: np.random.Generator) -> BoolMask:
    mask = np.zeros(size_px, dtype=bool)
    rows, cols = (max(2, int(side * random.uniform(0.04, 0.3))) for side in size_px)
    top, left = (
        int(random.integers(0, side - part + 1)) for side, part in zip(size_px, (rows, cols), strict=True)
    )
    mask[top : top + rows, left : left + cols] = True
    return mask


def _island(size_px: Size, random: np.random.Generator) -> BoolMask:
    return perlin_mask(size_px, random)


def _any_area(size_px: Size, random: np.random.Generator) -> BoolMask:
    return (_blob, _rectangle, _island)[random.integers(3)](size_px, random)


def _tone(image: RgbImage, random: np.random.Generator) -> RgbImage:
    """One colour: grey more often than not."""
    colour = random.uniform(0, 255, 3) if random.random() < 0.3 else np.full(3, random.uniform(0, 255))
    return np.broadcast_to(as_bytes(colour), image.shape)


def _light(image: RgbImage, random: np.random.Generator) -> RgbImage:
    """Darker or lighter, sometimes tinted; the surface shows through."""
    gain = np.exp(random.uniform(0.2, 1.0) * random.choice((-1, 1)))
    tint = random.uniform(0.85, 1.15, 3) if random.random() < 0.3 else np.ones(3)
    return as_bytes(image * (gain * tint).astype(np.float32))


def _haze(image: RgbImage, random: np.random.Generator) -> RgbImage:
    """Less contrast around the mean, or more."""
    mean = image.mean(axis=(0, 1), dtype=np.float32)
    return as_bytes(mean + (image - mean) * np.float32(random.choice((random.uniform(0, 0.5), 2.0))))


def _blur(image: RgbImage, random: np.random.Generator) -> RgbImage:
    """Out of focus, or wiped along one direction."""
    side = min(image.shape[:2])
    if random.random() < 0.4:
        radius_px = side * random.uniform(0.008, 0.04)
        return np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(radius_px)))
    length_px = max(3, round(side * random.uniform(0.04, 0.2)))
    return _wiped(image, length_px, random)


def _wiped(image: RgbImage, length_px: int, random: np.random.Generator) -> RgbImage:
    """The mean along a line at any angle."""
    angle = random.uniform(0, np.pi)
    reach = np.linspace(-length_px / 2, length_px / 2, 9)
    shifts = zip(
        np.rint(reach * np.sin(angle)).astype(int), np.rint(reach * np.cos(angle)).astype(int), strict=True
    )
    rows, cols = np.arange(image.shape[0]), np.arange(image.shape[1])
    total = np.zeros(image.shape, dtype=np.float32)
    for down, right in shifts:
        moved = _reflected(rows + down, image.shape[0]), _reflected(cols + right, image.shape[1])
        total += image[np.ix_(*moved)]
    return as_bytes(total / len(reach))


def _displaced(image: RgbImage, random: np.random.Generator) -> RgbImage:
    """The picture shifted round its edges, and sometimes turned, mirrored or enlarged."""
    rows, cols = (int(side * random.uniform(0.1, 0.9)) for side in image.shape[:2])
    moved = np.roll(image, (rows, cols), axis=(0, 1))
    way = random.integers(4)
    if way == 0:
        return moved[::-1, ::-1]
    if way == 1:
        turned = Image.fromarray(moved).rotate(random.uniform(20, 340), Image.Resampling.BILINEAR)
        return np.asarray(turned)
    if way == 2:
        return _enlarged(moved, random.uniform(1.3, 2.5))
    return moved


def _enlarged(image: RgbImage, gain: float) -> RgbImage:
    height, width = image.shape[:2]
    box = (0, 0, width / gain, height / gain)
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR, box))


def _reflected(places: npt.NDArray[np.int64], length: int) -> npt.NDArray[np.int64]:
    return np.clip(
        np.where(places < 0, -places, np.where(places >= length, 2 * length - 2 - places, places)),
        0,
        length - 1,
    )


Shape = Callable[[Size, np.random.Generator], BoolMask]
Content = Callable[[RgbImage, np.random.Generator], RgbImage]

_MARKS: tuple[tuple[Shape, Content, float], ...] = (
    (_stroke, _tone, 0.3),
    (_stroke, _light, 0.7),
    (_any_area, _tone, 0.15),
    (_any_area, _light, 0.5),
    (_any_area, _haze, 0.6),
    (_any_area, _blur, 0.8),
    (_any_area, _displaced, 0.8),
)
"""Shape, content, and the least opacity: fainter marks could not be told from the surface itself."""
