"""What a fit of the patch methods learns from, and what it ends with."""

from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from torch import nn

from detectors.base import FitContext
from detectors.memory.bank import MemoryBank
from detectors.memory.sources import SourceImages
from detectors.memory.training_patches import TrainingPatches
from detectors.methods.patches.frames import MeanFrame, TrainingFrames
from detectors.methods.patches.spaces import ScaleMemory
from detectors.training.trials import Trials

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


@dataclass(frozen=True)
class Lessons:
    """What a training learns from: frames, and trials for the choice of the encoder, or None."""

    frames: TrainingFrames
    trials: Trials | None
    context: FitContext


def memory_file(patch_px: int) -> str:
    """The name of a patch size's memory in an artifact."""
    return f"memory_{patch_px}.safetensors"


def as_training(bank: MemoryBank) -> TrainingPatches:
    """A bank that keeps every training patch is its own pool: each vector stands for itself."""
    everyone = np.arange(len(bank), dtype=np.int32)
    return TrainingPatches(bank.vectors, bank.source_image, bank.cell, everyone)
