"""Pairs encoded on windows of frames: one run of the small encoder serves all pairs of a window.

The small encoder gives an embedding every second pixel. So the pairs that share a window agree in the parity
of their patches' places; parities are drawn as pairs have them, and over many windows every pair is as
likely as when it is cut out alone. What pairs of a window share besides is the shift and noise of its pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from detectors.methods.patch_svdd.encoder import LATTICE_PX, HierarchicalEncoder
from detectors.methods.patches.encoding import EncodedPairs, cut_out, perturbed
from detectors.methods.patches.frames import Corners, TrainingFrames
from detectors.methods.patches.pairs import Indices, PairRule, Pairs
from detectors.regions import BoolGrid
from detectors.training.loop import training_autocast

_ROOM_PX = 64
"""Windows are so much larger than their patches: the farthest pair of 64 px patches just fits."""

_TRIES_PER_FRAME = 8
"""Where pixels are excluded, a frame's first pair may have to be drawn again."""

_TRIES_PER_PAIR = 24
"""Of the pairs drawn at random, at least one in 32 has given parities."""


@dataclass(frozen=True)
class Windows:
    """Square windows of a few frames, each called by its frame's number.

    Attributes:
        source: the training frames.
        frames: (f,) numbers of the frames, ascending.
        corners: (f, 2) top-left pixel (row, col) of each frame's window.
        side_px: side of the windows.
    """

    source: TrainingFrames
    frames: Indices
    corners: Corners
    side_px: int

    def places(self, random: np.random.Generator, frames: Indices, patch_px: int) -> Corners:
        """(n, 2) top-left pixels of patches, uniform over the windows of the given frames."""
        return random.integers(self.side_px - patch_px + 1, size=(len(frames), 2))

    def allows(self, frames: Indices, corners: Corners, patch_px: int) -> BoolGrid:
        """(n,) bool: whether the patch at each corner of a window holds usable pixels alone."""
        inside = self.corners[np.searchsorted(self.frames, frames)]
        return self.source.allows(frames, inside + corners, patch_px)


@dataclass(frozen=True)
class Framewise:
    """Encodes the pairs of a few windows at once.

    Attributes:
        source: the training frames.
        encoder: the network.
        device: where to compute.
        frames: how many windows a batch of pairs shares, each of a frame of its own.
    """

    source: TrainingFrames
    encoder: HierarchicalEncoder
    device: torch.device
    frames: int

    def encoded(
        self, random: np.random.Generator, rules: Sequence[PairRule], count: int, deviation: float = 0.0
    ) -> list[EncodedPairs]:
        """Draw at most `count` pairs of each rule and embed them; arguments as `Patchwise.encoded`.

        All rules share their windows, and the parities that pairs of the first one have: rules of one call
        are to agree in the parities of their offsets.
        """
        windows = self._windows(random, max(rule.patch_px for rule in rules))
        pattern = self._pattern(random, rules[0], windows)
        firsts, seconds = pattern.first % LATTICE_PX, pattern.second % LATTICE_PX
        views = torch.cat([self._views(windows, pattern.frames, parities) for parities in (firsts, seconds)])
        if deviation > 0:
            views = perturbed(views, deviation)
        with training_autocast(self.device):
            lattice = self.encoder.small(views)
            return [
                self._read(lattice, pattern, self._like(pattern, random, rule, count, windows))
                for rule in rules
            ]

    def _read(self, lattice: Tensor, pattern: Pairs, pairs: Pairs) -> EncodedPairs:
        groups = np.searchsorted(pattern.frames, pairs.frames)
        return EncodedPairs(
            self._at(lattice, groups, pairs.first, pairs.patch_px).float(),
            self._at(lattice, groups + len(pattern), pairs.second, pairs.patch_px).float(),
            torch.from_numpy(pairs.labels).to(self.device),
        )

    def _windows(self, random: np.random.Generator, patch_px: int) -> Windows:
        frames = np.unique(self.source.draw(random, self.frames, patch_px))
        side_px = min(patch_px + _ROOM_PX, self.source.side_px)
        corners = random.integers(self.source.side_px - side_px + 1, size=(len(frames), 2))
        return Windows(self.source, frames, corners, side_px)

    def _pattern(self, random: np.random.Generator, rule: PairRule, windows: Windows) -> Pairs:
        """A pair in each window, sorted by frame; its parities are those of its window's pairs."""
        drawn = rule.drawn(random, windows, windows.frames.repeat(_TRIES_PER_FRAME))
        return drawn.take(np.unique(drawn.frames, return_index=True)[1])

    def _like(
        self, pattern: Pairs, random: np.random.Generator, rule: PairRule, count: int, windows: Windows
    ) -> Pairs:
        """Pairs in the windows of `pattern`, with the parities that its pair has there; by frame."""
        share = -(-count // max(1, len(pattern)))
        tried = rule.drawn(random, windows, pattern.frames.repeat(share * _TRIES_PER_PAIR))
        groups = np.searchsorted(pattern.frames, tried.frames)
        same = (_parities(tried) == _parities(pattern)[groups]).all(axis=1)
        rank = np.cumsum(same) - same
        before = np.searchsorted(groups, groups)
        kept = same & (rank - rank[before] < share)
        return tried.take(kept)

    def _views(self, windows: Windows, frames: Indices, parities: Corners) -> Tensor:
        """(f, 3, W-1, W-1): each window without its last, or with an odd parity its first, row and column."""
        inside = windows.corners[np.searchsorted(windows.frames, frames)]
        return cut_out(self.source, frames, inside + parities, windows.side_px - 1, self.device)

    def _at(self, lattice: Tensor, groups: Indices, corners: Corners, patch_px: int) -> Tensor:
        places = torch.from_numpy(corners // LATTICE_PX).to(self.device)
        return self.encoder.at(lattice, torch.from_numpy(groups).to(self.device), places, patch_px)


def _parities(pairs: Pairs) -> Corners:
    """(n, 4): the parities of both patches' rows and columns."""
    return np.concatenate([pairs.first, pairs.second], axis=1) % LATTICE_PX
