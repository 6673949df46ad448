"""Reading images and masks from untrusted files: the right pixels, or one clear sentence. Torch-free."""

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from detectors.errors import InputError

ImageArray = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]

MAX_PIXELS = 100_000_000
"""Larger images are refused before they are decoded (8,192 x 8,192 passes)."""

FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP", "PPM", "GIF")
"""Only plain raster formats are opened: no format that runs an interpreter or an external program."""

_EXIF_ORIENTATION = 0x0112
_TO_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_BIT_DEPTHS = {"1": 1, "I": 16, "I;16": 16, "I;16B": 16, "I;16L": 16, "I;16N": 16, "F": 32}


@dataclass(frozen=True)
class ImageInfo:
    """What an image's header says. Sizes are those after the EXIF rotation, as `read_image` returns them."""

    width_px: int
    height_px: int
    mode: str
    bit_depth: int
    format: str


def image_info(source: Path | str | bytes, *, name: str = "", max_pixels: int = MAX_PIXELS) -> ImageInfo:
    """Read an image's header without decoding its pixels.

    Args:
        source: a path, or the file's bytes.
        name: how to call the file in errors, where `source` is bytes.
        max_pixels: images that declare more are refused.

    Raises:
        InputError: no such file, zero bytes, not an image, or too large; the sentence names the file.
    """
    label = _label(source, name)
    with _opened(source, label, max_pixels) as image:
        width_px, height_px = image.size
        if _orientation(image) >= 5:
            width_px, height_px = height_px, width_px
        bit_depth = _BIT_DEPTHS.get(image.mode, 8)
        return ImageInfo(width_px, height_px, image.mode, bit_depth, image.format or "")


def read_image(source: Path | str | bytes, *, name: str = "", max_pixels: int = MAX_PIXELS) -> ImageArray:
    """Decode an image.

    The EXIF rotation is applied; palettes and CMYK become RGB; transparent pixels are composited over
    black, as light that never reached the camera; 16-bit grey keeps its 16 bits (16-bit colour is read
    at 8 bits, the most that the decoder gives).

    Args:
        source: a path, or the file's bytes.
        name: how to call the file in errors, where `source` is bytes.
        max_pixels: images that declare more are refused before decoding.

    Returns:
        (H, W, 1) for grey or (H, W, 3) for RGB, uint8 or uint16.

    Raises:
        InputError: no such file, zero bytes, truncated, not an image, too large, several frames, or
            floating-point pixels (they have no fixed range); the sentence names the file.
    """
    label = _label(source, name)
    with _opened(source, label, max_pixels) as image:
        if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":
            raise InputError(f"{label} holds several pictures; save the one to inspect as its own file.")
        try:
            turn = _TO_UPRIGHT.get(_orientation(image))
            image.load()
            upright = image if turn is None else image.transpose(turn)
        except Exception as error:  # decoders raise whatever they like on damaged files
            raise InputError(f"{label} is truncated or damaged and cannot be decoded.") from error
        return _pixels(upright, label)


def read_mask(
    source: Path | str | bytes, *, name: str = "", max_pixels: int = MAX_PIXELS
) -> npt.NDArray[np.bool_]:
    """Read a mask: (H, W) bool, True where the mask is brighter than half of its range.

    A mask that holds only the values 0 and 1 is a label image: its ones are True.
    """
    pixels = read_image(source, name=name, max_pixels=max_pixels)
    full_scale = 65535 if pixels.dtype == np.uint16 else 255
    brightest = pixels.max(axis=2)
    threshold = 0 if brightest.max() <= 1 else full_scale / 2
    return np.asarray(brightest > threshold)


