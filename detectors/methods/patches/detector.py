"""The base of the detectors that compare patches of several sizes with the training images' patches.

A frame's patches are embedded on one grid per size; each patch scores by its distance to the nearest normal
patch of its size; a pixel scores by the mean over the patches that cover it; a method says how the maps of
the sizes come together and what the image's score is.
"""

import hashlib
import json
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Generic

import numpy as np
import torch
from torch import Tensor

from detectors.artifacts import Artifact
from detectors.base import CellScores, FitContext, ScoreMaps
from detectors.errors import ArtifactError, InputError, NotFittedError, TrainingError
from detectors.images import ImageArray
from detectors.layout import Framing
from detectors.maps import FloatMap
from detectors.memory.arrays import Float32Array
from detectors.memory.bank import MemoryBank
from detectors.memory.cache import FeatureSpace
from detectors.memory.explained import Neighbour, most_frequent_source
from detectors.memory.learner import as_trained
from detectors.memory.sources import SourceImages
from detectors.memory.training_patches import TrainingPatches
from detectors.methods.patches import explain
from detectors.methods.patches.encoding import normalised
from detectors.methods.patches.features import ImagePatches
from detectors.methods.patches.fitted import Encoder, Fitted, Lessons, as_training, read_fitted
from detectors.methods.patches.frames import MeanFrame, TrainingFrames
from detectors.methods.patches.geometry import CELL_PX, PatchGrid
from detectors.methods.patches.hyperparameters import PatchHyperparameters
from detectors.methods.patches.live import PatchMemoryLearner
from detectors.methods.patches.spaces import EmbeddingSpill
from detectors.regions import BoolGrid
from detectors.samples import Mask, Sample
from detectors.training.checkpoints import Stateful
from detectors.training.detector import TrainedDetector
from detectors.training.loop import Step, Trained, train
from detectors.training.networks import arrays_of
from detectors.training.selection import train_choosing
from detectors.training.trials import Trials, split

_READING_SHARE, _TRAINING_SHARE = 0.05, 0.85


