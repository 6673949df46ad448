"""The base of the detectors that compare patches of several sizes with the training images' patches.

A frame's patches are embedded on one grid per size; each patch scores by its distance to the nearest normal
patch of its size; a pixel scores by the mean over the patches that cover it; a method says how the maps of
the sizes come together and what the image's score is.
"""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from detectors.artifacts import Artifact, write_tensors
from detectors.base import CellScores, FitContext
from detectors.errors import ArtifactError, NotFittedError
from detectors.layout import Framing, Layout
from detectors.maps import FloatMap
from detectors.memory.arrays import Float16Array
from detectors.memory.bank import MemoryBank
from detectors.methods.patches.encoding import normalised
from detectors.methods.patches.frames import MeanFrame, TrainingFrames, usable_tiles
from detectors.methods.patches.geometry import CELL_PX, PatchGrid
from detectors.methods.patches.hyperparameters import PatchHyperparameters
from detectors.methods.patches.spaces import EmbeddingSpill, ScaleMemory
from detectors.regions import BoolGrid
from detectors.samples import Sample
from detectors.training.detector import TrainedDetector
from detectors.training.loop import Trained
from detectors.training.networks import arrays_of, load_arrays

Encoder = TypeVar("Encoder", bound=nn.Module)

_READING_SHARE, _TRAINING_SHARE = 0.05, 0.85
_ENCODER_FILE, _FRAME_FILE = "encoder.safetensors", "frame.safetensors"


@dataclass(frozen=True)
class Fitted(Generic[Encoder]):
    """A fitted detector: its encoder, the mean frame (S, S, 3), and a memory per patch size."""

    encoder: Encoder
    mean: MeanFrame
    memories: dict[int, ScaleMemory]


@dataclass(frozen=True)
class ImagePatches:
    """The features of one image's patches.

    Attributes:
        features: by patch size, (tiles, n, n, D) float16.
        usable: (rows, cols) bool, the image's usable cells.
        layout: where its tiles lie.
    """

    features: dict[int, Float16Array]
    usable: BoolGrid
    layout: Layout


