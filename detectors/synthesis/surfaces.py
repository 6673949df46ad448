"""Photographed surfaces with drawn defects and exact masks, in the MVTec AD layout. Torch-free.

Normal images are random crops of scikit-image's CC0 photographs `brick`, `grass` and `gravel`; training and
test crops come from disjoint parts of each. Defects are drawn by code, so that masks are exact: a pixel is
masked if, and only if, it was drawn over.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw
from scipy import ndimage

GreyImage = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

SURFACES = ("brick", "grass", "gravel")
_LEAST_PHOTO_SIDES = 2.25
"""A photograph is enlarged to this many crops a side, so that training and test parts both have room."""


def photographs() -> dict[str, GreyImage]:
    """The CC0 photographs, (512, 512) uint8 each; needs scikit-image."""
    from skimage import data

    return {name: np.asarray(getattr(data, name)(), dtype=np.uint8) for name in SURFACES}


def normal_image(photo: GreyImage, size_px: int, random: np.random.Generator, *, for_test: bool) -> GreyImage:
    """A random crop, (size_px, size_px) uint8, with a little change of light; mirrored half of the time.

    Args:
        photo: (H, W) uint8.
        size_px: side of the crop.
        random: where chance comes from.
        for_test: crop the right part of the photograph; training crops come from the left part.
    """
    photo = _enlarged(photo, size_px)
    height_px, width_px = photo.shape
    border_px = width_px - max(size_px, round(0.45 * width_px))
    left_px = (
        random.integers(border_px, width_px - size_px + 1)
        if for_test
        else random.integers(0, border_px - size_px + 1)
    )
    top_px = random.integers(0, height_px - size_px + 1)
    crop = photo[top_px : top_px + size_px, left_px : left_px + size_px].astype(np.float32)
    if random.random() < 0.5:
        crop = crop[:, ::-1]
    return _as_bytes(crop * random.uniform(0.94, 1.06))


def add_defect(
    image: GreyImage, kind: str, foreign: GreyImage, random: np.random.Generator
) -> tuple[GreyImage, Mask]:
    """Draw one defect of a kind in `DEFECTS`.

    Args:
        image: (H, W) uint8.
        kind: `scratch`, `stain`, `smear` or `foreign`.
        foreign: another surface of the same size, for the foreign patch.
        random: where chance comes from.

    Returns:
        The changed image and its mask, (H, W) bool.
    """
    shape, content = DEFECTS[kind]
    mask = shape(image.shape[0], random)
    changed = np.where(mask, content(image, foreign, random), image).astype(np.uint8)
    return changed, mask


def write_category(
    folder: Path,
    photo: GreyImage,
    foreign: GreyImage,
    *,
    size_px: int = 224,
    train: int = 60,
    test: int = 20,
    seed: int = 0,
) -> None:
    """Write one surface: `train` normals, `test` normals and `test` defective images over all kinds."""
    random = np.random.default_rng(seed)
    for number in range(train):
        _save(folder / "train" / "good", number, normal_image(photo, size_px, random, for_test=False))
    for number in range(test):
        _save(folder / "test" / "good", number, normal_image(photo, size_px, random, for_test=True))
    kinds = list(DEFECTS)
    for number in range(test):
        kind = kinds[number % len(kinds)]
        clean = normal_image(photo, size_px, random, for_test=True)
        other = normal_image(foreign, size_px, random, for_test=True)
        changed, mask = add_defect(clean, kind, other, random)
        _save(folder / "test" / kind, number // len(kinds), changed)
        _save(folder / "ground_truth" / kind, number // len(kinds), _as_bytes(mask * 255.0), "_mask")


def write_surfaces(
    out: Path,
    *,
    size_px: int = 224,
    train: int = 60,
    test: int = 20,
    seed: int = 0,
    names: Sequence[str] = SURFACES,
    photos: Mapping[str, GreyImage] | None = None,
) -> None:
    """Write one category per surface into `out`; the next surface in the list lends its foreign patches."""
    photos = photos or photographs()
    everything = list(photos)
    for name in names:
        place = everything.index(name)
        foreign = photos[everything[(place + 1) % len(everything)]]
        write_category(
            out / name, photos[name], foreign, size_px=size_px, train=train, test=test, seed=seed + place
        )


def _scratch_shape(size_px: int, random: np.random.Generator) -> Mask:
    """A bent line of one to three pixels (at 224)."""
    start = random.uniform(0.1, 0.9, 2) * size_px
    angle = random.uniform(0, 2 * np.pi)
    points = [tuple(start)]
    for _ in range(random.integers(3, 7)):
        angle += random.normal(0, 0.35)
        start = start + random.uniform(0.05, 0.12) * size_px * np.array([np.cos(angle), np.sin(angle)])
        points.append(tuple(start))
    canvas = Image.new("1", (size_px, size_px))
    width_px = max(1, round(random.uniform(1, 3) * size_px / 224))
    ImageDraw.Draw(canvas).line(points, fill=1, width=width_px, joint="curve")
    return _or_centre(np.asarray(canvas, dtype=bool))


def _blob_shape(size_px: int, random: np.random.Generator) -> Mask:
    """A round shape with an uneven edge."""
    rows, cols = np.mgrid[:size_px, :size_px] / size_px
    row, col = random.uniform(0.2, 0.8, 2)
    radius = random.uniform(0.05, 0.13)
    angle = np.arctan2(rows - row, cols - col)
    edge = np.ones_like(angle)
    for waves in (2, 3, 5):
        edge += random.uniform(0, 0.2) * np.sin(waves * angle + random.uniform(0, 2 * np.pi))
    return np.asarray(np.hypot(rows - row, cols - col) < radius * edge)


def _ellipse_shape(size_px: int, random: np.random.Generator) -> Mask:
    """A long ellipse at any angle."""
    rows, cols = np.mgrid[:size_px, :size_px] / size_px
    row, col = random.uniform(0.25, 0.75, 2)
    angle = random.uniform(0, np.pi)
    along = (cols - col) * np.cos(angle) + (rows - row) * np.sin(angle)
    across = (rows - row) * np.cos(angle) - (cols - col) * np.sin(angle)
    length, breadth = random.uniform(0.12, 0.22), random.uniform(0.04, 0.08)
    return np.asarray((along / length) ** 2 + (across / breadth) ** 2 < 1)


def _rectangle_shape(size_px: int, random: np.random.Generator) -> Mask:
    mask = np.zeros((size_px, size_px), dtype=bool)
    height_px, width_px = (int(side) for side in random.uniform(0.08, 0.2, 2) * size_px)
    top_px, left_px = random.integers(0, size_px - height_px), random.integers(0, size_px - width_px)
    mask[top_px : top_px + height_px, left_px : left_px + width_px] = True
    return mask


def _scratch_content(image: GreyImage, foreign: GreyImage, random: np.random.Generator) -> GreyImage:
    tone = 255 if random.random() < 0.7 else 0
    strength = random.uniform(0.5, 0.9)
    return _as_bytes(image * (1 - strength) + tone * strength)


def _stain_content(image: GreyImage, foreign: GreyImage, random: np.random.Generator) -> GreyImage:
    gain = random.uniform(0.35, 0.65) if random.random() < 0.7 else random.uniform(1.4, 1.8)
    return _as_bytes(image * gain)


def _smear_content(image: GreyImage, foreign: GreyImage, random: np.random.Generator) -> GreyImage:
    length_px = image.shape[0] * random.uniform(0.04, 0.08)
    return _as_bytes(ndimage.gaussian_filter(image.astype(np.float32), (1.0, length_px)))


def _foreign_content(image: GreyImage, foreign: GreyImage, random: np.random.Generator) -> GreyImage:
    return foreign


Shape = Callable[[int, np.random.Generator], Mask]
Content = Callable[[GreyImage, GreyImage, np.random.Generator], GreyImage]

DEFECTS: dict[str, tuple[Shape, Content]] = {
    "scratch": (_scratch_shape, _scratch_content),
    "stain": (_blob_shape, _stain_content),
    "smear": (_ellipse_shape, _smear_content),
    "foreign": (_rectangle_shape, _foreign_content),
}


def _or_centre(mask: Mask) -> Mask:
    """A line that left the image entirely is replaced by a dot, so that every defect has a pixel."""
    if not mask.any():
        mask = mask.copy()
        mask[mask.shape[0] // 2, mask.shape[1] // 2] = True
    return mask


def _enlarged(photo: GreyImage, size_px: int) -> GreyImage:
    side_px = int(np.ceil(_LEAST_PHOTO_SIDES * size_px))
    if min(photo.shape) >= side_px:
        return photo
    return np.asarray(Image.fromarray(photo).resize((side_px, side_px), Image.Resampling.BICUBIC))


def _as_bytes(values: npt.NDArray[np.floating]) -> GreyImage:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _save(folder: Path, number: int, image: GreyImage, suffix: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(folder / f"{number:03d}{suffix}.png")
