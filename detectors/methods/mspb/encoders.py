"""Three patch encoders on one shared trunk, or on one each: the convolutional part of VGG16."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from detectors.errors import InputError
from detectors.methods.patches.classifier import LEAK

_VGG16: tuple[tuple[int, ...], ...] = ((64, 64), (128, 128), (256,) * 3, (512,) * 3, (512,) * 3)
"""Channels of VGG16's stages; each but the first begins with a pooling that halves the map."""

_TAPS = {64: 5, 32: 3, 16: 2}
"""By patch size, the last stage that its encoder uses: relu5_3, relu3_3, relu2_2."""

_HEADS: dict[int, tuple[tuple[int, int], ...]] = {
    64: ((256, 2), (128, 2), (64, 2)),
    32: ((256, 3), (128, 3), (128, 2), (64, 2)),
    16: ((128, 3), (64, 3), (32, 3)),
}
"""By patch size, (channels, kernel side) of the head's hidden convolutions."""

_LAST_KERNELS = {64: 1, 32: 2, 16: 2}
_LEAST_CHANNELS = 4


class Trunk(nn.Module):
    """The first stages of VGG16's convolutions; `width` is a factor on all channels."""

    def __init__(self, width: float, last_stage: int = len(_VGG16)) -> None:
        super().__init__()
        stages: list[nn.Module] = []
        inputs = 3
        for number, channels in enumerate(_VGG16[:last_stage]):
            layers: list[nn.Module] = [nn.MaxPool2d(2)] if number else []
            for count in channels:
                outputs = scaled(count, width)
                layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU()]
                inputs = outputs
            stages.append(nn.Sequential(*layers))
        self.stages = nn.ModuleList(stages)

    @property
    def first(self) -> nn.Conv2d:
        """The layer that sees pixels."""
        return next(layer for layer in self.modules() if isinstance(layer, nn.Conv2d))

    def forward(self, patches: Tensor, last_stage: int) -> Tensor:
        """(n, 3, K, K) to the last activations of a stage, 1 to 5; no further stage is computed."""
        values = patches
        for number in range(last_stage):
            values = self.stages[number](values)
        return values

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Take the weights of torchvision's VGG16 (`0.weight`, `0.bias`, `2.weight`, …).

        Raises:
            InputError: the weights are not those of a VGG16.
        """
        convolutions = [layer for layer in self.modules() if isinstance(layer, nn.Conv2d)]
        keys = sorted({int(key.split(".")[0]) for key in state if key.split(".")[0].isdecimal()})
        try:
            if len(keys) != sum(len(stage) for stage in _VGG16):
                raise ValueError(f"{len(keys)} convolutions")
            for key, layer in zip(keys, convolutions, strict=False):
                layer.load_state_dict({name: state[f"{key}.{name}"] for name in ("weight", "bias")})
        except (KeyError, ValueError, RuntimeError) as error:
            raise InputError("These weights are not those of VGG16's convolutions.") from error


class PatchEncoders(nn.Module):
    """One encoder per patch size: a trunk up to its tap, then a head of its own."""

    def __init__(self, sizes_px: Sequence[int], dim: int, width: float, *, shared: bool = True) -> None:
        """Make untrained networks from torch's global generator.

        Args:
            sizes_px: patch sizes, of 64, 32 and 16.
            dim: D, length of an embedding.
            width: factor on the channels of trunk and heads; 1 as published.
            shared: one trunk for all sizes, or one for each that ends at its tap.
        """
        super().__init__()
        trunks = {"shared": Trunk(width)} if shared else {str(K): Trunk(width, _TAPS[K]) for K in sizes_px}
        self.trunks = nn.ModuleDict(trunks)
        self.heads = nn.ModuleDict({str(size_px): _head(size_px, dim, width) for size_px in sizes_px})

    @property
    def every_trunk(self) -> list[Trunk]:
        """The shared trunk alone, or that of each size."""
        return [trunk for trunk in self.trunks.values() if isinstance(trunk, Trunk)]

    def patches(self, patches: Tensor, patch_px: int) -> Tensor:
        """(n, 3, K, K) patches of a size to (n, D) embeddings in (-1, 1).

        Raises:
            ValueError: patches of another size.
        """
        if patches.shape[-2:] != (patch_px, patch_px):
            raise ValueError(f"Patches must be {patch_px} px squares, not {tuple(patches.shape[-2:])}.")
        trunk = self.trunks["shared" if "shared" in self.trunks else str(patch_px)]
        tapped = trunk(patches, _TAPS[patch_px])
        embedded: Tensor = self.heads[str(patch_px)](tapped).flatten(1)
        return embedded


def scaled(channels: int, width: float) -> int:
    """Channels of a layer at a width."""
    return max(_LEAST_CHANNELS, round(channels * width))


def _head(size_px: int, dim: int, width: float) -> nn.Sequential:
    inputs = scaled(_VGG16[_TAPS[size_px] - 1][-1], width)
    layers: list[nn.Module] = []
    for channels, kernel in _HEADS[size_px]:
        outputs = scaled(channels, width)
        layers += [nn.Conv2d(inputs, outputs, kernel), nn.LeakyReLU(LEAK)]
        inputs = outputs
    return nn.Sequential(*layers, nn.Conv2d(inputs, dim, _LAST_KERNELS[size_px]), nn.Tanh())


def grid_of_patches(frame: Tensor, starts_px: Sequence[int], patch_px: int) -> Tensor:
    """All patches of one frame (1, 3, S, S) whose rows and columns start at given pixels, row by row."""
    rows = torch.stack([frame[0, :, start : start + patch_px] for start in starts_px])
    patches = torch.stack([rows[..., start : start + patch_px] for start in starts_px], dim=1)
    return patches.flatten(0, 1)
