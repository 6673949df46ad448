"""PatchCore: the distance of every patch to a memory of normal patches.

Roth et al., "Towards Total Recall in Industrial Anomaly Detection", CVPR 2022. Where we differ: true L2
distances everywhere (the authors' code squares them), the paper's re-weighting (their code has none), maps
smoothed on their native grid, and small features whitened by default (`whitening="off"` is the paper's way).
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.artifacts import Artifact
from detectors.base import CellScores, Detector, FitContext, Progress, ScoreMaps, ignore_progress
from detectors.errors import InputError, NotFittedError
from detectors.features.extractor import FeatureExtractor, PatchFeatures
from detectors.features.spill import FeatureSpill, TrainingFeatures
from detectors.images import ImageArray
from detectors.layout import Framing
from detectors.maps import FloatMap
from detectors.memory.arrays import Float16Array
from detectors.memory.bank import MemoryBank
from detectors.memory.bank_search import BankSearch
from detectors.memory.cache import FeatureSpace
from detectors.memory.explained import Neighbour, most_frequent_source
from detectors.memory.left_out import LeftOut
from detectors.memory.scores import image_score, patch_distances
from detectors.memory.sources import SourceImages
from detectors.memory.training_patches import TrainingPatches
from detectors.methods import patchcore_coreset
from detectors.methods import patchcore_explain as explanations
from detectors.methods import patchcore_state as state
from detectors.methods.patchcore_explain import Suspect
from detectors.methods.patchcore_hyperparameters import PatchCoreHyperparameters
from detectors.methods.patchcore_live import PatchCoreLearner
from detectors.samples import Mask, Sample

_SCALE_SAMPLES = 32
"""Layer scales and whitening come from at most this many training images, spread evenly."""

_WHITENED_UP_TO_DIM = 256
"""A few dozen images tell too little of a larger covariance."""

_EXTRACTION_SHARE = 0.4
"""Part of the progress that extraction takes; the coreset takes the rest."""


class PatchCore(Detector):
    """The memory-bank detector; `bank` may be changed live: `score_features` scores again, no extraction."""

    name = "patchcore"
    hyperparameters_class = PatchCoreHyperparameters
    hyperparameters: PatchCoreHyperparameters

    def __init__(self, **hyperparameters: Any) -> None:
        super().__init__(**hyperparameters)
        self._extractor_made: FeatureExtractor | None = None
        self._fitted: state.Fitted | None = None
        self._search = BankSearch(self.hyperparameters.search)  # type: ignore[arg-type]  # its choices

    @property
    def bank(self) -> MemoryBank:
        """The memory: vectors with their source image (number in the training sequence) and cell."""
        return self._state().bank

    @property
    def training(self) -> TrainingFeatures:
        """The training features; `InputError` if they were not kept."""
        kept = self._state().training
        if kept is None:
            raise InputError("This model was fitted without its training features (keep_features=false).")
        return kept

    @property
    def training_sizes_px(self) -> npt.NDArray[np.int32]:
        """(images, 2) (height, width) of each training image."""
        return self._state().sources.sizes_px

    @property
    def device_name(self) -> str:
        return self._extractor().device_name

    @property
    def reach_cells(self) -> int:
        """How many cells around a pixel's own also see it: as many around a defect must not train."""
        return self._extractor().reach_cells

    def training_patches(self) -> TrainingPatches:
        """The training pool, assigned to the bank as it was fitted, for live removals."""
        kept = self.training
        return TrainingPatches(kept.vectors, kept.source_image, kept.cells, self._state().assignment)

    def feature_space(self) -> FeatureSpace:
        """What the features of `embed` depend on: the key of a feature cache."""
        chosen, extractor = self.hyperparameters, self._state().extractor
        preprocessing = {
            "acquisition": self._fitted_acquisition().to_dict(),
            "framing": asdict(self._framing()),
            "embedding": chosen.embedding,
            "patch_size": chosen.patch_size,
            "whitening": None if extractor.whitening is None else extractor.whitening.digest,
        }
        return FeatureSpace(
            weights=extractor.backbone.weights_hash,
            preprocessing=json.dumps(preprocessing, sort_keys=True),
            layers=json.dumps(list(zip(extractor.backbone.layers, extractor.scales, strict=True))),
        )

    def live_learner(self) -> PatchCoreLearner:
        """The memory as a learner, to be corrected while images wait."""
        return PatchCoreLearner(self)

    def embed(
        self, images: Sequence[ImageArray], rois: Sequence[Mask | None] | None = None
    ) -> Iterator[PatchFeatures]:
        """Patch features of images, one after the other: cache them to score again as the bank changes."""
        return self._state().extractor.extract(self._samples(images, rois))

    def score_features(self, features: Iterable[PatchFeatures]) -> ScoreMaps:
        """Score features that `embed` gave; the same numbers as `score` of their images."""
        scored = [self._finished(self._judged(one), one.usable, one.placement) for one in features]
        return self._stacked(scored)

    def explain(
        self, image: ImageArray, row: int, col: int, k: int = 5, roi: Mask | None = None
    ) -> list[Neighbour]:
        """See `memory.explained.Explains`."""
        return self._explained(self._samples([image], [roi])[0], (row, col), k)

    def most_alike(self, image: ImageArray, roi: Mask | None = None) -> int:
        """See `memory.explained.Explains`."""
        return most_frequent_source([(self.bank, self.vectors_of(self._samples([image], [roi])[0]))])

    def vectors_of(self, sample: Sample) -> Float16Array:
        """(P, d) features of a prepared sample's usable cells."""
        return next(self._state().extractor.extract([sample])).vectors

    def leave_one_image_out_scores(
        self, progress: Progress | None = None, groups: Sequence[int] | None = None
    ) -> npt.NDArray[np.float32]:
        """Each training image against the memory without its own patches: the suspected-mislabel ranking.

        Args:
            progress: called after each image; may raise `Cancelled`.
            groups: (images,) label of each image's group of near-duplicates, which are left out together,
                so that a mislabel copied twice does not vouch for itself; None: each image is its own.

        Returns:
            (images,) float32, higher = more suspicious; NaN where every cell was excluded, or where the
            whole memory comes from the image's group.

        Raises:
            InputError: fewer than two training images or groups, groups of another number, too few vectors
                for k or b, or the training features were not kept.
        """
        return self._left_out(progress, groups).scores

    def suspects(
        self,
        progress: Progress | None = None,
        groups: Sequence[int] | None = None,
        only: Sequence[int] | None = None,
    ) -> list[Suspect]:
        """Training images ranked by `leave_one_image_out_scores`, each with its worst patch.

        Arguments and errors as there; images whose score is NaN are missing. With `only`, no others are
        scored, which takes as much less time.
        """
        found = self._left_out(progress, groups, only)
        return explanations.suspects(self._state(), self.training, found, self._grid_of)

    def _framing(self) -> Framing:
        chosen = self.hyperparameters
        return Framing(
            image_size_px=chosen.image_size,
            cell_px=self._extractor().cell_px,
            resize_px=chosen.resize,
            tile_size_px=chosen.tile_size,
            tile_overlap=chosen.tile_overlap,
        )

    def _explained(self, sample: Sample, pixel: tuple[int, int], k: int) -> list[Neighbour]:
        features = next(self._state().extractor.extract([sample]))
        return explanations.neighbours(self._state(), features, pixel, k, self._grid_of)

    def _left_out(
        self,
        progress: Progress | None,
        groups: Sequence[int] | None,
        only: Sequence[int] | None = None,
    ) -> LeftOut:
        return explanations.left_out(
            self._state(), self.training, self.hyperparameters, groups, progress or ignore_progress, only
        )

    def _margin_cells(self) -> int:
        return self.reach_cells

    def _smoothing_sigma(self) -> float:
        return self.hyperparameters.smoothing_sigma

    def _fit(self, samples: Sequence[Sample], context: FitContext) -> None:
        extractor = self._extractor().unscaled()
        if self.hyperparameters.layer_scaling:
            extractor.learn_scales(_some(samples, context))
        if self._is_whitened(extractor):
            extractor.learn_whitening(_some(samples, context))
        spill, sources = FeatureSpill(context.scratch / "features.f16"), []
        for number, features in enumerate(extractor.extract(samples), start=1):
            spill.append(features)
            sources.append((features.size_px, features.placement))
            context.progress(
                _EXTRACTION_SHARE * number / len(samples), f"Read image {number} of {len(samples)}"
            )
        training = spill.finish()
        coreset = patchcore_coreset.choose(
            training,
            self.hyperparameters,
            extractor.device,
            lambda fraction, message: context.progress(
                _EXTRACTION_SHARE + (1 - _EXTRACTION_SHARE) * fraction, message
            ),
        )
        bank = MemoryBank(
            np.asarray(training.vectors[coreset.indices]),
            training.source_image[coreset.indices],
            training.cells[coreset.indices],
            coreset.cover_radius,
        )
        bank.device = extractor.device
        kept = training if self.hyperparameters.keep_features else None
        self._fitted = state.Fitted(extractor, bank, SourceImages.of(sources), coreset.assignment, kept)

    def _is_whitened(self, extractor: FeatureExtractor) -> bool:
        if self.hyperparameters.whitening == "auto":
            return extractor.dimension <= _WHITENED_UP_TO_DIM
        return self.hyperparameters.whitening == "on"

    def _judge(self, samples: Iterable[Sample]) -> Iterator[CellScores]:
        return (self._judged(features) for features in self._state().extractor.extract(samples))

    def _judged(self, features: PatchFeatures) -> CellScores:
        scores, score = self._patch_scores(features.vectors)
        cells: FloatMap = np.zeros(features.usable.shape, dtype=np.float32)
        cells[features.usable] = scores
        return CellScores(score, cells)

    def _patch_scores(self, vectors: npt.NDArray[np.float16]) -> tuple[npt.NDArray[np.float32], float]:
        """(P,) patch scores and the image score of (P, d) features."""
        chosen, bank = self.hyperparameters, self._state().bank
        squared, nearest = self._search.search_squared(bank, vectors, chosen.k_neighbors)
        scores = patch_distances(squared)
        score = image_score(
            scores,
            nearest[:, 0],
            vectors,
            bank,
            mode=chosen.image_score,  # type: ignore[arg-type]  # its choices are the known modes
            neighbours=chosen.b,
        )
        return scores, score

    def _extractor(self) -> FeatureExtractor:
        if self._fitted is not None:
            return self._fitted.extractor
        if self._extractor_made is None:
            self._extractor_made = state.make_extractor(self.hyperparameters)
        return self._extractor_made

    def _state(self) -> state.Fitted:
        if self._fitted is None:
            raise NotFittedError("The detector is not fitted yet: call fit first.")
        return self._fitted

    def _grid_of(self, height_px: int, width_px: int) -> tuple[int, int]:
        return self._framing().layout(height_px, width_px).grid

    def _write(self, folder: Path) -> dict[str, Any]:
        return self._write_as(folder, "")

    def _read(self, artifact: Artifact) -> None:
        self._read_as(artifact, "")

    def _write_as(self, folder: Path, prefix: str) -> dict[str, Any]:
        return state.write(self._state(), folder, prefix)

    def _read_as(self, artifact: Artifact, prefix: str) -> None:
        self._fitted = state.read(artifact, self.hyperparameters, prefix)


def _some(samples: Sequence[Sample], context: FitContext) -> Iterator[Sample]:
    """The samples from which scales are learned; the callback is heard between them."""
    count = min(len(samples), _SCALE_SAMPLES)
    for number in range(count):
        context.progress(0.0, "Measuring the layers")
        yield samples[number * len(samples) // count]