class PatchMemoryDetector(TrainedDetector, Generic[Encoder]):
    """Trains an encoder of patches, and scores by the distance to the nearest normal patch at each size."""

    hyperparameters: PatchHyperparameters

    def __init__(self, **hyperparameters: Any) -> None:
        super().__init__(**hyperparameters)
        self._fitted: Fitted[Encoder] | None = None

    @property
    def banks(self) -> dict[str, MemoryBank]:
        """The memories by patch size, each vector with its source image and its patch's top-left cell."""
        return {str(patch_px): memory.bank for patch_px, memory in self._state().memories.items()}

    def training_patches(self) -> dict[str, TrainingPatches]:
        """The training pool by patch size as it was fitted, for live removals.

        Raises:
            InputError: the memory keeps only some of the patches (bank_rows).
        """
        if self.hyperparameters.bank_rows:
            raise InputError("This model's memory keeps only some of its training patches (bank_rows).")
        return {size: as_training(as_trained(bank)) for size, bank in self.banks.items()}

    def feature_space(self) -> FeatureSpace:
        """What the features of `embed` depend on: the key of a feature cache."""
        fitted = self._state()
        digest = hashlib.sha256()
        for array in (*arrays_of(fitted.encoder).values(), fitted.mean):
            digest.update(np.ascontiguousarray(array).tobytes())
        for memory in fitted.memories.values():
            digest.update(memory.space.centre.tobytes() + repr(memory.space.spread).encode())
        preprocessing = {
            "acquisition": self._fitted_acquisition().to_dict(),
            "framing": asdict(self._framing()),
        }
        return FeatureSpace(
            weights=digest.hexdigest(),
            preprocessing=json.dumps(preprocessing, sort_keys=True),
            layers=json.dumps(self.hyperparameters.strides_px()),
        )

    def live_learner(self) -> PatchMemoryLearner:
        """The memory as a learner, to be corrected while images wait."""
        return PatchMemoryLearner(self)

    def embed(
        self, images: Sequence[ImageArray], rois: Sequence[Mask | None] | None = None
    ) -> Iterator[ImagePatches]:
        """The patches of images, one after the other: keep them to score again as the banks change."""
        return (self._patches(self._state(), sample) for sample in self._samples(images, rois))

    def score_features(self, features: Iterable[ImagePatches]) -> ScoreMaps:
        """Score what `embed` gave; the same numbers as `score` of the images."""
        return self._stacked(
            [self._finished(self._judged(self._state(), one), one.usable, one.placement) for one in features]
        )

    def explain(
        self, image: ImageArray, row: int, col: int, k: int = 5, roi: Mask | None = None
    ) -> list[Neighbour]:
        """See `memory.explained.Explains`; of the patch size at which the pixel stands out most."""
        [patches] = self.embed([image], [roi])
        size_px = image.shape[0], image.shape[1]
        return explain.neighbours(self._state(), patches, size_px, (row, col), k, self._grid_of)

    def most_alike(self, image: ImageArray, roi: Mask | None = None) -> int:
        """See `memory.explained.Explains`; over the patches of all sizes."""
        [patches] = self.embed([image], [roi])
        return most_frequent_source((self.banks[size], own) for size, own in patches.features.items())

    def judge_distances(self, patches: ImagePatches, distances: Mapping[str, Float32Array]) -> CellScores:
        """An image's score and map from its patches' mean distances (P,) to their neighbours in each bank.

        Distances are as the banks give them.
        """
        return self._scores_of(self._state(), patches, distances)

    def _scores_of(
        self, fitted: Fitted[Encoder], patches: ImagePatches, distances: Mapping[str, Float32Array]
    ) -> CellScores:
        memories = fitted.memories
        maps = {
            int(size): patches.spread(size, values * np.float32(memories[int(size)].space.spread))
            for size, values in distances.items()
        }
        cells = np.where(patches.usable, self._combined(maps), np.float32(0))
        return CellScores(self._image_score(cells, patches.usable), cells)

    def _grids(self) -> dict[int, PatchGrid]:
        chosen = self.hyperparameters
        return {
            patch_px: PatchGrid(chosen.image_size, patch_px, stride_px)
            for patch_px, stride_px in chosen.strides_px().items()
        }

    def _grid_of(self, height_px: int, width_px: int) -> tuple[int, int]:
        return self._framing().layout(height_px, width_px).grid

    def _framing(self) -> Framing:
        chosen = self.hyperparameters
        return Framing(
            image_size_px=chosen.image_size,
            cell_px=CELL_PX,
            tile_size_px=chosen.tile_size,
            tile_overlap=chosen.tile_overlap,
        )

    def _fit(self, samples: Sequence[Sample], context: FitContext) -> None:
        chosen = self.hyperparameters
        tries = chosen.keep_best and chosen.planned_steps(len(samples)) > 0
        learned, trials = split(samples, chosen.seed) if tries else (samples, None)
        frames = TrainingFrames(learned, tuple(self._grids()), context.share(0.0, _READING_SHARE))
        lessons = Lessons(frames, trials, context.share(_READING_SHARE, _TRAINING_SHARE))
        encoder, trained = self._trained(lessons)
        encoder.eval()
        report = self._report_of(trained, len(frames))
        remembering = context.share(_TRAINING_SHARE, 1.0)
        self._fitted, self._report = self._memorised(encoder, frames.mean, samples, remembering), report

    def _learn(
        self, encoder: Encoder, parts: Mapping[str, Stateful], step: Step, lessons: Lessons
    ) -> Trained:
        """Run the steps; where there are trials, the encoder that did best in them is kept."""
        schedule, context = self._schedule(len(lessons.frames)), lessons.context
        trials = lessons.trials
        if trials is None:
            return train("patches", parts, step, schedule, context)
        mean = lessons.frames.mean

        def quality(tell: Callable[[], None]) -> float:
            return self._quality(encoder, mean, trials, replace(context, progress=lambda *_: tell()))

        chosen_of = encoder, quality, self.hyperparameters.trials
        return train_choosing("patches", parts, step, schedule, context, chosen_of)

    def _quality(self, encoder: Encoder, mean: MeanFrame, trials: Trials, context: FitContext) -> float:
        """How well the encoder does in the trials, with a memory of their references; collapsed: 0."""
        encoder.eval()
        try:
            fitted = self._memorised(encoder, mean, trials.references, context)
        except TrainingError:
            return 0.0

        def judge(sample: Sample) -> CellScores:
            context.progress(1.0, "")
            return self._judged(fitted, self._patches(fitted, sample))

        return trials.quality(judge)

    def _memorised(
        self, encoder: Encoder, mean: MeanFrame, samples: Sequence[Sample], context: FitContext
    ) -> Fitted[Encoder]:
        """With memories of the samples' patches that hold usable pixels alone."""
        chosen, grids, sources = self.hyperparameters, self._grids(), []
        spills = {K: EmbeddingSpill(context.scratch / f"embeddings{K}", grid) for K, grid in grids.items()}
        for number, sample in enumerate(samples):
            embedded, patches = self._embedded(encoder, mean, sample), self._places(sample)
            for patch_px, spill in spills.items():
                whole = patches.inside(str(patch_px), sample.usable)
                spill.append(number, embedded[patch_px][whole], patches.cells(str(patch_px))[whole])
            sources.append((sample.size_px, sample.placement))
            context.progress((number + 1) / len(samples), f"Embedded image {number + 1} of {len(samples)}")
        memories = {
            K: spill.finish(chosen.embedding_dim, chosen.bank_rows, chosen.seed)
            for K, spill in spills.items()
        }
        return Fitted(encoder, mean, memories, SourceImages.of(sources))

    def _judge(self, samples: Iterable[Sample]) -> Iterator[CellScores]:
        fitted = self._state()
        for sample in samples:
            yield self._judged(fitted, self._patches(fitted, sample))

    def _patches(self, fitted: Fitted[Encoder], sample: Sample) -> ImagePatches:
        raw = self._embedded(fitted.encoder, fitted.mean, sample)
        features = {str(K): memory.space.features(raw[K]) for K, memory in fitted.memories.items()}
        return replace(self._places(sample), features=features)

    def _places(self, sample: Sample) -> ImagePatches:
        """Where the sample's patches lie, without their features."""
        grids = {str(patch_px): grid for patch_px, grid in self._grids().items()}
        return ImagePatches({}, grids, sample.usable, sample.layout, sample.placement)

    def _judged(self, fitted: Fitted[Encoder], patches: ImagePatches) -> CellScores:
        neighbours = self.hyperparameters.k_neighbors
        distances = {
            str(K): memory.bank.search(patches.features[str(K)], neighbours)[0].mean(axis=1)
            for K, memory in fitted.memories.items()
        }
        return self._scores_of(fitted, patches, distances)

    def _embedded(self, encoder: Encoder, mean: MeanFrame, sample: Sample) -> dict[int, Float32Array]:
        """By patch size, (P, D): one tile at a time, so that grouping changes nothing."""
        device = self._device()
        parts: dict[int, list[Float32Array]] = {patch_px: [] for patch_px in self._grids()}
        for tile in sample.tiles:
            with torch.inference_mode():
                embedded = self._embed(encoder, normalised(tile[None], mean, device))
            for patch_px, values in embedded.items():
                parts[patch_px].append(values.flatten(0, 1).float().cpu().numpy())
        return {patch_px: np.concatenate(values) for patch_px, values in parts.items()}

    def _state(self) -> Fitted[Encoder]:
        if self._fitted is None:
            raise NotFittedError("The detector is not fitted yet: call fit first.")
        return self._fitted

    def _write(self, folder: Path) -> dict[str, Any]:
        self._state().write(folder)
        return {"training": self._report_state()}

    def _read(self, artifact: Artifact) -> None:
        if "training" not in artifact.state:
            raise ArtifactError(f"{artifact.folder} is incomplete.")
        encoder = self._untrained().to(self._device()).eval()
        fitted = read_fitted(artifact, encoder, self._grids())
        self._read_report(artifact, artifact.state["training"])
        self._fitted = fitted

    @abstractmethod
    def _untrained(self) -> Encoder:
        """The encoder that the hyperparameters describe, with the first weights that their seed gives."""

    @abstractmethod
    def _trained(self, lessons: Lessons) -> tuple[Encoder, Trained]:
        """Train an encoder on the device, by `_learn`."""

    @abstractmethod
    def _embed(self, encoder: Encoder, frame: Tensor) -> dict[int, Tensor]:
        """By patch size, (n, n, D) embeddings of the grid's patches of one frame (1, 3, S, S)."""

    @abstractmethod
    def _combined(self, maps: dict[int, FloatMap]) -> FloatMap:
        """Bring the maps of the patch sizes, (rows, cols) each, together."""

    @abstractmethod
    def _image_score(self, cells: FloatMap, usable: BoolGrid) -> float:
        """The image's score from its map; unusable cells are 0."""
