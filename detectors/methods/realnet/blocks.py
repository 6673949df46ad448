"""The building blocks of RealNet's reconstruction networks."""

from math import gcd

import torch
from torch import Tensor, nn
from torch.nn import functional

_MOST_GROUPS, _HEAD_CHANNELS = 32, 64


def group_norm(channels: int) -> nn.GroupNorm:
    """The published 32 groups, or the largest divisor of both where the channels are fewer."""
    return nn.GroupNorm(gcd(_MOST_GROUPS, channels), channels)


class ResidualBlock(nn.Module):
    """GroupNorm, SiLU, one 3×3 convolution, and a skip; halves the resolution by averaging if asked."""

    def __init__(self, channels_in: int, channels_out: int, *, halve: bool = False) -> None:
        super().__init__()
        self.norm = group_norm(channels_in)
        self.conv = nn.Conv2d(channels_in, channels_out, 3, padding=1)
        same = channels_in == channels_out
        self.skip = nn.Identity() if same else nn.Conv2d(channels_in, channels_out, 1)
        self.halve = halve

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, h, w) to (B, out, h, w), or to (B, out, h/2, w/2)."""
        changed = functional.silu(self.norm(x))
        if self.halve:
            changed, x = functional.avg_pool2d(changed, 2), functional.avg_pool2d(x, 2)
        result: Tensor = self.conv(changed) + self.skip(x)
        return result


class SelfAttention(nn.Module):
    """Attention over all cells, heads of 64 channels (one head where that does not divide), and a skip."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.heads = channels // _HEAD_CHANNELS if channels % _HEAD_CHANNELS == 0 else 1
        self.norm = group_norm(channels)
        self.query_key_value = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)
        for parameter in self.out.parameters():
            nn.init.zeros_(parameter)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, h, w) to the same shape."""
        batch, channels, height, width = x.shape
        parts = self.query_key_value(self.norm(x)).view(
            batch, 3, self.heads, channels // self.heads, height * width
        )
        query, key, value = parts.transpose(-1, -2).unbind(1)
        seen = functional.scaled_dot_product_attention(query, key, value)
        merged = seen.transpose(-1, -2).reshape(batch, channels, height, width)
        result: Tensor = x + self.out(merged)
        return result


def zero_convolution(channels_in: int, channels_out: int) -> nn.Conv2d:
    """A 3×3 convolution that gives exactly 0 until it is trained."""
    convolution = nn.Conv2d(channels_in, channels_out, 3, padding=1)
    for parameter in convolution.parameters():
        nn.init.zeros_(parameter)
    return convolution


def padded_to_multiple(x: Tensor, multiple: int) -> Tensor:
    """(B, C, h, w) with its last rows and columns repeated until both sides are multiples."""
    down, right = -x.shape[-2] % multiple, -x.shape[-1] % multiple
    if not down and not right:
        return x
    return functional.pad(x, (0, right, 0, down), mode="replicate")


def upsampled(x: Tensor, side: int) -> Tensor:
    """(B, C, h, w) to (B, C, side, side), bilinear with aligned corners, as published."""
    return functional.interpolate(x, size=(side, side), mode="bilinear", align_corners=True)


def concatenated(layers: list[Tensor]) -> Tensor:
    """Feature maps of several strides, brought to the first one's side and joined along channels."""
    side = layers[0].shape[-1]
    return torch.cat([layers[0], *(upsampled(layer, side) for layer in layers[1:])], dim=1)
