"""From an image as it was taken to the values a network sees: place, intensity window, colour and size.

What is learned here is fixed at fit and stored with the model: never contrast per image.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from PIL import Image

from detectors.alignment import Alignment, Template
from detectors.errors import InputError
from detectors.images import ImageArray
from detectors.placement import Placement

EIGHT_BIT_MAXIMUM, SIXTEEN_BIT_MAXIMUM = 255, 65535

_LEARNING_IMAGES = 64
"""The window is learned from at most this many images, spread evenly over the pool."""

_TAIL = 0.001
_HEADROOM = 0.25
"""Defects may be darker or brighter than anything normal: the window is widened by this part on each side."""

_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)


@dataclass(frozen=True)
class Acquisition:
    """How images are read, fixed at fit.

    Attributes:
        window_low: the intensity (in 16-bit steps if `is_sixteen_bit`) that becomes 0.
        window_high: the intensity that becomes 255.
        is_sixteen_bit: whether the pool is 16-bit. An image of the other depth is brought to it by the
            full-scale rule of PNG: 8-bit v is 16-bit 257 v.
        is_colour: whether the pool has colour; if not, colour images are read as their luma (Rec. 601).
        template: the view that images are brought to before anything else, or None.
    """

    window_low: float
    window_high: float
    is_sixteen_bit: bool
    is_colour: bool
    template: Template | None = None

    @classmethod
    def learn(cls, images: Sequence[ImageArray], alignment: Alignment = "none") -> Self:
        """Learn from the training images; 8-bit pools keep their whole range, 16-bit pools get a window.

        Raises:
            InputError: an unusable image, or an alignment of images of different sizes.
        """
        count = min(len(images), _LEARNING_IMAGES)
        histogram = np.zeros(SIXTEEN_BIT_MAXIMUM + 1, dtype=np.int64)
        is_colour, is_sixteen_bit = False, True
        for number in range(count):
            image = checked(images[number * len(images) // count])
            is_colour |= image.shape[2] == 3
            if image.dtype == np.uint16:
                histogram += np.bincount(image.ravel(), minlength=histogram.size)
            else:
                is_sixteen_bit = False
        template = None if alignment == "none" else Template.learn(images, alignment)
        if not is_sixteen_bit:
            return cls(0.0, float(EIGHT_BIT_MAXIMUM), False, is_colour, template)
        low, high = _window(histogram)
        return cls(low, high, True, is_colour, template)

    def placement(self, image: ImageArray) -> Placement | None:
        """Where an image lies on the template, None without one; `InputError` for one of another size."""
        return None if self.template is None else self.template.place(image)

    def frame(self, image: ImageArray, height_px: int, width_px: int) -> npt.NDArray[Any]:
        """Resize (bilinear, with antialiasing) and bring to RGB.

        Args:
            image: (H, W, 1|3) uint8 or uint16.
            height_px: height of the result.
            width_px: width of the result.

        Returns:
            (height_px, width_px, 3) uint8 for an 8-bit pool, else float32; values 0…255.
        """
        image = self._in_pool_depth(self._in_pool_colour(image))
        if image.dtype == np.uint8:
            return _as_rgb(_resized(image, height_px, width_px))
        planes = [
            _resized(image[:, :, [channel]].astype(np.float32), height_px, width_px)
            for channel in range(image.shape[2])
        ]
        gain = EIGHT_BIT_MAXIMUM / (self.window_high - self.window_low)
        windowed = (np.concatenate(planes, axis=2) - self.window_low) * np.float32(gain)
        return _as_rgb(np.clip(windowed, 0, EIGHT_BIT_MAXIMUM).astype(np.float32))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `from_dict` reads them back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Read what `to_dict` gave; `TypeError` or `ArtifactError` if something is missing or damaged."""
        template = values.get("template")
        return cls(**{**values, "template": None if template is None else Template.from_dict(template)})

    def _in_pool_colour(self, image: ImageArray) -> ImageArray:
        if self.is_colour or image.shape[2] == 1:
            return image
        return np.rint(image @ _LUMA).astype(image.dtype)[:, :, None]

    def _in_pool_depth(self, image: ImageArray) -> ImageArray:
        if image.dtype == np.uint16 and not self.is_sixteen_bit:
            return np.rint(image / 257.0).astype(np.uint8)
        if image.dtype == np.uint8 and self.is_sixteen_bit:
            return image.astype(np.uint16) * np.uint16(257)
        return image


def checked(image: npt.NDArray[Any], name: str = "An image") -> ImageArray:
    """The image, if it is (H, W, 1|3) uint8 or uint16 and not empty; else `InputError`."""
    if not isinstance(image, np.ndarray) or image.dtype not in (np.uint8, np.uint16):
        raise InputError(f"{name} must be an array of uint8 or uint16.")
    if image.ndim != 3 or image.shape[2] not in (1, 3) or not image.size:
        raise InputError(f"{name} must have the shape (height, width, 1 or 3), not {image.shape}.")
    return image


def _window(histogram: npt.NDArray[np.int64]) -> tuple[float, float]:
    cumulative = np.cumsum(histogram) / histogram.sum()
    low, high = np.searchsorted(cumulative, [_TAIL, 1 - _TAIL])
    margin = max(1.0, _HEADROOM * float(high - low))
    return max(0.0, float(low) - margin), min(float(SIXTEEN_BIT_MAXIMUM), float(high) + margin)


def _resized(image: npt.NDArray[Any], height_px: int, width_px: int) -> npt.NDArray[Any]:
    if image.shape[:2] == (height_px, width_px):
        return image
    plane = image[:, :, 0] if image.shape[2] == 1 else image
    resized = Image.fromarray(np.ascontiguousarray(plane)).resize(
        (width_px, height_px), Image.Resampling.BILINEAR
    )
    return np.asarray(resized).reshape(height_px, width_px, image.shape[2])


def _as_rgb(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.broadcast_to(image, (*image.shape[:2], 3)) if image.shape[2] == 1 else image


AS_IT_IS = Acquisition(0.0, float(EIGHT_BIT_MAXIMUM), is_sixteen_bit=False, is_colour=True)
"""Reads 8-bit colour images unchanged."""