class PatchMemoryDetector(TrainedDetector, Generic[Encoder]):
    """Trains an encoder of patches, and scores by the distance to the nearest normal patch at each size."""

    hyperparameters: PatchHyperparameters

    def __init__(self, **hyperparameters: Any) -> None:
        super().__init__(**hyperparameters)
        self._fitted: Fitted[Encoder] | None = None

    @property
    def banks(self) -> dict[int, MemoryBank]:
        """The memories by patch size, each vector with its source image and its patch's top-left cell."""
        return {patch_px: memory.bank for patch_px, memory in self._state().memories.items()}

    def _grids(self) -> dict[int, PatchGrid]:
        chosen = self.hyperparameters
        return {
            patch_px: PatchGrid(chosen.image_size, patch_px, stride_px)
            for patch_px, stride_px in chosen.strides_px().items()
        }

    def _framing(self) -> Framing:
        chosen = self.hyperparameters
        return Framing(
            image_size_px=chosen.image_size,
            cell_px=CELL_PX,
            tile_size_px=chosen.tile_size,
            tile_overlap=chosen.tile_overlap,
        )

    def _fit(self, samples: Sequence[Sample], context: FitContext) -> None:
        frames = TrainingFrames(samples, tuple(self._grids()), context.share(0.0, _READING_SHARE))
        encoder, trained = self._trained(frames, context.share(_READING_SHARE, _TRAINING_SHARE))
        encoder.eval()
        report = self._report_of(trained, len(frames))
        remembering = context.share(_TRAINING_SHARE, 1.0)
        memories = self._remember(encoder, frames.mean, samples, remembering)
        self._fitted, self._report = Fitted(encoder, frames.mean, memories), report

    def _remember(
        self, encoder: Encoder, mean: MeanFrame, samples: Sequence[Sample], context: FitContext
    ) -> dict[int, ScaleMemory]:
        """The memories of the patches that hold usable pixels alone."""
        grids = self._grids()
        spills = {K: EmbeddingSpill(context.scratch / f"embeddings{K}", grid) for K, grid in grids.items()}
        for number, sample in enumerate(samples):
            self._remember_one(encoder, mean, number, sample, spills)
            context.progress((number + 1) / len(samples), f"Embedded image {number + 1} of {len(samples)}")
        chosen = self.hyperparameters
        return {
            K: spill.finish(chosen.embedding_dim, chosen.bank_rows, chosen.seed)
            for K, spill in spills.items()
        }

    def _remember_one(
        self,
        encoder: Encoder,
        mean: MeanFrame,
        number: int,
        sample: Sample,
        spills: dict[int, EmbeddingSpill],
    ) -> None:
        embedded = self._embedded(encoder, mean, sample)
        usable = usable_cells(sample.layout, sample.usable)
        corners = tile_corners(sample.layout)
        for patch_px, grid in self._grids().items():
            for tile, corner in enumerate(corners):
                whole = grid.whole(usable[tile])
                cells = grid.corners_cells[whole.ravel()] + corner
                spills[patch_px].append(number, embedded[patch_px][tile][whole], cells)

    def _judge(self, samples: Iterable[Sample]) -> Iterator[CellScores]:
        fitted = self._state()
        for sample in samples:
            yield self._judged(self._patches(fitted, sample))

    def _patches(self, fitted: Fitted[Encoder], sample: Sample) -> ImagePatches:
        embedded = self._embedded(fitted.encoder, fitted.mean, sample)
        features = {K: memory.space.features(embedded[K]) for K, memory in fitted.memories.items()}
        return ImagePatches(features, sample.usable, sample.layout)

    def _judged(self, patches: ImagePatches) -> CellScores:
        fitted, neighbours = self._state(), self.hyperparameters.k_neighbors
        maps = {}
        for patch_px, features in patches.features.items():
            memory = fitted.memories[patch_px]
            scores = memory.patch_scores(features.reshape(-1, features.shape[-1]), neighbours)
            maps[patch_px] = spread_over_cells(memory.grid, scores.reshape(features.shape[:3]), patches)
        cells = np.where(patches.usable, self._combined(maps), np.float32(0))
        return CellScores(self._image_score(cells, patches.usable), cells)

    def _embedded(
        self, encoder: Encoder, mean: MeanFrame, sample: Sample
    ) -> dict[int, npt.NDArray[np.float32]]:
        """By patch size, (tiles, n, n, D): one tile at a time, so that grouping changes nothing."""
        device, grids = self._device(), self._grids()
        parts: dict[int, list[npt.NDArray[np.float32]]] = {patch_px: [] for patch_px in grids}
        for tile in sample.tiles:
            with torch.inference_mode():
                embedded = self._embed(encoder, normalised(tile[None], mean, device))
            for patch_px, values in embedded.items():
                parts[patch_px].append(values.float().cpu().numpy())
        return {patch_px: np.stack(values) for patch_px, values in parts.items()}

    def _state(self) -> Fitted[Encoder]:
        if self._fitted is None:
            raise NotFittedError("The detector is not fitted yet: call fit first.")
        return self._fitted

    def _write(self, folder: Path) -> dict[str, Any]:
        fitted = self._state()
        write_tensors(folder / _ENCODER_FILE, arrays_of(fitted.encoder))
        write_tensors(folder / _FRAME_FILE, {"mean": fitted.mean})
        for patch_px, memory in fitted.memories.items():
            write_tensors(folder / _memory_file(patch_px), memory.to_arrays())
        return {"training": self._report_state()}

    def _read(self, artifact: Artifact) -> None:
        encoder = self._untrained().to(self._device()).eval()
        load_arrays(encoder, artifact.tensors(_ENCODER_FILE), str(artifact.folder / _ENCODER_FILE))
        frame = artifact.tensors(_FRAME_FILE)
        if "mean" not in frame or "training" not in artifact.state:
            raise ArtifactError(f"{artifact.folder} is incomplete.")
        memories = {
            patch_px: ScaleMemory.from_arrays(grid, artifact.tensors(_memory_file(patch_px)))
            for patch_px, grid in self._grids().items()
        }
        self._read_report(artifact, artifact.state["training"])
        self._fitted = Fitted(encoder, frame["mean"], memories)

    @abstractmethod
    def _untrained(self) -> Encoder:
        """The encoder that the hyperparameters describe, with the first weights that their seed gives."""

    @abstractmethod
    def _trained(self, frames: TrainingFrames, context: FitContext) -> tuple[Encoder, Trained]:
        """Train an encoder on the device."""

    @abstractmethod
    def _embed(self, encoder: Encoder, frame: Tensor) -> dict[int, Tensor]:
        """By patch size, (n, n, D) embeddings of the grid's patches of one frame (1, 3, S, S)."""

    @abstractmethod
    def _combined(self, maps: dict[int, FloatMap]) -> FloatMap:
        """Bring the maps of the patch sizes, (rows, cols) each, together."""

    @abstractmethod
    def _image_score(self, cells: FloatMap, usable: BoolGrid) -> float:
        """The image's score from its map; unusable cells are 0."""


def spread_over_cells(grid: PatchGrid, scores: npt.NDArray[np.float32], patches: ImagePatches) -> FloatMap:
    """Patch scores (tiles, n, n) as the image's map of mean scores.

    Where patches lie wholly in the usable region, these alone count; a cell that none of them covers takes
    the mean over all patches that cover it.
    """
    usable = usable_cells(patches.layout, patches.usable)
    tiles = []
    for tile, values in enumerate(scores):
        everything = grid.spread(values)
        whole = grid.whole(usable[tile])
        if not whole.all():
            covered = grid.counts(whole.astype(np.float64)) > 0
            everything = np.where(covered, grid.spread(values, whole), everything)
        tiles.append(everything)
    stitched: FloatMap = patches.layout.stitch(np.stack(tiles))
    return stitched


def usable_cells(layout: Layout, usable: BoolGrid) -> npt.NDArray[np.bool_]:
    """(tiles, cells, cells) bool: an image's usable cells, tile by tile."""
    pixels = usable_tiles(layout, usable)
    return pixels[:, :: layout.cell_px, :: layout.cell_px]


def tile_corners(layout: Layout) -> npt.NDArray[np.int32]:
    """(tiles, 2): each tile's top-left cell on the image's grid."""
    return np.array([(row, col) for row in layout.rows.starts for col in layout.cols.starts], dtype=np.int32)


def _memory_file(patch_px: int) -> str:
    return f"memory_{patch_px}.safetensors"
