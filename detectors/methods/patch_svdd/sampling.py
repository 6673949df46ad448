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


def direction_rule(patch_px: int, resample_invalid: bool) -> PairRule:
    """Pairs in one of the eight directions, 3K/4 to K - 1 px apart along each axis that the direction has."""
    return PairRule(patch_px, ring(patch_px), resample_invalid)


def ring(patch_px: int) -> DrawOffsets:
    """Offsets in a uniform direction, whose label they carry; independent lengths per axis."""

    def draw(random: np.random.Generator, count: int) -> Offsets:
        labels = random.integers(len(DIRECTIONS), size=count)
        lengths = 3 * patch_px // 4 + random.integers(patch_px // 4, size=(count, 2))
        return Offsets(DIRECTIONS[labels] * lengths, labels)

    return draw