def thumbnail(
    image: ImageArray, side_px: int, window: tuple[float, float] | None = None
) -> npt.NDArray[np.uint8]:
    """Shrink so that the longer side is at most `side_px`; never enlarges.

    Args:
        image: (H, W, 1|3) uint8 or uint16.
        side_px: the longer side of the result, at least 1.
        window: the intensities shown as black and white; by default the type's whole range.

    Returns:
        (h, w, 1|3) uint8.
    """
    low, high = window or (0, 65535 if image.dtype == np.uint16 else 255)
    height_px, width_px = image.shape[:2]
    ratio = min(1.0, side_px / max(height_px, width_px))
    size = (max(1, round(width_px * ratio)), max(1, round(height_px * ratio)))
    planes = []
    for channel in range(image.shape[2]):
        plane = Image.fromarray(np.ascontiguousarray(image[:, :, channel]))
        small = np.asarray(plane.convert("F").resize(size, Image.Resampling.BOX), dtype=np.float32)
        planes.append((small - low) * (255.0 / max(high - low, 1)))
    return np.clip(np.rint(np.stack(planes, axis=2)), 0, 255).astype(np.uint8)


def _label(source: Path | str | bytes, name: str) -> str:
    return name or ("The image" if isinstance(source, bytes) else str(source))


def _opened(source: Path | str | bytes, label: str, max_pixels: int) -> Image.Image:
    is_empty = len(source) == 0 if isinstance(source, bytes) else _file_size(Path(source), label) == 0
    if is_empty:
        raise InputError(f"{label} is empty (zero bytes).")
    Image.init()  # some of the formats are not known before
    stream: Any = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(stream, formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise InputError(f"{label} declares more than {max_pixels / 1e6:.0f} megapixels.") from error
    except Exception as error:  # as above: a damaged header may raise anything
        raise InputError(f"{label} is not an image that can be read ({', '.join(FORMATS)}).") from error
    if image.width * image.height > max_pixels:
        size = f"{image.width:,} × {image.height:,} pixels"
        image.close()
        raise InputError(f"{label} declares {size}, more than the {max_pixels / 1e6:.0f} megapixels allowed.")
    return image


def _file_size(path: Path, label: str) -> int:
    try:
        if path.is_dir():
            raise InputError(f"{label} is a folder, not an image.")
        return path.stat().st_size
    except OSError as error:
        raise InputError(f"{label} cannot be opened: {error.strerror or 'no such file'}.") from error


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8, from the header alone."""
    if image.format == "TIFF":
        return 1  # the decoder already turns these, and declares their upright size
    try:
        exif = Image.Exif()
        if image.format == "PNG":  # getexif() would decode the image to look behind its pixels
            exif.load(image.info.get("exif", b""))
        else:
            exif = image.getexif()
        orientation = exif.get(_EXIF_ORIENTATION, 1)
    except Exception:  # damaged metadata is no reason to refuse whole pixels
        return 1
    return orientation if orientation in _TO_UPRIGHT else 1


def _pixels(image: Image.Image, label: str) -> ImageArray:
    if image.mode == "F":
        raise InputError(
            f"{label} has floating-point pixels, whose range is unknown; save it as 8- or 16-bit."
        )
    if image.mode.startswith("I"):
        return _wide_grey(np.asarray(image), label)
    if image.mode in ("L", "1") and "transparency" not in image.info:
        return np.asarray(image.convert("L"))[:, :, None]
    if image.mode in ("LA", "La", "L", "1"):
        return _over_black(np.asarray(image.convert("LA")))
    if image.mode in ("RGBA", "RGBa", "PA") or "transparency" in image.info:
        return _over_black(np.asarray(image.convert("RGBA")))
    return np.asarray(image.convert("RGB"))


def _wide_grey(values: npt.NDArray[Any], label: str) -> ImageArray:
    if values.size and (values.min() < 0 or values.max() > 65535):
        raise InputError(f"{label} has values outside 16 bits.")
    return values.astype(np.uint16)[:, :, None]


def _over_black(values: npt.NDArray[np.uint8]) -> ImageArray:
    colour, alpha = values[:, :, :-1].astype(np.uint16), values[:, :, -1:].astype(np.uint16)
    return ((colour * alpha + 127) // 255).astype(np.uint8)
