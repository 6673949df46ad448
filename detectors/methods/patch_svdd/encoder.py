"""The hierarchical encoder: 64 px patches are four encoded 32 px patches, put back in their places."""

import torch
from torch import Tensor, nn

from detectors.methods.patches.classifier import LEAK

SMALL_PX, BIG_PX = 32, 64
LATTICE_PX = 2
"""The small encoder, run over a whole frame, gives one embedding every so many pixels."""

_CHANNELS = (32, 64, 128, 128, 64, 32, 32)
_BIG_CHANNELS = 128
_LEAST_CHANNELS = 4


class SmallEncoder(nn.Module):
    """Eight valid 3 × 3 convolutions, the first with stride 2: a 32 px patch to (D, 1, 1) in (-1, 1)."""

    def __init__(self, dim: int, width: float) -> None:
        super().__init__()
        channels = [3, *(max(_LEAST_CHANNELS, round(width * count)) for count in _CHANNELS), dim]
        layers: list[nn.Module] = []
        for number in range(len(channels) - 1):
            stride = LATTICE_PX if number == 0 else 1
            layers += [
                nn.Conv2d(channels[number], channels[number + 1], 3, stride),
                nn.LeakyReLU(LEAK),
            ]
        self.layers = nn.Sequential(*layers[:-1], nn.Tanh())

    @property
    def first(self) -> nn.Conv2d:
        """The layer that sees pixels."""
        layer = self.layers[0]
        assert isinstance(layer, nn.Conv2d)
        return layer

    def forward(self, frames: Tensor) -> Tensor:
        """(n, 3, H, W) to (n, D, h, w): entry (i, j) is the patch at pixel (2i, 2j)."""
        embedded: Tensor = self.layers(frames)
        return embedded


class HierarchicalEncoder(nn.Module):
    """Embeds patches of 32 px with the small encoder, and of 64 px with four of its embeddings."""

    def __init__(self, dim: int = 64, width: float = 1.0) -> None:
        """Make untrained networks from torch's global generator.

        Args:
            dim: D, length of an embedding.
            width: factor on the channels of the hidden layers; 1 as published.
        """
        super().__init__()
        hidden = max(_LEAST_CHANNELS, round(width * _BIG_CHANNELS))
        self.small = SmallEncoder(dim, width)
        self.merge = nn.Sequential(
            nn.Conv2d(dim, hidden, 2), nn.LeakyReLU(LEAK), nn.Conv2d(hidden, dim, 1), nn.Tanh()
        )

    def patches(self, patches: Tensor, patch_px: int) -> Tensor:
        """(n, 3, K, K) patches of 32 or 64 px to (n, D)."""
        if patch_px == SMALL_PX:
            return self.small(patches).flatten(1)
        quarters = torch.cat([half for rows in patches.chunk(2, dim=2) for half in rows.chunk(2, dim=3)])
        small = self.small(quarters).flatten(1)
        grid = torch.stack(small.chunk(4), dim=2).unflatten(2, (2, 2))
        merged: Tensor = self.merge(grid).flatten(1)
        return merged

    def at(self, lattice: Tensor, frames: Tensor, places: Tensor, patch_px: int) -> Tensor:
        """Embeddings of patches whose frames the small encoder has seen as a whole.

        Args:
            lattice: (f, D, h, w) the small encoder's output over whole frames.
            frames: (n,) which of them each patch is of.
            places: (n, 2) (row, col) of each patch on the lattice.
            patch_px: 32 or 64.

        Returns:
            (n, D), what `patches` gives for the same pixels.
        """
        rows, cols = places[:, 0], places[:, 1]
        if patch_px == SMALL_PX:
            return lattice[frames, :, rows, cols]
        step = SMALL_PX // LATTICE_PX
        quarters = [
            lattice[frames, :, rows + down, cols + right] for down in (0, step) for right in (0, step)
        ]
        merged: Tensor = self.merge(torch.stack(quarters, dim=2).unflatten(2, (2, 2))).flatten(1)
        return merged
