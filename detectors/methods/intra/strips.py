"""Example pictures for people who watch a training."""

import numpy as np
import numpy.typing as npt

from detectors.methods.intra.inpainting import ErrorRule, Inpainter
from detectors.methods.intra.pool import seen_patches
from detectors.samples import Sample


def inpainting_strip(
    inpainter: Inpainter, sample: Sample, rule: ErrorRule, patch_px: int
) -> npt.NDArray[np.uint8]:
    """(S, 3 S, 3) uint8: the sample's first tile, its inpainting, and the error between them (white: 1)."""
    tile = np.asarray(sample.tiles[0], dtype=np.float32) / np.float32(255)
    inpainted = inpainter.inpaint(sample.tiles[0], seen_patches(sample, patch_px)[0])
    error = rule.between(tile, inpainted).repeat(rule.cell_px, 0).repeat(rule.cell_px, 1)
    side_by_side = np.concatenate([tile, inpainted, np.repeat(error[..., None], 3, axis=2)], axis=1)
    return np.rint(np.clip(side_by_side, 0, 1) * 255).astype(np.uint8)
