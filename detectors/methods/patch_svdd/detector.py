"""Patch SVDD: patch encoders trained from scratch on the normal images alone.

Yi and Yoon, "Patch SVDD: Patch-level SVDD for Anomaly Detection and Segmentation", ACCV 2020. What paper and
public code leave open follows the code; `frames_per_batch`, the memory's float16 features and the exact
search of nearest neighbours are ours.
"""

import torch
from torch import Tensor

from detectors.maps import FloatMap
from detectors.methods.patch_svdd.encoder import LATTICE_PX, HierarchicalEncoder
from detectors.methods.patch_svdd.training import Networks, TrainingStep, pair_encoder
from detectors.methods.patch_svdd_hyperparameters import PatchSVDDHyperparameters
from detectors.methods.patches.detector import PatchMemoryDetector
from detectors.methods.patches.fitted import Lessons
from detectors.methods.patches.initial import scale_to_contrast
from detectors.methods.patches.optimiser import optimiser_of
from detectors.regions import BoolGrid
from detectors.training.checkpoints import Stateful
from detectors.training.loop import Trained

_CONTRAST = 0.3
"""What the encoder is to see of any surface at first: its embeddings then have a root mean square of 0.3."""


class PatchSVDD(PatchMemoryDetector[HierarchicalEncoder]):
    """Distances to the nearest normal patch at 64 and 32 px, spread to pixels and multiplied."""

    name = "patch_svdd"
    hyperparameters_class = PatchSVDDHyperparameters
    hyperparameters: PatchSVDDHyperparameters

    def _networks(self) -> Networks:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.hyperparameters.seed)
            networks = Networks(self.hyperparameters)
        return networks.to(self._device()).to(memory_format=torch.channels_last)

    def _untrained(self) -> HierarchicalEncoder:
        return self._networks().encoder

    def _trained(self, lessons: Lessons) -> tuple[HierarchicalEncoder, Trained]:
        chosen, device, networks = self.hyperparameters, self._device(), self._networks()
        frames = lessons.frames
        if chosen.first_weights == "contrast":
            scale_to_contrast(networks.encoder.small.first, frames.contrast(), _CONTRAST)
        optimiser = optimiser_of(networks, chosen)
        apart, near = (
            pair_encoder(frames, networks.encoder, device, count)
            for count in (chosen.frames_per_batch, min(chosen.frames_per_batch, chosen.near_frames_per_batch))
        )
        step = TrainingStep(chosen, networks, optimiser, apart, near)
        parts: dict[str, Stateful] = {"networks": networks, "optimiser": optimiser}
        return networks.encoder, self._learn(networks.encoder, parts, step, lessons)

    def _embed(self, encoder: HierarchicalEncoder, frame: Tensor) -> dict[int, Tensor]:
        lattice = encoder.small(frame)
        embedded = {}
        for patch_px, grid in self._grids().items():
            starts = torch.from_numpy(grid.starts_px // LATTICE_PX)
            places = torch.cartesian_prod(starts, starts).to(frame.device)
            patches = encoder.at(lattice, torch.zeros_like(places[:, 0]), places, patch_px)
            embedded[patch_px] = patches.unflatten(0, (grid.side, grid.side))
        return embedded

    def _combined(self, maps: dict[int, FloatMap]) -> FloatMap:
        big, small = maps.values()
        return big * small if self.hyperparameters.combination == "product" else big + small

    def _image_score(self, cells: FloatMap, usable: BoolGrid) -> float:
        return float(cells.max())
