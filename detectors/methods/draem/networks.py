"""DRAEM's two networks.

Zavrtanik et al., ICCV 2021, with the layers of the authors' code. Both are convolutional: any side works, by
padding to what they can halve and cropping back.
"""

from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

_INITIAL_SPREAD = 0.02


class Reconstructive(nn.Module):
    """Restores the defect-free image; an encoder and a decoder without skip connections.

    Takes (N, 3, H, W) in [0, 1] and gives the same shape, unbounded.
    """

    side_multiple = 16

    def __init__(self, width: int) -> None:
        """Build it; `width` is the first layer's channels (128 in the paper: 69 million parameters)."""
        super().__init__()
        w = width
        stages = [_block(3, w, w), _block(w, 2 * w, 2 * w), _block(2 * w, 4 * w, 4 * w)]
        stages += [_block(4 * w, 8 * w, 8 * w), _block(8 * w, 8 * w, 8 * w)]
        self.encoder = nn.ModuleList(stages)
        ups = [(8 * w, 8 * w, 4 * w), (4 * w, 4 * w, 2 * w), (2 * w, 2 * w, w), (w, w, w)]
        self.decoder = nn.ModuleList(
            nn.Sequential(_up(start, start), _block(start, inner, end)) for start, inner, end in ups
        )
        self.output = nn.Conv2d(w, 3, 3, padding=1)
        self.apply(_initialise)

    def forward(self, images: Tensor) -> Tensor:
        padded = pad_to_multiple(images, self.side_multiple)
        return crop_like(self.decode(self.encode(padded)), images)

    def encode(self, images: Tensor) -> Tensor:
        """The bottleneck, (N, 8 width, H / 16, W / 16)."""
        hidden = self.encoder[0](images)
        for stage in self.encoder[1:]:
            hidden = stage(functional.max_pool2d(hidden, 2))
        return cast(Tensor, hidden)

    def decode(self, bottleneck: Tensor) -> Tensor:
        """The image that the bottleneck describes."""
        hidden = bottleneck
        for stage in self.decoder:
            hidden = stage(hidden)
        return cast(Tensor, self.output(hidden))


class Discriminative(nn.Module):
    """Sees an image beside its restoration and marks the defect; a U-Net.

    Takes (N, 6, H, W), restoration first, and gives (N, 2, H, W) logits: channel 1 is anomalous.
    """

    side_multiple = 32

    def __init__(self, width: int) -> None:
        """Build it; `width` is the first layer's channels (64 in the paper: 28 million parameters)."""
        super().__init__()
        widths = [width, 2 * width, 4 * width, 8 * width, 8 * width, 8 * width]
        self.encoder = nn.ModuleList(_block(before, after, after) for before, after in pairwise([6, *widths]))
        narrowed = [8 * width, 4 * width, 2 * width, width, width]
        self.ups = nn.ModuleList(_up(before, after) for before, after in pairwise([8 * width, *narrowed]))
        self.decoder = nn.ModuleList(
            _block(up + skip, up, up) for up, skip in zip(narrowed, widths[-2::-1], strict=True)
        )
        self.output = nn.Conv2d(width, 2, 3, padding=1)
        self.apply(_initialise)

    def forward(self, restored: Tensor, images: Tensor) -> Tensor:
        hidden = pad_to_multiple(torch.cat([restored, images], dim=1), self.side_multiple)
        skips = []
        for number, stage in enumerate(self.encoder):
            hidden = stage(hidden if number == 0 else functional.max_pool2d(hidden, 2))
            skips.append(hidden)
        for up, stage, skip in zip(self.ups, self.decoder, skips[-2::-1], strict=True):
            hidden = stage(torch.cat([up(hidden), skip], dim=1))
        return crop_like(self.output(hidden), images)


def pad_to_multiple(images: Tensor, multiple: int) -> Tensor:
    """Repeat the right and bottom edges until both sides are multiples; nothing where they are."""
    height, width = images.shape[-2:]
    down, right = -height % multiple, -width % multiple
    return functional.pad(images, (0, right, 0, down), mode="replicate") if down or right else images


def crop_like(padded: Tensor, images: Tensor) -> Tensor:
    """What `pad_to_multiple` added, taken off again."""
    return padded[..., : images.shape[-2], : images.shape[-1]]


def _block(before: int, inner: int, after: int) -> nn.Sequential:
    return nn.Sequential(*_convolved(before, inner), *_convolved(inner, after))


def _up(before: int, after: int) -> nn.Sequential:
    doubled = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
    return nn.Sequential(doubled, *_convolved(before, after))


def _convolved(before: int, after: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU(inplace=True)


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d):
        nn.init.normal_(module.weight, 0.0, _INITIAL_SPREAD)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, _INITIAL_SPREAD)
        nn.init.zeros_(module.bias)
