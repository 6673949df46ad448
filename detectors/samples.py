"""Prepared samples: what every method receives in place of raw images. Torch-free, lazy."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, overload

import numpy as np
import numpy.typing as npt

from detectors import regions
from detectors.acquisition import Acquisition, checked
from detectors.errors import InputError
from detectors.images import ImageArray
from detectors.layout import Framing, Layout
from detectors.placement import Placement

Mask = npt.NDArray[np.bool_]


class MarkedDefect(NamedTuple):
    """A real defect that a person marked.

    Attributes:
        image: (H, W, 1|3) uint8 or uint16.
        mask: (H, W) bool, True on the defect.
    """

    image: ImageArray
    mask: Mask


@dataclass(frozen=True)
class Sample:
    """One image, ready for a network.

    Attributes:
        tiles: (T, S, S, 3) uint8 or float32, values 0…255, RGB.
        layout: where the tiles lie on the image's cell grid.
        usable: (rows, cols) bool, cells that may train or score.
        size_px: (height, width) of the image itself.
        placement: where the image lies on the template that tiles, layout and `usable` belong to; None
            where they are the image's own.
    """

    tiles: npt.NDArray[Any]
    layout: Layout
    usable: regions.BoolGrid
    size_px: tuple[int, int]
    placement: Placement | None = None


class Samples(Sequence[Sample]):
    """Images as prepared samples; each access prepares one, nothing is kept."""

    def __init__(
        self,
        images: Sequence[ImageArray],
        acquisition: Acquisition,
        framing: Framing,
        *,
        excluded: Sequence[Mask | None] | None = None,
        rois: Sequence[Mask | None] | None = None,
        margin_cells: int = 0,
    ) -> None:
        """Wrap images.

        Args:
            images: (H, W, 1|3) uint8 or uint16 arrays.
            acquisition: how pixels become network values.
            framing: how images are cut.
            excluded: per image, (H, W) bool or None: pixels that must not train, and the cells that see them.
            rois: per image, (H, W) bool or None: the only region that is inspected.
            margin_cells: how far around an excluded pixel cells see it.
        """
        self._images = images
        self._acquisition = acquisition
        self._framing = framing
        self._excluded = excluded
        self._rois = rois
        self._margin_cells = margin_cells

    def __len__(self) -> int:
        return len(self._images)

    def __iter__(self) -> Iterator[Sample]:
        return (self._prepare(number) for number in range(len(self)))

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> list[Sample]: ...
    def __getitem__(self, index: int | slice) -> Sample | list[Sample]:
        if isinstance(index, slice):
            return [self._prepare(number) for number in range(len(self))[index]]
        return self._prepare(range(len(self))[index])

    def _prepare(self, number: int) -> Sample:
        image = checked(self._images[number], f"Image {number + 1}")
        height_px, width_px = image.shape[:2]
        layout = self._framing.layout(height_px, width_px)
        placement = self._acquisition.placement(image)
        pixels = image if placement is None else placement.aligned(image)
        frame = self._acquisition.frame(pixels, *layout.frame_px)
        usable = self._usable(number, layout, image, placement)
        return Sample(layout.cut(frame), layout, usable, (height_px, width_px), placement)

    def _usable(
        self, number: int, layout: Layout, image: ImageArray, placement: Placement | None
    ) -> regions.BoolGrid:
        usable = layout.covered()
        if placement is not None:
            usable &= placement.covered(layout.grid)
        excluded = self._excluded[number] if self._excluded is not None else None
        if excluded is not None:
            _check_mask(excluded, image, number)
            seen = excluded if placement is None else placement.aligned_mask(excluded, outside=False)
            usable &= ~regions.touched(seen, layout.grid, self._margin_cells)
        roi = self._rois[number] if self._rois is not None else None
        if roi is not None:
            _check_mask(roi, image, number)
            seen = roi if placement is None else placement.aligned_mask(roi, outside=False)
            usable &= regions.inside(seen, layout.grid)
            if not usable.any():
                raise InputError(f"The region of interest of image {number + 1} holds no cell of its map.")
        return usable


def _check_mask(mask: Mask, image: ImageArray, number: int) -> None:
    if mask.dtype != np.bool_ or mask.shape != image.shape[:2]:
        raise InputError(
            f"The mask of image {number + 1} must be bool of the image's size "
            f"{image.shape[1]} × {image.shape[0]}, not {mask.dtype} of shape {mask.shape}."
        )
