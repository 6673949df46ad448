"""The embeddings of one patch scale: centred, scaled, rounded to float16, and held in a memory bank.

Embeddings of an untrained or weakly trained encoder lie close together, far from the origin. Rounded as they
are they would be the same number; less their mean and over their spread they keep their digits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.errors import ArtifactError, TrainingError
from detectors.memory.arrays import AnyArray, Float16Array, Float32Array
from detectors.memory.bank import MemoryBank
from detectors.memory.coreset import k_centre_greedy
from detectors.methods.patches.geometry import PatchGrid

LEAST_SPREAD = 1e-6
"""Embeddings nearer together than this differ by rounding alone: the encoder has collapsed."""

_LEAST_SPREAD_SHARE = 1e-5
"""The same as a share of their length, at which float32 keeps no more than two digits of a difference."""

_BLOCK_ROWS = 65_536


@dataclass(frozen=True)
class PatchSpace:
    """How embeddings of a scale become the bank's features.

    Attributes:
        centre: (D,) float32, mean embedding of the training patches.
        spread: root of the mean squared distance of the training embeddings from their centre; 1 of a
            single one.
    """

    centre: Float32Array
    spread: float

    def features(self, embeddings: AnyArray) -> Float16Array:
        """(…, D) embeddings to float16 features; distances of features times `spread` are theirs."""
        return ((embeddings - self.centre) / np.float32(self.spread)).astype(np.float16)


class EmbeddingSpill:
    """Embeddings of the training patches of one scale on disk, with the image and cell of each."""

    def __init__(self, path: Path, grid: PatchGrid) -> None:
        self._path, self._grid = path, grid
        self._stream = path.open("wb")
        self._images: list[npt.NDArray[np.int64]] = []
        self._cells: list[npt.NDArray[np.int32]] = []

    def append(self, image: int, embeddings: AnyArray, cells: npt.NDArray[np.int32]) -> None:
        """Add patches (n, D) of an image, with their top-left cells (n, 2)."""
        embeddings.astype(np.float32).tofile(self._stream)
        self._images.append(np.full(len(embeddings), image, dtype=np.int64))
        self._cells.append(cells)

    def finish(self, dim: int, rows: int, seed: int) -> "ScaleMemory":
        """Centre, scale, choose and hold the patches.

        Args:
            dim: D.
            rows: patches that the bank keeps, chosen greedily; 0: all.
            seed: of that choice.

        Raises:
            TrainingError: all embeddings are the same.
        """
        self._stream.close()
        images, cells = np.concatenate(self._images), np.concatenate(self._cells)
        embeddings = np.memmap(self._path, np.float32, "r", shape=(len(images), dim))
        space = _space_of(embeddings, self._grid.patch_px)
        features = np.empty(embeddings.shape, np.float16)
        for first in range(0, len(images), _BLOCK_ROWS):
            block = slice(first, first + _BLOCK_ROWS)
            features[block] = space.features(embeddings[block])
        if not 0 < rows < len(images):
            return ScaleMemory(self._grid, space, MemoryBank(features, images, cells, 0.0))
        chosen = k_centre_greedy(features, rows, seed=seed)
        kept = chosen.indices
        bank = MemoryBank(features[kept], images[kept], cells[kept], chosen.cover_radius)
        return ScaleMemory(self._grid, space, bank)


@dataclass(frozen=True)
class ScaleMemory:
    """What is known of the patches of one scale.

    Attributes:
        grid: where they lie.
        space: how their embeddings become features.
        bank: the normal ones.
    """

    grid: PatchGrid
    space: PatchSpace
    bank: MemoryBank

    def to_arrays(self) -> dict[str, AnyArray]:
        """The space and the bank as plain arrays."""
        return {
            **self.bank.to_arrays(),
            "centre": self.space.centre,
            "spread": np.array([self.space.spread], dtype=np.float64),
        }

    @classmethod
    def from_arrays(cls, grid: PatchGrid, arrays: dict[str, Any]) -> "ScaleMemory":
        """Read what `to_arrays` wrote; `ArtifactError` if an array is missing."""
        try:
            space = PatchSpace(arrays["centre"], float(arrays["spread"][0]))
        except (KeyError, IndexError) as error:
            raise ArtifactError(f"The patch memory's arrays are incomplete: {error} is missing.") from error
        return cls(grid, space, MemoryBank.from_arrays(arrays))


def _space_of(embeddings: AnyArray, patch_px: int) -> PatchSpace:
    blocks = [slice(first, first + _BLOCK_ROWS) for first in range(0, len(embeddings), _BLOCK_ROWS)]
    centre = _total(embeddings, blocks, 0.0) / len(embeddings)
    variance = _total(embeddings, blocks, centre, power=2).sum() / len(embeddings)
    spread = float(np.sqrt(variance))
    length = float(np.sqrt(variance + np.square(centre).sum()))
    if len(embeddings) == 1:
        return PatchSpace(centre.astype(np.float32), 1.0)
    if not spread > max(LEAST_SPREAD, _LEAST_SPREAD_SHARE * length):
        raise TrainingError(
            f"The encoder gives every patch of {patch_px} × {patch_px} px the same embedding, so nothing can "
            "be told apart. Are the training images plain, or all the same? Otherwise a smaller SVDD weight "
            "or learning rate helps."
        )
    return PatchSpace(centre.astype(np.float32), spread)


def _total(
    embeddings: AnyArray, blocks: Sequence[slice], centre: Any, power: int = 1
) -> npt.NDArray[np.float64]:
    total = np.zeros(embeddings.shape[1])
    for block in blocks:
        total += ((embeddings[block].astype(np.float64) - centre) ** power).sum(axis=0)
    return total
