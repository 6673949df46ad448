"""Detectors that compare patches of several sizes as live learners: a bank for each size."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from detectors import regions
from detectors.base import CellScores
from detectors.errors import InputError
from detectors.images import ImageArray
from detectors.maps import FloatMap
from detectors.memory.arrays import Float16Array, Float32Array
from detectors.memory.bank import MemoryBank
from detectors.memory.cache import FeatureSpace
from detectors.memory.learner import PlacesOf, Seen, as_trained
from detectors.memory.live import FeatureSource, LiveMemory
from detectors.memory.live_scales import LiveScales, ScaleFeatures
from detectors.memory.rows import BankRows
from detectors.memory.training_patches import TrainingPatches
from detectors.methods.patches.features import ImagePatches
from detectors.samples import Mask

if TYPE_CHECKING:
    from detectors.methods.patches.detector import PatchMemoryDetector


@dataclass(frozen=True)
class PatchPlaces:
    """Overlapping patches on a grid of each size; see `memory.learner.Places`.

    Attributes:
        detector: makes maps and scores of distances.
        patches: where the patches lie, without features.
    """

    detector: "PatchMemoryDetector[Any]"
    patches: ImagePatches

    def joining(
        self,
        features: Mapping[str, Float16Array],
        identity: int,
        wanted: Mask | None,
        refused: Mask | None,
    ) -> dict[str, BankRows]:
        grid = self.patches.usable.shape
        free = self.patches.usable.copy()
        if refused is not None:
            free &= ~regions.touched(refused, grid, 0)
        beside = None if wanted is None else ~regions.touched(wanted, grid, 0)
        joining = {}
        for size, vectors in features.items():
            taken = self.patches.inside(size, free)
            if beside is not None:
                taken &= ~self.patches.inside(size, beside)
            identities = np.full(int(taken.sum()), identity, np.int64)
            joining[size] = BankRows(vectors[taken], identities, self.patches.cells(size)[taken])
        return joining

    def score_map(self, distances: Mapping[str, Float32Array]) -> FloatMap:
        return self.judged(distances).cells

    def judged(self, distances: Mapping[str, Float32Array]) -> CellScores:
        """The map and the image score of (P,) distances at each size."""
        return self.detector.judge_distances(self.patches, distances)


class PatchMemoryLearner:
    """See `memory.learner.LiveLearner`."""

    def __init__(self, detector: "PatchMemoryDetector[Any]") -> None:
        self._detector = detector

    @property
    def banks(self) -> Mapping[str, MemoryBank]:
        return self._detector.banks

    def feature_space(self) -> FeatureSpace:
        return self._detector.feature_space()

    def read(self, images: Sequence[ImageArray], rois: Sequence[Mask | None]) -> Iterator[Seen]:
        for found in self._detector.embed(images, rois):
            yield Seen(PatchPlaces(self._detector, replace(found, features={})), found.features)

    def memory(self, features: FeatureSource, places: PlacesOf) -> LiveScales:
        training: Mapping[str, TrainingPatches] = {}
        with contextlib.suppress(InputError):  # of a capped memory: removals leave gaps until trained again
            training = self._detector.training_patches()
        memories = {
            size: LiveMemory(
                as_trained(bank),
                ScaleFeatures(features, size),
                training=training.get(size),
                image_score="max",
                patch_neighbours=self._detector.hyperparameters.k_neighbors,
            )
            for size, bank in self._detector.banks.items()
        }

        def combine(image: str, distances: Mapping[str, Float32Array]) -> float:
            own = places(image)
            assert isinstance(own, PatchPlaces), "these are the places that `read` gave"
            return own.judged(distances).image_score

        return LiveScales(memories, combine)
