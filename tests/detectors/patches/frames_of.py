"""Training frames of made images, as a fit makes them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from detectors.acquisition import Acquisition
from detectors.base import FitContext, ignore_progress
from detectors.layout import Framing
from detectors.methods.patches.frames import TrainingFrames
from detectors.methods.patches.geometry import CELL_PX
from detectors.samples import Samples


def frames_of(
    images: Sequence[npt.NDArray[np.uint8]],
    folder: Path,
    patch_sizes_px: Sequence[int],
    *,
    size_px: int = 96,
    masks: Sequence[npt.NDArray[np.bool_] | None] | None = None,
    tile_size_px: int = 0,
) -> TrainingFrames:
    """Frames of `size_px` a side."""
    framing = Framing(size_px, CELL_PX, tile_size_px=tile_size_px)
    samples = Samples(images, Acquisition.learn(images), framing, excluded=masks)
    return TrainingFrames(samples, patch_sizes_px, FitContext(ignore_progress, folder))
