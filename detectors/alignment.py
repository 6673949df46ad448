"""Finding where an image lies on a template: phase correlation, and a gradient refinement for rotations.

The shift comes from phase correlation (Kuglin and Hines 1975); a rotation is found by trying a few on small
copies, then refined together with the shift by Gauss-Newton steps on zero-mean, unit-variance grey values,
in the spirit of Evangelidis and Psarakis (ECC, 2008). An image for which nothing fits clearly better stays
where it is. Torch-free.
"""

import base64
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

from detectors.errors import ArtifactError, InputError
from detectors.images import ImageArray
from detectors.placement import Placement

Alignment = Literal["none", "translation", "rigid"]
Grey = npt.NDArray[np.float32]

_LONG_SIDE_PX = 256
"""Templates and images are compared at no more than this."""

_CANDIDATES = 8
"""The template is that of so many training images, spread evenly, which the others resemble most."""

_COARSE_SIDE_PX = 64
_ANGLES = np.radians(np.arange(-15.0, 15.01, 1.5))
_STEPS = 12
_CLIMBS = 3
_AROUND = tuple((down, right) for down in (-1, 0, 1) for right in (-1, 0, 1) if down or right)
_MOST_LEFT = 0.8
"""A placement must leave at most this part of the difference (1 - correlation) that there is without it."""

_LEAST_LIKENESS = 0.3
"""Below this correlation even the best placement shows no part of the template."""


