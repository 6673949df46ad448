"""What is learnt from an image's bytes once, when it comes in."""

import io
from dataclasses import dataclass

import numpy as np
import structlog
from django.conf import settings
from numpy.typing import NDArray
from PIL import Image as PillowImage

from detectors.errors import InputError
from detectors.images import ImageArray, read_image, thumbnail
from detectors.pool.hashes import perceptual_hash
from flawmark.core.errors import InvalidInput

log = structlog.get_logger(__name__)

THUMBNAIL_PX = 256
MEDIA_TYPES = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "WEBP": "image/webp",
    "BMP": "image/bmp",
    "GIF": "image/gif",
    "TIFF": "image/tiff",
    "PPM": "image/x-portable-anymap",
}
_EXIF_ORIENTATION = 0x0112
_BROWSER_MODES = {"PNG": {"L", "RGB"}, "JPEG": {"L", "RGB"}, "WEBP": {"RGB"}}


@dataclass(frozen=True)
class ImageFacts:
    """An image's size and depth as `read_image` returns it, and what the platform derives from its pixels."""

    width_px: int
    height_px: int
    channels: int
    bit_depth: int
    media_type: str
    browser_ready: bool
    perceptual_hash: int
    thumbnail_jpeg: bytes


def image_facts(content: bytes, *, filename: str) -> ImageFacts:
    """Decode an image completely. Raises InvalidInput with the reason when it is not a usable image."""
    pixels = _read(content, filename)
    media_type, browser_ready = _format_of(content)
    shown = thumbnail(pixels, THUMBNAIL_PX, window=display_window(pixels))
    return ImageFacts(
        width_px=pixels.shape[1],
        height_px=pixels.shape[0],
        channels=pixels.shape[2],
        bit_depth=8 * pixels.dtype.itemsize,
        media_type=media_type,
        browser_ready=browser_ready,
        perceptual_hash=perceptual_hash(shown),
        thumbnail_jpeg=_encode(shown, "JPEG"),
    )


def _read(content: bytes, filename: str) -> ImageArray:
    try:
        return read_image(content, name=filename, max_pixels=settings.IMAGE_MAX_PIXELS)
    except InputError as error:
        raise InvalidInput(str(error), code="unreadable_image", field="image") from error
    except Exception as error:
        # Decoders meet hostile bytes here: whatever breaks in them is the file's fault, not an import's end.
        log.warning("image decoder failed", filename=filename, exc_info=True)
        reason = f"{filename} is damaged and cannot be decoded."
        raise InvalidInput(reason, code="unreadable_image", field="image") from error


def display_window(pixels: ImageArray) -> tuple[float, float]:
    """The intensities shown as black and white.

    16-bit containers mostly hold 10, 12 or 14 bits: the window is the smallest of those ranges that holds
    the image. It is never stretched to the image's own contrast, which would make faults look alike.
    """
    if pixels.dtype == np.uint8:
        return 0.0, 255.0
    used_bits = max(8, int(pixels.max(initial=0)).bit_length())
    return 0.0, float((1 << (used_bits + used_bits % 2)) - 1)


def png_for_display(pixels: ImageArray) -> bytes:
    """Encode (H, W, 1|3) as 8-bit PNG at full size."""
    if pixels.dtype != np.uint8:
        low, high = display_window(pixels)
        scaled = (pixels.astype(np.float32) - low) * (255.0 / (high - low))
        pixels = np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
    return _encode(np.asarray(pixels, np.uint8), "PNG")


def _encode(pixels: NDArray[np.uint8], image_format: str) -> bytes:
    picture = PillowImage.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    stream = io.BytesIO()
    picture.save(stream, image_format, quality=85)
    return stream.getvalue()


def _format_of(content: bytes) -> tuple[str, bool]:
    """Media type, and whether a browser shows exactly the pixels that `read_image` returns."""
    with PillowImage.open(io.BytesIO(content)) as image:
        upright = image.getexif().get(_EXIF_ORIENTATION, 1) == 1
        plain = image.mode in _BROWSER_MODES.get(image.format or "", set())
        opaque = "transparency" not in image.info
        return MEDIA_TYPES[image.format or "PNG"], upright and plain and opaque
