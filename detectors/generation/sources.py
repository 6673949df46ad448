"""The images that pictures are made from, as values of one range, and the way back to the pool's own."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from detectors.acquisition import Acquisition, checked
from detectors.errors import InputError
from detectors.images import ImageArray

MOST_SOURCES = 512
"""Of a larger pool, so many images, spread evenly over it, are sources."""


class Sources:
    """Images at their own size, (3, H, W) float32 with values 0…1, and small at the generator's."""

    def __init__(self, images: Sequence[ImageArray], side_px: int, cell_px: int, shots: int = 0) -> None:
        """Learn colour and intensity window, and keep the small copies.

        Args:
            images: (H, W, 1|3) uint8 or uint16, read lazily, more than once.
            side_px: longer side of the small copies.
            cell_px: both of their sides are multiples of it.
            shots: only the first so many images; 0: all.

        Raises:
            InputError: no images, or one that cannot be used.
        """
        count = min(len(images), shots) if shots else len(images)
        if count == 0:
            raise InputError("There are no images to generate from.")
        kept = min(count, MOST_SOURCES)
        self.numbers = [place * count // kept for place in range(kept)]
        self._images, self._side_px, self.cell_px = images, side_px, cell_px
        self.acquisition = Acquisition.learn(images)
        self.small = [as_bytes(self.shrunk(self.picture(place))) for place in range(kept)]

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def are_all_alike(self) -> bool:
        """Whether several sources are the same, pixel by pixel, at the generator's size."""
        first = self.small[0]
        return len(self) > 1 and all(
            one.shape == first.shape and torch.equal(one, first) for one in self.small
        )

    def picture(self, place: int) -> Tensor:
        """A source at its own size, (3, H, W) float32, 0…1, RGB."""
        image = checked(self._images[self.numbers[place]], f"Image {self.numbers[place] + 1}")
        frame = self.acquisition.frame(image, *image.shape[:2])
        return torch.from_numpy(np.ascontiguousarray(frame, dtype=np.float32)).permute(2, 0, 1) / 255

    def shrunk(self, picture: Tensor) -> Tensor:
        """(3, H, W) to the generator's size; a smaller one is enlarged."""
        longer = max(picture.shape[1:])
        size = [
            max(1, round(side * self._side_px / longer / self.cell_px)) * self.cell_px
            for side in picture.shape[1:]
        ]
        return resized(picture, size[0], size[1]).clamp(0, 1)

    def pixels(self, picture: Tensor) -> ImageArray:
        """(3, H, W), 0…1, as the pool has its images: (H, W, 1|3), uint8 or uint16 by its window."""
        values: Any = picture.permute(1, 2, 0).numpy()
        if not self.acquisition.is_colour:
            values = values[:, :, :1]
        if not self.acquisition.is_sixteen_bit:
            return np.rint(values * 255).astype(np.uint8)
        low, high = self.acquisition.window_low, self.acquisition.window_high
        return np.rint(low + values * (high - low)).astype(np.uint16)


def resized(picture: Tensor, height_px: int, width_px: int) -> Tensor:
    """(C, H, W) to another size, bicubic with antialiasing; the same size costs nothing."""
    if picture.shape[1:] == (height_px, width_px):
        return picture
    return functional.interpolate(picture[None], size=(height_px, width_px), mode="bicubic", antialias=True)[
        0
    ]


def as_bytes(picture: Tensor) -> Tensor:
    """Values 0…1 as uint8, rounded."""
    return (picture.clamp(0, 1) * 255).round().byte()
