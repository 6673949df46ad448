"""Training batches: normal frames, and the same frames with made-up defects."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from detectors.synthesis.base import Synthesis
from detectors.training.frames import Frames

_ATTEMPTS = 5
"""A mask may miss the foreground; so many new ones are tried before the sample stays normal."""


class Batch(NamedTuple):
    """Samples of a training step.

    Attributes:
        clean: (B, 3, S, S) float32, 0…255.
        made_up: like `clean`; where `mask` is 0, the same values.
        mask: (B, S, S) int64, 1 = defect.
        usable: (B, S, S) bool, pixels that may train.
    """

    clean: Tensor
    made_up: Tensor
    mask: Tensor
    usable: Tensor


class Batches:
    """Draws batches from frames; every draw depends on the given generator alone."""

    def __init__(self, frames: Frames, numbers: Sequence[int], synthesis: Synthesis) -> None:
        """Draw from the frames with these numbers."""
        self._frames, self._numbers, self._synthesis = frames, list(numbers), synthesis

    def draw(self, size: int, normal_share: float, random: np.random.Generator) -> Batch:
        """`size` random frames, each left normal with probability `normal_share`."""
        samples = [
            self._sample(int(random.choice(self._numbers)), bool(random.random() < normal_share), random)
            for _ in range(size)
        ]
        clean, made_up, mask, usable = (np.stack(parts) for parts in zip(*samples, strict=True))
        return Batch(
            _channels_first(clean),
            _channels_first(made_up),
            torch.from_numpy(mask.astype(np.int64)),
            torch.from_numpy(usable),
        )

    def _sample(
        self, number: int, stays_normal: bool, random: np.random.Generator
    ) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        clean = np.array(self._frames.tiles[number])
        usable = np.array(self._frames.usable[number])
        if stays_normal:
            return clean, clean, np.zeros(usable.shape, dtype=bool), usable
        picture = clean if clean.dtype == np.uint8 else clean.round().astype(np.uint8)
        for _ in range(_ATTEMPTS):
            made = self._synthesis.make(picture, random, usable)
            if made.mask.any():
                break
        # Outside the mask the frame stays as it is, also where it is finer than 8 bits.
        changed = np.where(made.mask[:, :, None], made.image, clean).astype(clean.dtype)
        return clean, changed, made.mask, usable


def _channels_first(frames: npt.NDArray[Any]) -> Tensor:
    return torch.from_numpy(frames.astype(np.float32)).permute(0, 3, 1, 2)
