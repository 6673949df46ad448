"""The training frames on disk, cut into patches, and the windows drawn from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.base import FitContext
from detectors.errors import InputError, TrainingError
from detectors.methods.intra.windows import Indices, WindowGrid, as_frames, as_patches
from detectors.samples import Sample

_TURNS = {"none": 1, "flips": 2, "turns": 8}
_ALIGNMENT_IMAGES = 64
_ALIGNED_SHARE = 0.35
"""Images whose mean keeps this part of their variance show the same thing in the same place."""


@dataclass(frozen=True)
class Windows:
    """A batch of B windows of T patches.

    Attributes:
        patches: (B, T, 3·K²) uint8 or float32, values 0…255.
        positions: (T,) or (B, T) int64.
        hidden: (B,) int64, the patch to predict.
        seen: (B, T) bool, or None where no patch is excluded.
    """

    patches: npt.NDArray[Any]
    positions: Indices
    hidden: Indices
    seen: npt.NDArray[np.bool_] | None


class TrainingPool:
    """Frames of all training images; a memory map, so that memory does not grow with them.

    A frame is one tile of one image. A patch that touches an excluded pixel is never predicted nor looked at.
    """

    def __init__(
        self, patches: npt.NDArray[Any], seen: npt.NDArray[np.bool_], patch_px: int, side: int
    ) -> None:
        """Wrap frames.

        Args:
            patches: (frames, rows, cols, 3·K²).
            seen: (frames, rows, cols) bool, False for patches that touch an excluded pixel.
            patch_px: side of a patch, K.
            side: patches along a window's side.
        """
        usable = seen.any(axis=(1, 2))
        if not usable.any():
            raise InputError("The masks exclude every patch of every training image.")
        self._patches, self._seen, self._patch_px = patches, seen, patch_px
        self._frames = np.flatnonzero(usable)
        self.grid = WindowGrid(seen.shape[1], seen.shape[2], side)

    def __len__(self) -> int:
        return len(self._frames)

    def split(self, share: float, most: int) -> tuple["TrainingPool", "TrainingPool | None"]:
        """Frames to learn from, and every so many held out; none where there are fewer than two."""
        count = min(max(1, round(share * len(self))), most) if len(self) > 1 else 0
        if not count:
            return self, None
        held = self._frames[np.linspace(0, len(self) - 1, count).astype(int)]
        return self._of(np.setdiff1d(self._frames, held)), self._of(held)

    def draw(self, count: int, random: np.random.Generator, *, augmentation: str, is_global: bool) -> Windows:
        """Windows at random: image, origin and hidden patch each uniformly, among those not excluded."""
        grid = self.grid
        frames, origins, hidden = self._places(count, random)
        cells = grid.patches_of(origins)
        at = (frames[:, None], cells[..., 0], cells[..., 1])
        patches, seen = self._patches[at], self._seen[at]
        turned = random.integers(_TURNS[augmentation], size=count)
        if turned.any():
            patches, seen, hidden = self._turned(patches, seen, hidden, turned)
        positions = grid.global_positions(origins) if is_global else grid.local_positions()
        return Windows(patches, positions, hidden, None if seen.all() else seen)

    def is_aligned(self) -> bool:
        """Whether the images show the same thing in the same place; not so for a single image."""
        chosen = self._frames[:: -(-len(self) // _ALIGNMENT_IMAGES)]
        if len(chosen) < 2:
            return False
        means = np.stack([self._patches[frame].mean(axis=-1, dtype=np.float64) for frame in chosen])
        within = means.var(axis=(1, 2)).mean()
        # Of n unrelated images the mean keeps 1/n of the variance, which says nothing.
        chance = 1 / len(chosen)
        kept = means.mean(axis=0).var() / within if within > 0 else 0.0
        return bool((kept - chance) / (1 - chance) > _ALIGNED_SHARE)

    def check_not_constant(self) -> None:
        """Raises `TrainingError` where the images show nothing to learn."""
        for frame in self._frames:
            shown = self._patches[frame][self._seen[frame]]
            if np.ptp(shown) > 0:
                return
        raise TrainingError(
            "Every training image is one plain colour: there is nothing to learn to inpaint, "
            "and the model would be worthless."
        )

    def _of(self, frames: Indices) -> "TrainingPool":
        part = TrainingPool(self._patches, self._seen, self._patch_px, self.grid.side)
        part._frames = frames
        return part

    def _places(self, count: int, random: np.random.Generator) -> tuple[Indices, Indices, Indices]:
        """Frames (B,), origins (B, 2) and hidden patches (B,)."""
        grid = self.grid
        found: list[npt.NDArray[np.int64]] = []
        missing = count
        while missing > 0:
            frame = self._frames[random.integers(len(self._frames), size=count)]
            row = random.integers(grid.rows - grid.side + 1, size=count)
            col = random.integers(grid.cols - grid.side + 1, size=count)
            hidden = random.integers(grid.cells, size=count)
            may_train = self._seen[frame, row + hidden // grid.side, col + hidden % grid.side]
            found.append(np.stack([frame, row, col, hidden])[:, may_train][:, :missing])
            missing -= found[-1].shape[1]
        frames, rows, cols, hidden = np.concatenate(found, axis=1)
        return frames, np.stack([rows, cols], axis=1), hidden

    def _turned(
        self,
        patches: npt.NDArray[Any],
        seen: npt.NDArray[np.bool_],
        hidden: Indices,
        turned: Indices,
    ) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_], Indices]:
        """Windows mirrored (odd numbers) and turned by quarters, with their hidden patches."""
        side, patch_px = self.grid.side, self._patch_px
        batch = len(patches)
        pictures = as_frames(patches.reshape(batch, side, side, -1), patch_px)
        # What is seen and which patch is hidden turn with the picture.
        marks = np.stack([seen, np.arange(side * side) == hidden[:, None]], axis=-1)
        marks = marks.reshape(batch, side, side, 2)
        for number in range(1, 8):
            which = turned == number
            pictures[which] = _turn(pictures[which], number)
            marks[which] = _turn(marks[which], number)
        marks = marks.reshape(batch, side * side, 2)
        patches = as_patches(pictures, patch_px).reshape(batch, side * side, -1)
        return patches, marks[..., 0], marks[..., 1].argmax(axis=1)


def read_pool(samples: Sequence[Sample], patch_px: int, side: int, context: FitContext) -> TrainingPool:
    """Prepare every image once and keep its patches in the fit's scratch folder."""
    path = context.scratch / "patches.bin"
    seen = []
    with path.open("wb") as stream:
        for number, sample in enumerate(samples, start=1):
            patches = as_patches(sample.tiles, patch_px)
            np.ascontiguousarray(patches).tofile(stream)
            seen.append(seen_patches(sample, patch_px))
            context.progress(number / len(samples), f"Read image {number} of {len(samples)}")
    frames = np.concatenate(seen)
    mapped = np.memmap(path, patches.dtype, "r", shape=(len(frames), *patches.shape[1:]))
    return TrainingPool(mapped, frames, patch_px, side)


def seen_patches(sample: Sample, patch_px: int) -> npt.NDArray[np.bool_]:
    """(tiles, rows, cols) bool: patches of which every cell is usable."""
    cell_px = sample.layout.cell_px
    pixels = sample.usable.repeat(cell_px, axis=0).repeat(cell_px, axis=1)[..., None]
    return np.all(as_patches(sample.layout.cut(pixels), patch_px), axis=-1)


def _turn(pictures: npt.NDArray[Any], number: int) -> npt.NDArray[Any]:
    """(B, H, W, C): mirrored where the number is odd, then turned by number // 2 quarters."""
    mirrored = pictures[:, :, ::-1] if number % 2 else pictures
    return np.rot90(mirrored, number // 2, axes=(1, 2))
