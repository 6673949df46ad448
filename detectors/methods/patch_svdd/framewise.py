"""Pairs encoded on whole frames: one run of the small encoder serves all pairs of a frame.

The small encoder gives an embedding every second pixel. So the pairs that share a frame agree in the parity
of their patches' places; parities are drawn as pairs have them, and over many frames every pair is as
likely as when it is cut out alone. What pairs of a frame share besides is the shift and noise of its pixels.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from detectors.methods.patch_svdd.encoder import LATTICE_PX, HierarchicalEncoder
from detectors.methods.patches.encoding import EncodedPairs, cut_out, perturbed
from detectors.methods.patches.frames import Corners, TrainingFrames
from detectors.methods.patches.pairs import Indices, PairRule, Pairs

_TRIES_PER_FRAME = 8
"""Where pixels are excluded, a frame's first pair may have to be drawn again."""

_TRIES_PER_PAIR = 24
"""Of the pairs drawn at random, at least one in 32 has given parities."""


@dataclass(frozen=True)
class Framewise:
    """Encodes the pairs of a few frames at once.

    Attributes:
        source: the training frames.
        encoder: the network.
        device: where to compute.
        frames: how many frames a batch of pairs shares.
    """

    source: TrainingFrames
    encoder: HierarchicalEncoder
    device: torch.device
    frames: int

    def encoded(
        self, random: np.random.Generator, rule: PairRule, count: int, deviation: float = 0.0
    ) -> EncodedPairs:
        """Draw at most `count` pairs and embed them; arguments as `Patchwise.encoded`."""
        pattern = self._pattern(random, rule)
        pairs = self._like(pattern, random, rule, count)
        groups = np.searchsorted(pattern.frames, pairs.frames)
        firsts, seconds = pattern.first % LATTICE_PX, pattern.second % LATTICE_PX
        views = torch.cat([self._views(pattern.frames, firsts), self._views(pattern.frames, seconds)])
        if deviation > 0:
            views = perturbed(views, deviation)
        lattice = self.encoder.small(views)
        return EncodedPairs(
            self._at(lattice, groups, pairs.first, rule.patch_px),
            self._at(lattice, groups + len(pattern), pairs.second, rule.patch_px),
            torch.from_numpy(pairs.labels).to(self.device),
        )

    def _pattern(self, random: np.random.Generator, rule: PairRule) -> Pairs:
        """A pair in each of a few frames, sorted by frame; its parities are those of its frame's pairs."""
        frames = np.unique(self.source.draw(random, self.frames, rule.patch_px))
        drawn = rule.drawn(random, self.source, frames.repeat(_TRIES_PER_FRAME))
        return drawn.take(np.unique(drawn.frames, return_index=True)[1])

    def _like(self, pattern: Pairs, random: np.random.Generator, rule: PairRule, count: int) -> Pairs:
        """Pairs in the frames of `pattern`, with the parities that its pair has there; grouped by frame."""
        share = -(-count // max(1, len(pattern)))
        tried = rule.drawn(random, self.source, pattern.frames.repeat(share * _TRIES_PER_PAIR))
        groups = np.searchsorted(pattern.frames, tried.frames)
        same = (_parities(tried) == _parities(pattern)[groups]).all(axis=1)
        rank = np.cumsum(same) - same
        before = np.searchsorted(groups, groups)
        kept = same & (rank - rank[before] < share)
        return tried.take(kept)

    def _views(self, frames: Indices, parities: Corners) -> Tensor:
        """(f, 3, S-1, S-1): each frame without its last, or with an odd parity its first, row and column."""
        return cut_out(self.source, frames, parities, self.source.side_px - 1, self.device)

    def _at(self, lattice: Tensor, groups: Indices, corners: Corners, patch_px: int) -> Tensor:
        places = torch.from_numpy(corners // LATTICE_PX).to(self.device)
        return self.encoder.at(lattice, torch.from_numpy(groups).to(self.device), places, patch_px)


def _parities(pairs: Pairs) -> Corners:
    """(n, 4): the parities of both patches' rows and columns."""
    return np.concatenate([pairs.first, pairs.second], axis=1) % LATTICE_PX
