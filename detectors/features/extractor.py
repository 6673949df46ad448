"""Patch features of prepared samples, rounded to float16, at one fixed batch size.

Every path (fit, score, live) extracts here, so the same pixels give the same bytes: batches are padded to
one size, because a convolution's rounding may depend on its batch size.
"""

import copy
import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from detectors.errors import InputError
from detectors.features import embeddings
from detectors.features.backbones import Backbone
from detectors.features.whitening import Whitening
from detectors.placement import Placement
from detectors.regions import BoolGrid
from detectors.samples import Sample

FeatureGrid = npt.NDArray[np.float16]
Tile = npt.NDArray[Any]

_CPU_BATCH, _GPU_BATCH = 1, 32
"""On a CPU an image alone takes no longer than in a batch, whose maps leave the cache from four images on."""


@dataclass(frozen=True)
class PatchFeatures:
    """The features of one image.

    Attributes:
        grid: (rows, cols, d) float16; zeros where no tile looks.
        usable: (rows, cols) bool, cells that train or score.
        size_px: (height, width) of the image.
        placement: where the image lies on the template that the grid belongs to; None: its own grid.
    """

    grid: FeatureGrid
    usable: BoolGrid
    size_px: tuple[int, int]
    placement: Placement | None = None

    @property
    def vectors(self) -> npt.NDArray[np.float16]:
        """(P, d) float16: the usable cells' features, row by row."""
        return self.grid[self.usable]

    @property
    def cells(self) -> npt.NDArray[np.int32]:
        """(P, 2) int32: (row, col) of each of `vectors`."""
        return np.argwhere(self.usable).astype(np.int32)


class FeatureExtractor:
    """A backbone and an embedding, with the scale of each layer fixed at fit."""

    def __init__(
        self,
        backbone: Backbone,
        *,
        embedding: str,
        patch_size: int,
        image_size_px: int,
        batch_size: int,
        device: torch.device,
        scales: tuple[float, ...] | None = None,
        whitening: Whitening | None = None,
    ) -> None:
        """Prepare for inference.

        Args:
            backbone: from `load_backbone`.
            embedding: `concat` or `official`.
            patch_size: side of the averaged neighbourhood, in cells; odd.
            image_size_px: side of the network's square input.
            batch_size: tiles per batch; 0 chooses by device.
            device: where to run.
            scales: one factor per layer; None for 1 until `learn_scales`.
            whitening: applied to the embedded features; None for none until `learn_whitening`.
        """
        self.backbone = backbone.to(device).to(memory_format=torch.channels_last)
        self.scales = scales or (1.0,) * len(backbone.layers)
        self.whitening = whitening
        self._embed = embeddings.official if embedding == "official" else embeddings.concat
        self._patch_size = patch_size
        self._image_size_px = image_size_px
        self._batch_size = batch_size or (_GPU_BATCH if device.type == "cuda" else _CPU_BATCH)
        self._device = device

    def unscaled(self) -> "FeatureExtractor":
        """The same network and embedding, its scales and whitening not yet learned."""
        fresh = copy.copy(self)
        fresh.scales, fresh.whitening = (1.0,) * len(self.scales), None
        return fresh

    @property
    def device(self) -> torch.device:
        """Where the network runs."""
        return self._device

    @property
    def device_name(self) -> str:
        """`cpu`, or the name of the GPU."""
        return torch.cuda.get_device_name(self._device) if self._device.type == "cuda" else "cpu"

    @cached_property
    def cell_px(self) -> int:
        """Side of one cell of the grid, in network pixels."""
        return self._image_size_px // self._layer_cells[0]

    @cached_property
    def dimension(self) -> int:
        """Values of one feature."""
        return int(self._features([self._blank()])[0].shape[-1])

    @cached_property
    def reach_cells(self) -> int:
        """How far around a cell its feature sees: the averaging of the coarsest layer, brought to the grid.

        The network itself sees farther, ever more weakly: at this distance a black or white square of two
        cells moved features by about as much as two normal images differ, or less (six textures, 0.3 to 1.2
        times), next to it by twice as much.
        """
        half = self._patch_size // 2
        ratios = [-(-self._layer_cells[0] // cells) for cells in self._layer_cells]
        # A coarse cell reaches bilinearly to the middles of its neighbours.
        return max(half if ratio == 1 else math.ceil(ratio * (half + 1.5) - 0.5) - 1 for ratio in ratios)

    @cached_property
    def _layer_cells(self) -> tuple[int, ...]:
        """Side of each layer's map, in its own cells."""
        return tuple(layer.shape[-1] for layer in self._layers([self._blank()]))

    def learn_scales(self, samples: Iterable[Sample]) -> None:
        """Fix each layer's factor to 1 / RMS of its activations over the given samples."""
        squares, counts = np.zeros(len(self.scales)), np.zeros(len(self.scales))
        tiles = (tile for sample in samples for tile in sample.tiles)
        for batch in _batched(tiles, self._batch_size):
            for number, layer in enumerate(self._layers(batch)):
                squares[number] += float(layer[: len(batch)].double().square().sum())
                counts[number] += layer[: len(batch)].numel()
        rms = np.sqrt(squares / np.maximum(counts, 1))
        self.scales = tuple(float(1 / value) if value > 0 else 1.0 for value in rms)

    def learn_whitening(self, samples: Iterable[Sample]) -> None:
        """Fix the whitening to the covariance of the usable patches of the given samples."""
        self.whitening = Whitening.learn(features.vectors for features in self.extract(samples))

    def extract(self, samples: Iterable[Sample]) -> Iterator[PatchFeatures]:
        """Features of each sample, in order, without holding more than a batch of tiles.

        Raises:
            InputError: NaN or infinite features (broken weights).
        """
        waiting: list[Sample] = []

        def tiles() -> Iterator[Tile]:
            for sample in samples:
                waiting.append(sample)
                yield from sample.tiles

        grids: list[FeatureGrid] = []
        for batch in _batched(tiles(), self._batch_size):
            grids += self._features(batch)
            while waiting and len(grids) >= len(waiting[0].tiles):
                sample = waiting.pop(0)
                count = len(sample.tiles)
                stitched = sample.layout.stitch(np.stack(grids[:count]))
                yield PatchFeatures(stitched, sample.usable, sample.size_px, sample.placement)
                del grids[:count]

    def _features(self, batch: list[Tile]) -> list[FeatureGrid]:
        layers = [layer * scale for layer, scale in zip(self._layers(batch), self.scales, strict=True)]
        with torch.inference_mode():
            features = self._embed(layers, self._patch_size).permute(0, 2, 3, 1)[: len(batch)]
            if self.whitening is not None:
                features = self.whitening.apply(features)
        grids: npt.NDArray[np.float16] = features.half().cpu().numpy()
        if not np.isfinite(grids).all():
            raise InputError("The backbone gave NaN or infinite features; are its weights damaged?")
        return list(grids)

    def _layers(self, batch: list[Tile]) -> list[Tensor]:
        padded = batch + [self._blank()] * (self._batch_size - len(batch))
        pixels = torch.from_numpy(np.stack(padded)).to(self._device).float().permute(0, 3, 1, 2)
        with torch.inference_mode():
            layers: list[Tensor] = self.backbone(pixels)
        return layers

    def _blank(self) -> Tile:
        return np.zeros((self._image_size_px, self._image_size_px, 3), dtype=np.uint8)


def _batched(tiles: Iterable[Tile], size: int) -> Iterator[list[Tile]]:
    iterator = iter(tiles)
    while batch := list(itertools.islice(iterator, size)):
        yield batch
