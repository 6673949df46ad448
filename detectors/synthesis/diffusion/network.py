"""The diffusion U-Net: residual blocks scaled and shifted by the step, attention at coarse levels."""

from math import gcd, log

import torch
from torch import Tensor, nn
from torch.nn import functional

_HEAD_CHANNELS = 64


class DiffusionNet(nn.Module):
    """Predicts the noise in an image and where the variance lies; nothing but 0 until it is trained."""

    def __init__(
        self,
        width: int,
        multipliers: tuple[int, ...],
        residual_blocks: int,
        attention_strides: tuple[int, ...],
        channels: int = 3,
    ) -> None:
        """Make the network; the published one has width 256, (1, 1, 2, 2, 4, 4), 2 blocks, (8, 16, 32).

        Args:
            width: channels of the first level.
            multipliers: of the width at each level; each level after the first halves the resolution.
            residual_blocks: per level on the way down; one more on the way up.
            attention_strides: the strides at which all cells attend to each other.
            channels: of the images.
        """
        super().__init__()
        self.width = width
        context = 4 * width
        self.embed = nn.Sequential(nn.Linear(width, context), nn.SiLU(), nn.Linear(context, context))
        self.entry = nn.Conv2d(channels, width, 3, padding=1)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        skips, current = [width], width
        for level, multiplier in enumerate(multipliers):
            attends = 2**level in attention_strides
            for _ in range(residual_blocks):
                self.down.append(_Stage(current, multiplier * width, context, attends))
                current = multiplier * width
                skips.append(current)
            if level < len(multipliers) - 1:
                self.down.append(_Stage(current, current, context, False, resample="down"))
                skips.append(current)
        self.middle = nn.ModuleList(
            [_Stage(current, current, context, True), _Stage(current, current, context, False)]
        )
        for level, multiplier in reversed(list(enumerate(multipliers))):
            attends = 2**level in attention_strides
            for number in range(residual_blocks + 1):
                self.up.append(_Stage(current + skips.pop(), multiplier * width, context, attends))
                current = multiplier * width
                if level > 0 and number == residual_blocks:
                    self.up.append(_Stage(current, current, context, False, resample="up"))
        self.norm = _norm(current)
        self.exit = nn.Conv2d(current, 2 * channels, 3, padding=1)
        for parameter in self.exit.parameters():
            nn.init.zeros_(parameter)

    def forward(self, noisy: Tensor, step: Tensor) -> Tensor:
        """(B, C, S, S) and (B,) step numbers to (B, 2C, S, S)."""
        context = self.embed(_waves(step, self.width))
        x = self.entry(noisy)
        kept = [x]
        for stage in self.down:
            x = stage(x, context)
            kept.append(x)
        for stage in self.middle:
            x = stage(x, context)
        for stage in self.up:
            x = stage(x if stage.resample else torch.cat([x, kept.pop()], dim=1), context)
        result: Tensor = self.exit(functional.silu(self.norm(x)))
        return result


class _Stage(nn.Module):
    """A residual block that the step scales and shifts, then attention if asked."""

    def __init__(
        self, channels_in: int, channels_out: int, context: int, attends: bool, resample: str = ""
    ) -> None:
        super().__init__()
        self.resample = resample
        self.norm_in, self.norm_out = _norm(channels_in), _norm(channels_out)
        self.conv_in = nn.Conv2d(channels_in, channels_out, 3, padding=1)
        self.conv_out = nn.Conv2d(channels_out, channels_out, 3, padding=1)
        for parameter in self.conv_out.parameters():
            nn.init.zeros_(parameter)
        self.modulate = nn.Linear(context, 2 * channels_out)
        same = channels_in == channels_out
        self.skip = nn.Identity() if same else nn.Conv2d(channels_in, channels_out, 1)
        self.attention = _Attention(channels_out) if attends else nn.Identity()

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        changed = functional.silu(self.norm_in(x))
        changed, x = self._resampled(changed), self._resampled(x)
        changed = self.conv_in(changed)
        scale, shift = self.modulate(functional.silu(context))[:, :, None, None].chunk(2, dim=1)
        changed = self.conv_out(functional.silu(self.norm_out(changed) * (1 + scale) + shift))
        result: Tensor = self.attention(self.skip(x) + changed)
        return result

    def _resampled(self, x: Tensor) -> Tensor:
        if self.resample == "down":
            return functional.avg_pool2d(x, 2)
        if self.resample == "up":
            return functional.interpolate(x, scale_factor=2, mode="nearest")
        return x


class _Attention(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.heads = channels // _HEAD_CHANNELS if channels % _HEAD_CHANNELS == 0 else 1
        self.norm = _norm(channels)
        self.query_key_value = nn.Linear(channels, 3 * channels)
        self.out = nn.Linear(channels, channels)
        for parameter in self.out.parameters():
            nn.init.zeros_(parameter)

    def forward(self, x: Tensor) -> Tensor:
        cells = self.norm(x).flatten(2).transpose(1, 2)
        parts = self.query_key_value(cells).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(*parts.unbind(0))
        changed = self.out(seen.transpose(1, 2).flatten(2))
        return x + changed.transpose(1, 2).view(x.shape)


def _norm(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(gcd(32, channels), channels)


def _waves(step: Tensor, width: int) -> Tensor:
    """(B,) step numbers to (B, width) sines and cosines of falling frequency."""
    half = width // 2
    frequencies = torch.exp(-log(10_000) * torch.arange(half, device=step.device) / half)
    angles = step[:, None].float() * frequencies
    waves = torch.cat([angles.cos(), angles.sin()], dim=1)
    return functional.pad(waves, (0, width - 2 * half))