@dataclass(frozen=True)
class Template:
    """The view that images are brought to.

    Attributes:
        mode: what is allowed, `translation` (whole pixels) or `rigid` (up to 15 degrees as well).
        size_px: (height, width) of the images.
        png: the template in grey at most 256 pixels a side, base64 of a PNG file.
    """

    mode: Alignment
    size_px: tuple[int, int]
    png: str

    @classmethod
    def learn(cls, images: Sequence[ImageArray], mode: Alignment) -> Self:
        """Take the training image which most resembles the others, each shifted to fit best."""
        count = min(len(images), _CANDIDATES)
        candidates = [images[number * len(images) // count] for number in range(count)]
        if len({image.shape[:2] for image in candidates}) > 1:
            raise InputError("Alignment needs training images of one size.")
        greys = [_grey(image) for image in candidates]
        fits = [sum(_shift(grey, other)[1] for other in greys) for grey in greys]
        best = int(np.argmax(fits))
        height_px, width_px = candidates[best].shape[:2]
        return cls(mode, (height_px, width_px), _encoded(greys[best]))

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Read what `dataclasses.asdict` gave; `ArtifactError` if it is damaged."""
        try:
            height_px, width_px = values["size_px"]
            template = cls(values["mode"], (int(height_px), int(width_px)), str(values["png"]))
            template._pixels()
        except (KeyError, TypeError, ValueError, OSError) as error:
            raise ArtifactError("The saved template of the alignment is damaged.") from error
        return template

    def place(self, image: ImageArray) -> Placement:
        """Where an image lies; the identity where nothing fits clearly better.

        Raises:
            InputError: an image of another size than the template's.
        """
        if image.shape[:2] != self.size_px:
            height_px, width_px = self.size_px
            raise InputError(
                f"Alignment needs images of {width_px} × {height_px} pixels as in training, "
                f"not {image.shape[1]} × {image.shape[0]}."
            )
        template, grey = self._pixels(), _grey(image)
        still = Placement(_size(grey), (0.0, 0.0))
        if grey.std() == 0:
            return self._at_full_size(still)
        found = _rigid(template, grey) if self.mode == "rigid" else _shifted(template, grey)
        least = max(_LEAST_LIKENESS, 1 - _MOST_LEFT * (1 - _likeness(template, grey, still)))
        if _likeness(template, grey, found) < least:
            found = still
        return self._at_full_size(found)

    def _at_full_size(self, small: Placement) -> Placement:
        scale = max(self.size_px) / max(small.size_px)
        rows, cols = (shift * scale for shift in small.shift_px)
        moved_px = abs(small.angle) * math.hypot(*self.size_px) / 2
        if moved_px < 0.5:
            # No pixel turns away by half a pixel: copying is exact, interpolation would blur.
            return Placement(self.size_px, (float(round(rows)), float(round(cols))))
        return Placement(self.size_px, (rows, cols), small.angle)

    def _pixels(self) -> Grey:
        content = base64.b64decode(self.png, validate=True)
        return np.asarray(Image.open(io.BytesIO(content)).convert("L"), dtype=np.float32)


def _grey(image: ImageArray) -> Grey:
    """Grey at most `_LONG_SIDE_PX` a side."""
    plane = Image.fromarray(image.astype(np.float32).mean(axis=2))
    scale = min(1.0, _LONG_SIDE_PX / max(plane.size))
    return _resized(np.asarray(plane), scale)


def _resized(grey: Grey, scale: float) -> Grey:
    if scale >= 1:
        return grey
    height_px, width_px = (max(1, round(side * scale)) for side in grey.shape)
    return np.asarray(Image.fromarray(grey).resize((width_px, height_px), Image.Resampling.BILINEAR))


def _encoded(grey: Grey) -> str:
    low, high = float(grey.min()), float(grey.max())
    steps = np.rint((grey - low) * (255 / max(high - low, 1e-6))).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(steps).save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode("ascii")


def _shifted(template: Grey, grey: Grey) -> Placement:
    return Placement(_size(grey), _shift(template, grey)[0])


def _shift(template: Grey, grey: Grey) -> tuple[tuple[float, float], float]:
    """The shift (rows, cols) of `Placement`, and the correlation that it leaves."""
    exact = _correlated(template, grey)
    whole, fit = _climbed(template, grey, (round(exact[0]), round(exact[1])))
    # Images larger than the template's copy need the fraction of a pixel, if it belongs to the same peak.
    is_same_peak = max(abs(exact[0] - whole[0]), abs(exact[1] - whole[1])) < 0.5
    return (exact if is_same_peak else whole), fit


def _correlated(template: Grey, grey: Grey) -> tuple[float, float]:
    """The shift by phase correlation."""
    from skimage.registration import phase_cross_correlation

    window = np.outer(np.hanning(template.shape[0] + 2)[1:-1], np.hanning(template.shape[1] + 2)[1:-1])
    windowed = [(pixels - pixels.mean()) * window for pixels in (template, grey)]
    rows, cols = phase_cross_correlation(*windowed, upsample_factor=8)[0]
    return -float(rows), -float(cols)


def _climbed(template: Grey, grey: Grey, shift_px: tuple[int, int]) -> tuple[tuple[float, float], float]:
    """The window leaves phase correlation a pixel off now and then: go on to the best shift around."""
    best: tuple[float, float] = shift_px
    best_fit = _likeness(template, grey, Placement(_size(grey), best))
    for _ in range(_CLIMBS):
        start = best
        for down, right in _AROUND:
            shift = (start[0] + down, start[1] + right)
            fit = _likeness(template, grey, Placement(_size(grey), shift))
            if fit > best_fit:
                best, best_fit = shift, fit
        if best == start:
            break
    return best, best_fit


def _rigid(template: Grey, grey: Grey) -> Placement:
    scale = min(1.0, _COARSE_SIDE_PX / max(grey.shape))
    small_template, small = _resized(template, scale), _resized(grey, scale)
    tried = [_turned_and_shifted(small_template, small, float(angle)) for angle in _ANGLES]
    coarse = max(tried, key=lambda placement: _likeness(small_template, small, placement))
    rows, cols = (shift / scale for shift in coarse.shift_px)
    return _refined(template, grey, Placement(_size(grey), (rows, cols), coarse.angle))


def _turned_and_shifted(template: Grey, grey: Grey, angle: float) -> Placement:
    """The best shift after a rotation: of the turned image, carried back to the image itself."""
    turned = Placement(_size(grey), (0.0, 0.0), angle).aligned(grey)
    rows, cols = _correlated(template, turned)
    cosine, sine = math.cos(angle), math.sin(angle)
    return Placement(_size(grey), (cosine * rows - sine * cols, sine * rows + cosine * cols), angle)


def _refined(template: Grey, grey: Grey, placement: Placement) -> Placement:
    """Gauss-Newton steps on the difference of normalised grey values; the best of all steps."""
    best, best_fit = placement, _likeness(template, grey, placement)
    target = _normalised(ndimage.gaussian_filter(template, 1.0))
    smooth = ndimage.gaussian_filter(grey, 1.0)
    rows, cols = np.mgrid[: grey.shape[0], : grey.shape[1]]
    down, right = rows - (grey.shape[0] - 1) / 2, cols - (grey.shape[1] - 1) / 2
    for _ in range(_STEPS):
        warped = placement.aligned(smooth)
        down_slope, right_slope = (np.asarray(slope) for slope in np.gradient(_normalised(warped)))
        # Slopes along the template's axes; the shift is measured along the image's.
        cosine, sine = math.cos(placement.angle), math.sin(placement.angle)
        slopes = cosine * down_slope - sine * right_slope, sine * down_slope + cosine * right_slope
        design = np.stack(
            [slopes[0].ravel(), slopes[1].ravel(), (right_slope * down - down_slope * right).ravel()], axis=1
        )
        wanted = (target - _normalised(warped)).ravel()
        step = np.linalg.lstsq(design.astype(np.float64), wanted.astype(np.float64), rcond=None)[0]
        shift_px = (placement.shift_px[0] + float(step[0]), placement.shift_px[1] + float(step[1]))
        placement = Placement(placement.size_px, shift_px, placement.angle + float(step[2]))
        fit = _likeness(template, grey, placement)
        if fit > best_fit:
            best, best_fit = placement, fit
        if np.abs(step).max() < 1e-4:
            break
    return best


def _likeness(template: Grey, grey: Grey, placement: Placement) -> float:
    """Correlation over the part that both show; -1 where that is less than half of the template."""
    known = placement.aligned_mask(np.ones(grey.shape, bool), outside=False)
    if known.mean() < 0.5:
        return -1.0
    left, right = template[known], placement.aligned(grey)[known]
    left, right = left - left.mean(), right - right.mean()
    scale = float(np.sqrt((left * left).sum() * (right * right).sum()))
    return float((left * right).sum()) / scale if scale > 0 else 0.0


def _normalised(grey: Grey) -> Grey:
    return np.asarray((grey - grey.mean()) / max(float(grey.std()), 1e-6), dtype=np.float32)


def _size(grey: Grey) -> tuple[int, int]:
    return grey.shape[0], grey.shape[1]
