"""What DRAEM learns from: normal images, half of them with a made-up defect. Torch-free."""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from detectors.methods.draem.hyperparameters import DraemHyperparameters
from detectors.synthesis import kinds
from detectors.synthesis.normals import NormalPictures
from detectors.synthesis.pixels import BoolMask, RgbImage

_LARGEST_TURN_DEG = 90.0


class Batch(NamedTuple):
    """One step's images.

    Attributes:
        images: (N, S, S, 3) uint8, what the networks see.
        clean: (N, S, S, 3) uint8, the same without made-up defects.
        masks: (N, S, S) bool, True on a made-up defect.
        usable: (N, S, S) bool, pixels that may train.
    """

    images: npt.NDArray[np.uint8]
    clean: npt.NDArray[np.uint8]
    masks: npt.NDArray[np.bool_]
    usable: npt.NDArray[np.bool_]


class Batches:
    """Draws batches; each image has a generator of its own, so that workers change nothing."""

    def __init__(self, normals: NormalPictures, chosen: DraemHyperparameters, workers: int) -> None:
        self._normals = normals
        self._chosen = chosen
        self._synthesis = kinds.create(chosen.synthesis_settings(), normals)
        self._pool = ThreadPoolExecutor(workers) if workers > 1 else None

    def draw(self, random: np.random.Generator) -> Batch:
        """The next batch; all chance comes from `random`."""
        generators = random.spawn(self._chosen.batch_size)
        rows = self._pool.map(self._row, generators) if self._pool else map(self._row, generators)
        return Batch(*(np.stack(parts) for parts in zip(*rows, strict=True)))

    def close(self) -> None:
        """Let the workers go."""
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def _row(self, random: np.random.Generator) -> tuple[RgbImage, RgbImage, BoolMask, BoolMask]:
        number = int(random.integers(len(self._normals)))
        clean, usable = self._normals[number], self._normals.usable(number)
        if random.random() < self._chosen.rotated_share:
            clean, usable = _turned(clean, usable, random)
        if random.random() >= self._chosen.anomaly_share:
            return clean, clean, np.zeros_like(usable), usable
        made = self._synthesis.make(clean, random, usable)
        return made.image, clean, made.mask, usable


def _turned(image: RgbImage, usable: BoolMask, random: np.random.Generator) -> tuple[RgbImage, BoolMask]:
    """Turned about the centre; what comes from outside is black."""
    angle = random.uniform(-_LARGEST_TURN_DEG, _LARGEST_TURN_DEG)
    turned = Image.fromarray(image).rotate(angle, Image.Resampling.BILINEAR)
    still_usable = Image.fromarray(usable).rotate(angle, Image.Resampling.NEAREST, fillcolor=1)
    return np.asarray(turned), np.asarray(still_usable)
