"""Training features on disk: appended as they are extracted, read as a memory map."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from detectors.errors import InputError
from detectors.features.extractor import PatchFeatures


@dataclass(frozen=True)
class TrainingFeatures:
    """Features of all training images, and where each row came from.

    Attributes:
        vectors: (N, d) float16, a memory map or an array; grouped by image, in order.
        source_image: (N,) int64, number of the training image.
        cells: (N, 2) int32, (row, col) on that image's grid.
    """

    vectors: npt.NDArray[np.float16]
    source_image: npt.NDArray[np.int64]
    cells: npt.NDArray[np.int32]

    def rows_of(self, image: int) -> slice:
        """The rows of one image (they lie together)."""
        first, end = np.searchsorted(self.source_image, [image, image + 1])
        return slice(int(first), int(end))


class FeatureSpill:
    """Float16 features of many images in one raw file, with the image and cell of each row in memory."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stream = path.open("wb")
        self._rows_per_image: list[int] = []
        self._cells: list[npt.NDArray[np.int32]] = []
        self._dim = 0

    def append(self, features: PatchFeatures) -> None:
        """Add the usable cells of the next image."""
        vectors = features.vectors
        self._dim = vectors.shape[1]
        vectors.tofile(self._stream)
        self._rows_per_image.append(len(vectors))
        self._cells.append(features.cells)

    def finish(self) -> TrainingFeatures:
        """Close the file and map it; `InputError` if every cell of every image was excluded.

        The map stays valid when the file is unlinked: the space is freed when the map goes.
        """
        self._stream.close()
        rows = sum(self._rows_per_image)
        if rows == 0:
            raise InputError("The masks exclude every part of every training image.")
        images = np.arange(len(self._rows_per_image), dtype=np.int64)
        return TrainingFeatures(
            vectors=np.memmap(self._path, dtype=np.float16, mode="r", shape=(rows, self._dim)),
            source_image=np.repeat(images, self._rows_per_image),
            cells=np.concatenate(self._cells),
        )
