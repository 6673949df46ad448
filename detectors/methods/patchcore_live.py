"""PatchCore as a live learner: one bank, a patch for every usable cell."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from detectors import regions
from detectors.errors import InputError
from detectors.images import ImageArray
from detectors.maps import FloatMap
from detectors.memory.arrays import Float16Array, Float32Array
from detectors.memory.bank import MemoryBank
from detectors.memory.cache import FeatureSpace
from detectors.memory.learner import PlacesOf, Seen, as_trained
from detectors.memory.live import FeatureSource, LiveMemory
from detectors.memory.live_scales import ONLY_SCALE, LiveScales
from detectors.memory.rows import BankRows
from detectors.memory.scores import ImageScore
from detectors.regions import BoolGrid
from detectors.samples import Mask

if TYPE_CHECKING:
    from detectors.methods.patchcore import PatchCore


@dataclass(frozen=True)
class CellPlaces:
    """One patch for each usable cell, row by row; see `memory.learner.Places`.

    Attributes:
        usable: (rows, cols), True = cells that are scored.
        reach_cells: how many cells around a pixel's own also see it.
        smoothing_sigma: standard deviation of the map's smoothing, in cells.
    """

    usable: BoolGrid
    reach_cells: int
    smoothing_sigma: float

    def joining(
        self,
        features: Mapping[str, Float16Array],
        identity: int,
        wanted: Mask | None,
        refused: Mask | None,
    ) -> dict[str, BankRows]:
        cells = self.usable.copy()
        if wanted is not None:
            cells &= regions.touched(wanted, cells.shape, 0)
        if refused is not None:
            cells &= ~regions.touched(refused, cells.shape, self.reach_cells)
        vectors = features[ONLY_SCALE][cells[self.usable]]
        identities = np.full(len(vectors), identity, np.int64)
        return {ONLY_SCALE: BankRows(vectors, identities, np.argwhere(cells).astype(np.int32))}

    def score_map(self, distances: Mapping[str, Float32Array]) -> FloatMap:
        cells: FloatMap = np.zeros(self.usable.shape, np.float32)
        cells[self.usable] = distances[ONLY_SCALE]
        return regions.smoothed(cells, self.usable, self.smoothing_sigma)


class PatchCoreLearner:
    """See `memory.learner.LiveLearner`."""

    def __init__(self, detector: "PatchCore") -> None:
        self._detector = detector

    @property
    def banks(self) -> Mapping[str, MemoryBank]:
        return {ONLY_SCALE: self._detector.bank}

    def feature_space(self) -> FeatureSpace:
        return self._detector.feature_space()

    def read(self, images: Sequence[ImageArray], rois: Sequence[Mask | None]) -> Iterator[Seen]:
        reach, sigma = self._detector.reach_cells, self._detector.hyperparameters.smoothing_sigma
        for found in self._detector.embed(images, rois):
            yield Seen(CellPlaces(found.usable, reach, sigma), {ONLY_SCALE: found.vectors})

    def memory(self, features: FeatureSource, places: PlacesOf) -> LiveScales:
        chosen = self._detector.hyperparameters
        try:
            training = self._detector.training_patches()
        except InputError:  # fitted without keeping them: a removal then leaves gaps until the next training
            training = None
        own = LiveMemory(
            as_trained(self._detector.bank),
            features,
            training=training,
            image_score=cast(ImageScore, chosen.image_score),
            neighbours=chosen.b,
            patch_neighbours=chosen.k_neighbors,
        )
        return LiveScales({ONLY_SCALE: own})
