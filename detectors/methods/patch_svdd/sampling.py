"""How Patch SVDD pairs patches: near neighbours, and one of eight directions (sections 3.1 and 3.3)."""

import numpy as np
import numpy.typing as npt

from detectors.methods.patches.pairs import DrawOffsets, Offsets, PairRule, jitter

DIRECTIONS: npt.NDArray[np.int64] = np.array(
    [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)], dtype=np.int64
)
"""(row, col) of the eight neighbours by label: the 3 × 3 ring row by row, without its centre."""

_JITTER_PARTS = 32


def neighbour_rule(patch_px: int, resample_invalid: bool) -> PairRule:
    """Pairs at most K/32 px apart per axis and never at the same place, for the SVDD loss."""
    return PairRule(patch_px, jitter(patch_px // _JITTER_PARTS), resample_invalid)


def direction_rule(patch_px: int, resample_invalid: bool, step_px: int = 1) -> PairRule:
    """Pairs in one of the eight directions; see `ring`."""
    return PairRule(patch_px, ring(patch_px, step_px), resample_invalid)


def ring(patch_px: int, step_px: int = 1) -> DrawOffsets:
    """Offsets in a uniform direction, whose label they carry, with independent lengths per axis.

    Args:
        patch_px: side of the patches, K.
        step_px: lengths are 3K/4, 3K/4 + step, … below K; published with 1.
    """

    def draw(random: np.random.Generator, count: int) -> Offsets:
        labels = random.integers(len(DIRECTIONS), size=count)
        steps = random.integers(patch_px // 4 // step_px, size=(count, 2))
        return Offsets(DIRECTIONS[labels] * (3 * patch_px // 4 + step_px * steps), labels)

    return draw
