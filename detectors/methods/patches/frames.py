"""The training images as frames: prepared once into a file, with their mean and their usable patches."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from detectors.base import FitContext
from detectors.errors import InputError
from detectors.layout import Layout
from detectors.methods.patches.geometry import whole_places
from detectors.regions import BoolGrid
from detectors.samples import Sample

FULL_SCALE = 255.0

_FRAMES_FOR_CONTRAST = 64
_LEAST_FRAMES_FOR_MEAN = 10
"""The mean of fewer frames would take much of each frame away, and all of a single one."""

MeanFrame = npt.NDArray[np.float32]
Corners = npt.NDArray[np.int64]


class TrainingFrames:
    """Square frames of all training images in a memory map, and where patches may be drawn from them.

    Attributes:
        pixels: (F, S, S, 3) uint8 or float32, values 0…255.
        mean: (S, S, 3) float32, the mean frame; of fewer than ten frames, their mean colour everywhere.
        side_px: S.
    """

    def __init__(self, samples: Sequence[Sample], patch_sizes_px: Sequence[int], context: FitContext) -> None:
        """Prepare every image once.

        Raises:
            InputError: no frame has a whole usable patch of some size.
        """
        self._restricted: dict[int, dict[int, Corners]] = {size_px: {} for size_px in patch_sizes_px}
        path = context.scratch / "frames"
        count, total = 0, np.zeros(1)
        with path.open("wb") as stream:
            for number, sample in enumerate(samples, start=1):
                sample.tiles.tofile(stream)
                total = total + sample.tiles.sum(axis=0, dtype=np.float64)
                self._restrict(count, usable_tiles(sample.layout, sample.usable))
                count += len(sample.tiles)
                context.progress(number / len(samples), f"Read image {number} of {len(samples)}")
        tile = sample.tiles
        self.side_px = tile.shape[1]
        self.pixels = np.memmap(path, tile.dtype, "r", shape=(count, *tile.shape[1:]))
        self.mean = _mean_frame(total, count)
        self._drawable = {size_px: self._with_places(size_px) for size_px in patch_sizes_px}

    def __len__(self) -> int:
        return len(self.pixels)

    def contrast(self) -> float:
        """Standard deviation of the pixels from the mean frame, in units of the full scale."""
        chosen = self.pixels[:: -(-len(self) // _FRAMES_FOR_CONTRAST)]
        squares = [np.square(frame - self.mean, dtype=np.float64).mean() for frame in chosen]
        return float(np.sqrt(np.mean(squares))) / FULL_SCALE

    def draw(self, random: np.random.Generator, count: int, patch_px: int) -> npt.NDArray[np.int64]:
        """(count,) numbers of frames that hold usable patches of this size, drawn uniformly."""
        chosen = self._drawable[patch_px]
        return chosen[random.integers(len(chosen), size=count)]

    def places(self, random: np.random.Generator, frames: npt.NDArray[np.int64], patch_px: int) -> Corners:
        """(n, 2) top-left pixels (row, col) of patches in the given frames, uniform over the usable ones."""
        side = self.side_px - patch_px + 1
        corners = random.integers(side, size=(len(frames), 2))
        for row in self._restricted_rows(frames, patch_px):
            flat = self._restricted[patch_px][int(frames[row])]
            corners[row] = np.divmod(flat[random.integers(len(flat))], side)
        return corners

    def allows(self, frames: npt.NDArray[np.int64], corners: Corners, patch_px: int) -> BoolGrid:
        """(n,) bool: whether the patch at each corner holds usable pixels alone."""
        side = self.side_px - patch_px + 1
        allowed = np.ones(len(frames), dtype=bool)
        for row in self._restricted_rows(frames, patch_px):
            flat = self._restricted[patch_px][int(frames[row])]
            place = corners[row, 0] * side + corners[row, 1]
            found = np.searchsorted(flat, place)
            allowed[row] = found < len(flat) and flat[found] == place
        return allowed

    def _restricted_rows(self, frames: npt.NDArray[np.int64], patch_px: int) -> npt.NDArray[np.int64]:
        known = np.fromiter(self._restricted[patch_px], np.int64)
        return np.flatnonzero(np.isin(frames, known))

    def _restrict(self, first: int, usable: npt.NDArray[np.bool_]) -> None:
        for number, tile in enumerate(usable, start=first):
            if not tile.all():
                for patch_px, places in self._restricted.items():
                    places[number] = np.flatnonzero(whole_places(tile, patch_px))

    def _with_places(self, patch_px: int) -> npt.NDArray[np.int64]:
        empty = [number for number, places in self._restricted[patch_px].items() if len(places) == 0]
        left = np.setdiff1d(np.arange(len(self.pixels)), np.array(empty, dtype=np.int64))
        if len(left) == 0:
            raise InputError(
                f"The masks exclude every patch of {patch_px} × {patch_px} px of every training image."
            )
        return left


def usable_tiles(layout: Layout, usable: BoolGrid) -> npt.NDArray[np.bool_]:
    """(tiles, S, S) bool: an image's usable cells as pixels of its tiles."""
    pixels = usable.repeat(layout.cell_px, axis=0).repeat(layout.cell_px, axis=1)
    cut: npt.NDArray[np.bool_] = layout.cut(pixels)
    return cut


def _mean_frame(total: npt.NDArray[np.float64], count: int) -> MeanFrame:
    mean = total / count
    if count < _LEAST_FRAMES_FOR_MEAN:
        mean = np.broadcast_to(mean.mean(axis=(0, 1)), mean.shape)
    return mean.astype(np.float32)
