"""How MSPB pairs patches: near neighbours, one of twelve angles, and far patches for the cosine loss."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.methods.patches.frames import Corners, TrainingFrames
from detectors.methods.patches.pairs import DrawOffsets, Indices, Offsets, PairRule, jitter

_ANGLES = 2 * np.pi / 12 * np.arange(12)
DIRECTIONS: npt.NDArray[np.float64] = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)
"""(row, col) unit vectors by label: 30° apart, from the +row axis towards the +column axis."""

_JITTER_PARTS = 16
_FAR_TRIES = 50


@dataclass(frozen=True)
class Triplets:
    """Patches of one size with a near and a far one; all hold usable pixels alone.

    Attributes:
        patch_px: side of the patches.
        frames: (n,) number of the frame.
        anchor: (n, 2) top-left pixel (row, col).
        near: (n, 2) of the near patch.
        far: (n, 2) of the far patch.
    """

    patch_px: int
    frames: Indices
    anchor: Corners
    near: Corners
    far: Corners


def neighbour_rule(patch_px: int, resample_invalid: bool) -> PairRule:
    """Pairs at most K/16 px apart per axis and never at the same place."""
    return PairRule(patch_px, jitter(patch_px // _JITTER_PARTS), resample_invalid)


def angle_rule(patch_px: int, resample_invalid: bool) -> PairRule:
    """Pairs about a patch's side apart, in one of the twelve directions."""
    return PairRule(patch_px, angles(patch_px), resample_invalid)


def angles(patch_px: int) -> DrawOffsets:
    """Offsets in a uniform direction, whose label they carry, 3K/4 to K - 1 along each axis times it."""

    def draw(random: np.random.Generator, count: int) -> Offsets:
        labels = random.integers(len(DIRECTIONS), size=count)
        lengths = 3 * patch_px // 4 + random.integers(patch_px // 4, size=(count, 2))
        return Offsets(np.rint(DIRECTIONS[labels] * lengths).astype(np.int64), labels)

    return draw


def pushed_outward(patch_px: int) -> DrawOffsets:
    """`angles`, each axis pushed outward by another 3K/4; an axis without direction towards the positive."""
    inner = angles(patch_px)

    def draw(random: np.random.Generator, count: int) -> Offsets:
        drawn = inner(random, count)
        outward = np.where(drawn.offsets_px >= 0, 1, -1) * (3 * patch_px // 4)
        return Offsets(drawn.offsets_px + outward, drawn.labels)

    return draw


def triplets(
    random: np.random.Generator, source: TrainingFrames, rule: PairRule, count: int, far_rule: str
) -> Triplets:
    """Pairs by the rule, each with a far patch of the same frame; those without one are left out.

    Args:
        random: where chance comes from.
        source: the training frames.
        rule: of near pairs.
        count: how many; fewer may come.
        far_rule: `code`: the authors' directed draw, moved inside the frame, where it can come near;
            `uniform_far`: uniform over the places at least K away.
    """
    patch_px = rule.patch_px
    pairs = rule.drawn(random, source, source.draw(random, count, patch_px))
    if far_rule == "code":
        offsets = pushed_outward(patch_px)(random, len(pairs)).offsets_px
        far = np.clip(pairs.first + offsets, 0, source.side_px - patch_px)
        found = source.allows(pairs.frames, far, patch_px)
    else:
        far, found = _uniform_far(random, source, pairs.frames, pairs.first, patch_px)
    kept = pairs.take(found)
    return Triplets(patch_px, kept.frames, kept.first, kept.second, far[found])


def _uniform_far(
    random: np.random.Generator, source: TrainingFrames, frames: Indices, anchor: Corners, patch_px: int
) -> tuple[Corners, npt.NDArray[np.bool_]]:
    """Places at least K from the anchors, by rejection, and where one was found."""
    far = anchor.copy()
    found = np.zeros(len(frames), dtype=bool)
    for _ in range(_FAR_TRIES):
        open_rows = np.flatnonzero(~found)
        if len(open_rows) == 0:
            break
        far[open_rows] = source.places(random, frames[open_rows], patch_px)
        found[open_rows] = np.hypot(*(far - anchor)[open_rows].T) >= patch_px
    return far, found
