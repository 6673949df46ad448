"""What a fit of the patch methods learns from, and what it ends with."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from torch import nn

from detectors.artifacts import Artifact, write_tensors
from detectors.base import FitContext
from detectors.errors import ArtifactError
from detectors.memory.bank import MemoryBank
from detectors.memory.sources import SourceImages
from detectors.memory.training_patches import TrainingPatches
from detectors.methods.patches.frames import MeanFrame, TrainingFrames
from detectors.methods.patches.geometry import PatchGrid
from detectors.methods.patches.spaces import ScaleMemory
from detectors.training.networks import arrays_of, load_arrays
from detectors.training.trials import Trials

_ENCODER_FILE, _FRAME_FILE = "encoder.safetensors", "frame.safetensors"

Encoder = TypeVar("Encoder", bound=nn.Module)


@dataclass(frozen=True)
class Fitted(Generic[Encoder]):
    """A fitted detector.

    Attributes:
        encoder: embeds patches.
        mean: (S, S, 3), the mean frame.
        memories: by patch size.
        sources: the training images; none of a model from before they were kept.
    """

    encoder: Encoder
    mean: MeanFrame
    memories: dict[int, ScaleMemory]
    sources: SourceImages

    def write(self, folder: Path) -> None:
        """Write everything into an artifact's folder."""
        write_tensors(folder / _ENCODER_FILE, arrays_of(self.encoder))
        write_tensors(folder / _FRAME_FILE, {"mean": self.mean, **self.sources.to_arrays()})
        for patch_px, memory in self.memories.items():
            write_tensors(folder / _memory_file(patch_px), memory.to_arrays())


def read_fitted(artifact: Artifact, encoder: Encoder, grids: Mapping[int, PatchGrid]) -> Fitted[Encoder]:
    """Read what `Fitted.write` wrote, weights into a given encoder; `ArtifactError` if a part is missing."""
    load_arrays(encoder, artifact.tensors(_ENCODER_FILE), str(artifact.folder / _ENCODER_FILE))
    frame = artifact.tensors(_FRAME_FILE)
    if "mean" not in frame:
        raise ArtifactError(f"{artifact.folder} is incomplete.")
    memories = {
        patch_px: ScaleMemory.from_arrays(grid, artifact.tensors(_memory_file(patch_px)))
        for patch_px, grid in grids.items()
    }
    sources = SourceImages.from_arrays(frame) if "sizes_px" in frame else SourceImages.of([])
    return Fitted(encoder, frame["mean"], memories, sources)


@dataclass(frozen=True)
class Lessons:
    """What a training learns from: frames, and trials for the choice of the encoder, or None."""

    frames: TrainingFrames
    trials: Trials | None
    context: FitContext


def _memory_file(patch_px: int) -> str:
    return f"memory_{patch_px}.safetensors"


def as_training(bank: MemoryBank) -> TrainingPatches:
    """A bank that keeps every training patch is its own pool: each vector stands for itself."""
    everyone = np.arange(len(bank), dtype=np.int32)
    return TrainingPatches(bank.vectors, bank.source_image, bank.cell, everyone)
