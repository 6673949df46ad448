"""The grid of patches, and the windows that are laid over it. Indices count from 0; the paper's from 1."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class WindowGrid:
    """An image of rows × cols patches, seen through windows of side × side patches."""

    rows: int
    cols: int
    side: int

    @property
    def cells(self) -> int:
        """Patches of a window."""
        return self.side * self.side

    def patches_of(self, origins: Indices) -> Indices:
        """Which patches windows show: (B, 2) origins (row, col) to (B, side², 2) (row, col), row by row."""
        offsets = np.indices((self.side, self.side)).reshape(2, -1).T
        return np.asarray(origins[:, None, :] + offsets, dtype=np.int64)

    def local_positions(self) -> Indices:
        """(side²,) positions in 0…side²-1: the same for every window."""
        return np.arange(self.cells, dtype=np.int64)

    def global_positions(self, origins: Indices) -> Indices:
        """(B, side²) positions in 0…rows·cols-1: the same for a patch in every window.

        The multiplier is the number of columns, so that no two patches share a position; the paper names
        the number of rows, which is the same for its square grids.
        """
        patches = self.patches_of(origins)
        return np.asarray(patches[..., 0] * self.cols + patches[..., 1], dtype=np.int64)

    def centred_origins(self) -> Indices:
        """(rows·cols, 2): for each patch, row by row, the window that centres it as well as it fits."""
        most = np.array([self.rows, self.cols]) - self.side
        return np.clip(self._all_patches() - self.side // 2, 0, most)

    def places_in(self, origins: Indices) -> Indices:
        """(rows·cols,): where each patch lies in its window of `centred_origins`, as a local position."""
        inside = self._all_patches() - origins
        return np.asarray(inside[:, 0] * self.side + inside[:, 1], dtype=np.int64)

    def _all_patches(self) -> Indices:
        """(rows·cols, 2), row by row."""
        return np.indices((self.rows, self.cols)).reshape(2, -1).T


def as_patches(frames: npt.NDArray[np.generic], patch_px: int) -> npt.NDArray[np.generic]:
    """(…, H, W, C) to (…, H/K, W/K, K·K·C): pixels of a patch row by row, colours last."""
    *lead, height_px, width_px, channels = frames.shape
    rows, cols = height_px // patch_px, width_px // patch_px
    split = frames.reshape(*lead, rows, patch_px, cols, patch_px, channels)
    return np.moveaxis(split, -3, -4).reshape(*lead, rows, cols, patch_px * patch_px * channels)


def as_frames(patches: npt.NDArray[np.generic], patch_px: int) -> npt.NDArray[np.generic]:
    """The inverse of `as_patches`."""
    *lead, rows, cols, values = patches.shape
    channels = values // (patch_px * patch_px)
    split = patches.reshape(*lead, rows, cols, patch_px, patch_px, channels)
    return np.moveaxis(split, -4, -3).reshape(*lead, rows * patch_px, cols * patch_px, channels)
