"""MSPB: patch encoders of three sizes, trained on the normal images alone.

"Multi-Scale Patch-Based Representation Learning for Image Anomaly Detection and Segmentation", WACV 2022.
What the paper leaves open follows the authors' code, less its errors: the k-means loss has a gradient, the
best of the restarts is kept, shared weights are stepped once, and no test image chooses a checkpoint.
"""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from detectors.features.backbones import weights_of
from detectors.maps import FloatMap
from detectors.methods.mspb.encoders import PatchEncoders, grid_of_patches
from detectors.methods.mspb.phases import Phases, ScaleCentres
from detectors.methods.mspb.training import Networks, TrainingStep
from detectors.methods.mspb_hyperparameters import MSPBHyperparameters
from detectors.methods.patches.detector import PatchMemoryDetector
from detectors.methods.patches.encoding import Patchwise
from detectors.methods.patches.fitted import Lessons
from detectors.methods.patches.initial import scale_to_contrast
from detectors.methods.patches.optimiser import optimiser_of
from detectors.regions import BoolGrid
from detectors.training.checkpoints import Stateful
from detectors.training.loop import Trained

_BATCH = 64
_CONTRAST = 0.1
"""What the encoders are to see of any surface at first; more puts their embeddings where tanh is flat."""

_WINDOW_CELLS = 2
"""The image score's window of 8 px, moved by 4 px: two cells, moved by one."""


class MSPB(PatchMemoryDetector[PatchEncoders]):
    """Distances to the nearest normal patch at 64, 32 and 16 px, spread to pixels and added."""

    name = "mspb"
    hyperparameters_class = MSPBHyperparameters
    hyperparameters: MSPBHyperparameters

    def _untrained(self) -> PatchEncoders:
        return self._networks().encoders

    def _networks(self) -> Networks:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.hyperparameters.seed)
            networks = Networks(self.hyperparameters)
        return networks.to(self._device()).to(memory_format=torch.channels_last)

    def _trained(self, lessons: Lessons) -> tuple[PatchEncoders, Trained]:
        chosen, networks, frames = self.hyperparameters, self._networks(), lessons.frames
        for trunk in networks.encoders.every_trunk:
            if chosen.weights != "random":
                trunk.load(weights_of("vgg16", chosen.weights))
            elif chosen.first_weights == "contrast":
                scale_to_contrast(trunk.first, frames.contrast(), _CONTRAST)
        optimiser = optimiser_of(networks, chosen)
        centres = {patch_px: ScaleCentres(chosen.centres) for patch_px in self._grids()}
        pairs = Patchwise(frames, networks.encoders.patches, self._device())
        phases = Phases(chosen.planned_steps(len(frames)), chosen.rounds)
        step = TrainingStep(chosen, networks, optimiser, pairs, centres, phases)
        parts: dict[str, Stateful] = {"networks": networks, "optimiser": optimiser}
        parts |= {f"centres_{patch_px}": part for patch_px, part in centres.items()}
        return networks.encoders, self._learn(networks.encoders, parts, step, lessons)

    def _embed(self, encoder: PatchEncoders, frame: Tensor) -> dict[int, Tensor]:
        embedded = {}
        for patch_px, grid in self._grids().items():
            patches = grid_of_patches(frame, grid.starts_px.tolist(), patch_px)
            parts = [encoder.patches(batch, patch_px) for batch in patches.split(_BATCH)]
            embedded[patch_px] = torch.cat(parts).unflatten(0, (grid.side, grid.side))
        return embedded

    def _combined(self, maps: dict[int, FloatMap]) -> FloatMap:
        together = np.stack(list(maps.values()))
        product = self.hyperparameters.combination == "product"
        combined: FloatMap = together.prod(axis=0) if product else together.sum(axis=0)
        return combined

    def _image_score(self, cells: FloatMap, usable: BoolGrid) -> float:
        return window_score(cells, usable, self.hyperparameters.include_border)


def window_score(cells: FloatMap, usable: BoolGrid, include_border: bool = False) -> float:
    """The largest mean over a window of 8 × 8 px, moved by 4 px (two cells, moved by one).

    Args:
        cells: (rows, cols) map with 4 px cells, 0 where not usable.
        usable: (rows, cols) bool; other cells count in no window.
        include_border: also take the windows that stick out below and to the right, over what is inside.
    """
    sums, counts = _windows(cells, include_border), _windows(usable.astype(np.float64), include_border)
    return float(np.max(sums / np.maximum(counts, 1)))


def _windows(values: npt.NDArray[np.floating], include_border: bool) -> npt.NDArray[np.float64]:
    wide = values.astype(np.float64)
    if include_border:
        wide = np.pad(wide, (0, _WINDOW_CELLS - 1))
    windows = np.lib.stride_tricks.sliding_window_view(wide, (_WINDOW_CELLS, _WINDOW_CELLS))
    sums: npt.NDArray[np.float64] = windows.sum(axis=(2, 3))
    return sums
