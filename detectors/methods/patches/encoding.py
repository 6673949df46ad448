"""From pairs of patches to pairs of embeddings: patch by patch, or on whole frames at once.

`Patchwise` cuts every patch out, as the published codes do. Patch SVDD's `Framewise` runs a convolutional
encoder once over each frame and reads the patches' embeddings from its output; pairs then share few frames,
but each costs a small part of what it costs alone. Both are a `PairEncoder`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from detectors.methods.patches.frames import FULL_SCALE, Corners, MeanFrame, TrainingFrames
from detectors.methods.patches.pairs import Indices, PairRule
from detectors.training.loop import training_autocast

Pixels = npt.NDArray[Any]


class PairEncoder(Protocol):
    """Draws pairs of patches and embeds them."""

    def encoded(
        self, random: np.random.Generator, rules: Sequence[PairRule], count: int, deviation: float = 0.0
    ) -> "list[EncodedPairs]":
        """`count` pairs of each rule; pairs of all rules may share what is encoded."""


class EncodedPairs(NamedTuple):
    """Embeddings (n, D) float32 of the first and second patches, and their labels (n,)."""

    first: Tensor
    second: Tensor
    labels: Tensor


def normalised(pixels: Pixels, mean: MeanFrame, device: torch.device) -> Tensor:
    """(n, H, W, 3) pixels less the mean frame's, over 255: (n, 3, H, W) float32, channels last in memory."""
    centred = torch.from_numpy(np.asarray(pixels, dtype=np.float32) - mean) / FULL_SCALE
    return centred.to(device).permute(0, 3, 1, 2)


def perturbed(patches: Tensor, deviation: float) -> Tensor:
    """Add to each patch a shift per channel and noise per pixel, both N(0, deviation), of its own.

    Against shortcuts such as chromatic aberration (Patch SVDD, section 3.3).
    """
    shift = torch.randn(*patches.shape[:2], 1, 1, device=patches.device)
    return patches + deviation * (shift + torch.randn_like(patches))


def cut_out(
    source: TrainingFrames, frames: Indices, corners: Corners, side_px: int, device: torch.device
) -> Tensor:
    """Squares of training frames, normalised.

    Args:
        source: the frames.
        frames: (n,) number of each square's frame.
        corners: (n, 2) its top-left pixel (row, col).
        side_px: its side, K.
        device: where the result lies.

    Returns:
        (n, 3, K, K) float32.
    """
    steps = np.arange(side_px)
    rows = (corners[:, :1] + steps)[:, :, None]
    cols = (corners[:, 1:] + steps)[:, None, :]
    return normalised(source.pixels[frames[:, None, None], rows, cols], source.mean[rows, cols], device)


@dataclass(frozen=True)
class Patchwise:
    """Encodes each patch on its own.

    Attributes:
        source: where patches are cut from.
        encode: (n, 3, K, K) patches of a size to (n, D) embeddings.
        device: where to compute.
    """

    source: TrainingFrames
    encode: Callable[[Tensor, int], Tensor]
    device: torch.device

    def encoded(
        self, random: np.random.Generator, rules: Sequence[PairRule], count: int, deviation: float = 0.0
    ) -> list[EncodedPairs]:
        """Draw pairs, each in a frame of its own choice, and embed them.

        Args:
            random: where chance comes from, besides torch's global generator for the perturbation.
            rules: sizes and relations of the pairs.
            count: how many of each rule; fewer come where a second patch would hold excluded pixels.
            deviation: of the photometric perturbation that every patch gets on its own; 0: none.
        """
        return [self._encoded(random, rule, count, deviation) for rule in rules]

    def embedded(self, patches: Tensor, patch_px: int) -> Tensor:
        """(n, 3, K, K) patches to (n, D) float32, in mixed precision where that is faster."""
        with training_autocast(self.device):
            embeddings = self.encode(patches, patch_px)
        return embeddings.float()

    def _encoded(
        self, random: np.random.Generator, rule: PairRule, count: int, deviation: float
    ) -> EncodedPairs:
        pairs = rule.drawn(random, self.source, self.source.draw(random, count, rule.patch_px))
        both = torch.cat(
            [
                cut_out(self.source, pairs.frames, corners, rule.patch_px, self.device)
                for corners in (pairs.first, pairs.second)
            ]
        )
        if deviation > 0:
            both = perturbed(both, deviation)
        first, second = self.embedded(both, rule.patch_px).chunk(2)
        return EncodedPairs(first, second, torch.from_numpy(pairs.labels).to(self.device))
