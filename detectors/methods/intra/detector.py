"""The InTra detector.

A patch is anomalous where it cannot be inpainted from its surroundings as well, or as badly, as the same
place of a normal image: the map is the squared deviation of the inpainting error from its mean over the
training images, and an image scores the map's maximum.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from detectors.artifacts import Artifact, write_tensors
from detectors.base import CellScores, FitContext
from detectors.errors import ArtifactError, NotFittedError
from detectors.layout import Framing
from detectors.maps import FloatMap
from detectors.methods.intra.hyperparameters import CELLS_PER_PATCH, InTraHyperparameters
from detectors.methods.intra.inpainting import ErrorRule, Inpainter
from detectors.methods.intra.learning import InpaintingLessons
from detectors.methods.intra.network import InpaintingTransformer
from detectors.methods.intra.pool import read_pool, seen_patches
from detectors.methods.intra.strips import inpainting_strip
from detectors.methods.intra.windows import WindowGrid
from detectors.samples import Sample
from detectors.training.detector import TrainedDetector
from detectors.training.loop import train
from detectors.training.networks import arrays_of, load_arrays
from detectors.training.selection import train_choosing
from detectors.training.trials import Trials, split

_STAGE = "inpainting"
_READING_ENDS, _TRAINING_ENDS = 0.05, 0.92
_STRIPS = 12
"""Example pictures that a training shows."""
_PYRAMID_REACH_PX = 8
"""How far the coarsest of the three scales spreads an error."""

_NETWORK, _REFERENCE = "intra.safetensors", "reference.safetensors"


@dataclass(frozen=True)
class Fitted:
    """What a fitted InTra knows.

    Attributes:
        network: on the device that computes.
        is_global: whether positions are those of the image.
        reference: (t, t) float32, mean inpainting error of the training images, by cell of a tile.
    """

    network: InpaintingTransformer
    is_global: bool
    reference: FloatMap


class InTra(TrainedDetector):
    """Inpaints every patch from the window around it; no pretrained weights."""

    name = "intra"
    hyperparameters_class = InTraHyperparameters
    hyperparameters: InTraHyperparameters

    def __init__(self, **hyperparameters: Any) -> None:
        super().__init__(**hyperparameters)
        self._fitted: Fitted | None = None

    def _framing(self) -> Framing:
        chosen = self.hyperparameters
        return Framing(
            image_size_px=chosen.image_size,
            cell_px=self._cell_px,
            tile_size_px=chosen.tile_size,
            tile_overlap=chosen.tile_overlap,
        )

    @property
    def _cell_px(self) -> int:
        return self.hyperparameters.patch // CELLS_PER_PATCH

    @property
    def _error_rule(self) -> ErrorRule:
        chosen = self.hyperparameters
        return ErrorRule(chosen.filter_px, self._cell_px, chosen.colour_weight)

    @property
    def _grid(self) -> WindowGrid:
        side = self.hyperparameters.image_size // self.hyperparameters.patch
        return WindowGrid(side, side, self.hyperparameters.window)

    def _margin_cells(self) -> int:
        reach_px = self.hyperparameters.filter_px // 2 + _PYRAMID_REACH_PX
        return -(-reach_px // self._cell_px)

    def _fit(self, samples: Sequence[Sample], context: FitContext) -> None:
        chosen = self.hyperparameters
        tries = chosen.keep_best and chosen.planned_steps(len(samples)) > 0
        learned, trials = split(samples, chosen.seed) if tries else (samples, None)
        pool = read_pool(learned, chosen.patch, chosen.window, context.share(0, _READING_ENDS))
        if chosen.planned_steps(len(pool)):
            pool.check_not_constant()
        is_global = pool.is_aligned() if chosen.positions == "auto" else chosen.positions == "global"
        network = self._new_network(is_global)
        inpainter = self._inpainter(network, is_global)
        schedule = self._schedule(len(pool))
        training = context.share(_READING_ENDS, _TRAINING_ENDS)

        def show(step: int) -> None:
            if step % max(1, schedule.steps // _STRIPS) == 0:
                network.eval()
                training.watcher.pictures(_STAGE, step, self._strip(inpainter, samples[0]))

        lessons = InpaintingLessons(network, pool, chosen, is_global=is_global, after_step=show)
        if trials is None:
            trained = train(_STAGE, lessons.parts, lessons.step, schedule, training)
            lessons.finish()
        else:
            chosen_of = network, partial(self._quality, inpainter, trials, training), chosen.trials
            trained = train_choosing(_STAGE, lessons.parts, lessons.step, schedule, training, chosen_of)
        network.eval()
        reference = self._mean_deviation(inpainter, samples, context.share(_TRAINING_ENDS, 1))
        self._report = self._report_of(trained, len(pool))
        self._fitted = Fitted(network, is_global, reference)

    def _quality(
        self, inpainter: Inpainter, trials: Trials, context: FitContext, tell: Callable[[], None]
    ) -> float:
        """How well the network does in the trials, with the mean error of their references."""
        quietly = replace(context, progress=lambda *_: tell())
        reference = self._mean_deviation(inpainter, trials.references, quietly)

        def judge(sample: Sample) -> CellScores:
            tell()
            return self._judged(inpainter, reference, sample)

        return trials.quality(judge)

    def _strip(self, inpainter: Inpainter, sample: Sample) -> npt.NDArray[np.uint8]:
        return inpainting_strip(inpainter, sample, self._error_rule, self.hyperparameters.patch)

    def _new_network(self, is_global: bool) -> InpaintingTransformer:
        grid = self._grid
        with torch.random.fork_rng():
            torch.manual_seed(self.hyperparameters.seed)
            positions = grid.rows * grid.cols if is_global else grid.cells
            network = InpaintingTransformer(self.hyperparameters, positions)
        return network.to(self._device()).eval()

    def _inpainter(self, network: InpaintingTransformer, is_global: bool) -> Inpainter:
        return Inpainter(network, self._grid, self.hyperparameters.patch, is_global=is_global)

    def _mean_deviation(
        self, inpainter: Inpainter, samples: Sequence[Sample], context: FitContext
    ) -> FloatMap:
        """The mean over the training images' tiles, where they may train; elsewhere the mean of that."""
        side = self.hyperparameters.image_size // self._cell_px
        total, count = np.zeros((2, side, side))
        for number, sample in enumerate(samples, start=1):
            usable = sample.layout.cut(sample.usable.repeat(self._cell_px, 0).repeat(self._cell_px, 1))
            usable = usable[:, :: self._cell_px, :: self._cell_px]
            total += (self._deviations(inpainter, sample) * usable).sum(axis=0)
            count += usable.sum(axis=0)
            context.progress(number / len(samples), f"Inpainted image {number} of {len(samples)}")
        mean = total / np.maximum(count, 1)
        return np.where(count > 0, mean, total.sum() / max(count.sum(), 1)).astype(np.float32)

    def _deviations(self, inpainter: Inpainter, sample: Sample) -> npt.NDArray[np.float32]:
        """(tiles, t, t): how far each tile is from its inpainting."""
        seen = seen_patches(sample, self.hyperparameters.patch)
        return np.stack(
            [
                inpainter.error(tile, may_see, self._error_rule)
                for tile, may_see in zip(sample.tiles, seen, strict=True)
            ]
        )

    def _judge(self, samples: Iterable[Sample]) -> Iterator[CellScores]:
        fitted = self._state()
        inpainter = self._inpainter(fitted.network, fitted.is_global)
        for sample in samples:
            yield self._judged(inpainter, fitted.reference, sample)

    def _judged(self, inpainter: Inpainter, reference: FloatMap, sample: Sample) -> CellScores:
        squared = np.square(self._deviations(inpainter, sample) - reference)
        cells: FloatMap = np.where(sample.usable, sample.layout.stitch(squared), 0).astype(np.float32)
        return CellScores(float(cells.max()), cells)

    def _state(self) -> Fitted:
        if self._fitted is None:
            raise NotFittedError("The detector is not fitted yet: call fit first.")
        return self._fitted

    def _write(self, folder: Path) -> dict[str, Any]:
        fitted = self._state()
        write_tensors(folder / _NETWORK, arrays_of(fitted.network))
        write_tensors(folder / _REFERENCE, {"reference": fitted.reference})
        return {"is_global": fitted.is_global, "training": self._report_state()}

    def _read(self, artifact: Artifact) -> None:
        try:
            is_global = bool(artifact.state["is_global"])
            reference = artifact.tensors(_REFERENCE)["reference"]
            self._read_report(artifact, dict(artifact.state["training"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ArtifactError(f"The manifest of {artifact.folder} is incomplete: {error}.") from error
        network = self._new_network(is_global)
        load_arrays(network, artifact.tensors(_NETWORK), str(artifact.folder / _NETWORK))
        self._fitted = Fitted(network, is_global, reference)
