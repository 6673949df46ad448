"""RealNet's reconstruction network of one feature block: a small U-Net without a time step."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from detectors.methods.realnet.blocks import (
    ResidualBlock,
    SelfAttention,
    group_norm,
    padded_to_multiple,
    zero_convolution,
)


class ReconstructionNet(nn.Module):
    """Turns the features of a defective image into those of a normal one; gives 0 until it is trained.

    The width is half the channels; every level after the first, and the middle, attends over all cells.
    """

    def __init__(self, channels: int, multipliers: tuple[int, ...], residual_blocks: int) -> None:
        """Make the network.

        Args:
            channels: of the features.
            multipliers: of the width at each level; each level after the first halves the resolution.
            residual_blocks: per level on the way down; one more on the way up.
        """
        super().__init__()
        widths = [max(channels // 2, 8) * multiplier for multiplier in multipliers]
        self.halvings = len(widths) - 1
        self.entry = nn.Conv2d(channels, widths[0], 3, padding=1)
        skips = [widths[0]]
        self.down, current = nn.ModuleList(), widths[0]
        for level, width in enumerate(widths):
            for _ in range(residual_blocks):
                self.down.append(_stage(current, width, attends=level > 0))
                current = width
                skips.append(current)
            if level < self.halvings:
                self.down.append(ResidualBlock(current, current, halve=True))
                skips.append(current)
        self.middle = nn.Sequential(
            ResidualBlock(current, current), SelfAttention(current), ResidualBlock(current, current)
        )
        self.up = nn.ModuleList()
        for level, width in reversed(list(enumerate(widths))):
            for number in range(residual_blocks + 1):
                stage = _stage(current + skips.pop(), width, attends=level > 0)
                current = width
                if level > 0 and number == residual_blocks:
                    stage.append(nn.ConvTranspose2d(current, current, 4, stride=2, padding=1))
                self.up.append(stage)
        self.norm = group_norm(current)
        self.exit = zero_convolution(current, channels)

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, h, w) to the same shape, any h and w: padded to what can be halved, and cropped back."""
        x = self.entry(padded_to_multiple(features, 2**self.halvings))
        kept = [x]
        for stage in self.down:
            x = stage(x)
            kept.append(x)
        x = self.middle(x)
        for stage in self.up:
            x = stage(torch.cat([x, kept.pop()], dim=1))
        result: Tensor = self.exit(functional.silu(self.norm(x)))
        return result[..., : features.shape[-2], : features.shape[-1]]


def _stage(channels_in: int, channels_out: int, *, attends: bool) -> nn.Sequential:
    stage = nn.Sequential(ResidualBlock(channels_in, channels_out))
    if attends:
        stage.append(SelfAttention(channels_out))
    return stage
