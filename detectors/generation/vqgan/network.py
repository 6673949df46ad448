"""The VQGAN's layers, under the names of the published checkpoints, so that these load strictly."""

from dataclasses import dataclass
from math import gcd
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from detectors.generation.hyperparameters import GenerationHyperparameters
from detectors.generation.vqgan.quantiser import Quantised, Quantiser

_NORM_GROUPS, _NORM_EPSILON = 32, 1e-6


@dataclass(frozen=True)
class NetworkSettings:
    """The shape of a VQGAN; the defaults are the published one for 256 px.

    Attributes:
        width: channels of the first level.
        multipliers: of the width at each level; each level after the first halves the resolution.
        blocks: residual blocks per level of the encoder; the decoder has one more.
        attends: whether the coarsest level's blocks are followed by attention, and the middle has it.
        latent_channels: values of a cell.
        codes: entries of the codebook.
    """

    width: int = 128
    multipliers: tuple[int, ...] = (1, 1, 2, 2, 4)
    blocks: int = 2
    attends: bool = True
    latent_channels: int = 256
    codes: int = 1024

    @classmethod
    def of(cls, chosen: GenerationHyperparameters) -> Self:
        """The shape that a run's settings name."""
        if chosen.network == "full":
            return cls(latent_channels=chosen.latent_channels, codes=chosen.codes)
        return cls(chosen.width, (1, 2, 4), 1, False, chosen.latent_channels, chosen.codes)

    @property
    def cell_px(self) -> int:
        """Side in pixels of a latent cell."""
        return int(2 ** (len(self.multipliers) - 1))


class VQGAN(nn.Module):
    """Encoder, quantiser and decoder; images (B, 3, S, S) in [-1, 1], latents (B, C, S / cell, S / cell)."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        self.settings = settings
        channels = settings.latent_channels
        self.encoder, self.decoder = Encoder(settings), Decoder(settings)
        self.quantize = Quantiser(settings.codes, channels)
        self.quant_conv = nn.Conv2d(channels, channels, 1)
        self.post_quant_conv = nn.Conv2d(channels, channels, 1)

    def encode(self, images: Tensor) -> Tensor:
        """The latents, before any quantisation."""
        latents: Tensor = self.quant_conv(self.encoder(images))
        return latents

    def decode(self, latents: Tensor) -> Tensor:
        """The images of latents, of codes or not; not clipped."""
        images: Tensor = self.decoder(self.post_quant_conv(latents))
        return images

    def quantise(self, latents: Tensor) -> Quantised:
        """Each cell's nearest code."""
        quantised: Quantised = self.quantize(latents)
        return quantised

    @property
    def last_layer(self) -> Tensor:
        """The weights whose gradients balance the adversarial loss."""
        return self.decoder.conv_out.weight


class Encoder(nn.Module):
    """Images to latents."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        widths = [settings.width * factor for factor in settings.multipliers]
        current = settings.width
        self.conv_in = nn.Conv2d(3, current, 3, padding=1)
        self.down = nn.ModuleList()
        for number, width in enumerate(widths):
            is_last = number == len(widths) - 1
            level = _Level(current, width, settings.blocks, settings.attends and is_last)
            if not is_last:
                level.downsample = _Downsample(width)
            self.down.append(level)
            current = width
        self.mid = _Middle(current, settings.attends)
        self.norm_out = _norm(current)
        self.conv_out = nn.Conv2d(current, settings.latent_channels, 3, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        x = self.conv_in(images)
        for level in self.down:
            x = level(x)
        result: Tensor = self.conv_out(functional.silu(self.norm_out(self.mid(x))))
        return result


class Decoder(nn.Module):
    """Latents to images."""

    conv_out: nn.Conv2d

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        widths = [settings.width * factor for factor in settings.multipliers]
        current = widths[-1]
        self.conv_in = nn.Conv2d(settings.latent_channels, current, 3, padding=1)
        self.mid = _Middle(current, settings.attends)
        levels: list[nn.Module] = []
        for number, width in reversed(list(enumerate(widths))):
            is_coarsest = number == len(widths) - 1
            level = _Level(current, width, settings.blocks + 1, settings.attends and is_coarsest)
            if number > 0:
                level.upsample = _Upsample(width)
            levels.insert(0, level)
            current = width
        self.up = nn.ModuleList(levels)
        self.norm_out = _norm(current)
        self.conv_out = nn.Conv2d(current, 3, 3, padding=1)

    def forward(self, latents: Tensor) -> Tensor:
        x = self.mid(self.conv_in(latents))
        for level in reversed(self.up):
            x = level(x)
        result: Tensor = self.conv_out(functional.silu(self.norm_out(x)))
        return result


class _Level(nn.Module):
    """Residual blocks at one resolution, each followed by attention if asked, then a change of resolution."""

    def __init__(self, channels_in: int, channels_out: int, blocks: int, attends: bool) -> None:
        super().__init__()
        first = _Block(channels_in, channels_out)
        self.block = nn.ModuleList([first, *(_Block(channels_out, channels_out) for _ in range(blocks - 1))])
        self.attn = nn.ModuleList(_Attention(channels_out) for _ in range(blocks if attends else 0))
        self.downsample: nn.Module | None = None
        self.upsample: nn.Module | None = None

    def forward(self, x: Tensor) -> Tensor:
        for number, block in enumerate(self.block):
            x = block(x)
            if len(self.attn):
                x = self.attn[number](x)
        for resample in (self.downsample, self.upsample):
            x = x if resample is None else resample(x)
        return x


class _Middle(nn.Module):
    def __init__(self, channels: int, attends: bool) -> None:
        super().__init__()
        self.block_1 = _Block(channels, channels)
        self.attn_1 = _Attention(channels) if attends else nn.Identity()
        self.block_2 = _Block(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.block_2(self.attn_1(self.block_1(x)))
        return result


class _Block(nn.Module):
    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = _norm(channels_in), _norm(channels_out)
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, padding=1)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, padding=1)
        if channels_in != channels_out:
            self.nin_shortcut = nn.Conv2d(channels_in, channels_out, 1)

    def forward(self, x: Tensor) -> Tensor:
        changed = self.conv1(functional.silu(self.norm1(x)))
        changed = self.conv2(functional.silu(self.norm2(changed)))
        shortcut: Tensor = self.nin_shortcut(x) if hasattr(self, "nin_shortcut") else x
        return shortcut + changed


class _Attention(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = _norm(channels)
        self.q, self.k, self.v, self.proj_out = (nn.Conv2d(channels, channels, 1) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        cells = self.norm(x)
        query, key, value = (part(cells).flatten(2).transpose(1, 2) for part in (self.q, self.k, self.v))
        seen = functional.scaled_dot_product_attention(query, key, value)
        result: Tensor = x + self.proj_out(seen.transpose(1, 2).reshape(x.shape))
        return result


class _Downsample(nn.Module):
    """A strided convolution; one pixel of padding at the right and at the bottom."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.conv(functional.pad(x, (0, 1, 0, 1)))
        return result


class _Upsample(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.conv(functional.interpolate(x, scale_factor=2.0, mode="nearest"))
        return result


def _norm(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(gcd(_NORM_GROUPS, channels), channels, eps=_NORM_EPSILON)


def seeded_network(settings: NetworkSettings, seed: int) -> VQGAN:
    """A network with random weights; the global random state is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return VQGAN(settings)
