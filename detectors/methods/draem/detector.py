"""DRAEM: a network that restores the defect-free image, and one that sees what was restored.

Zavrtanik, Kristan and Skočaj, "DRAEM: A Discriminatively Trained Reconstruction Embedding for Surface
Anomaly Detection", ICCV 2021. Where we differ: RGB instead of the authors' BGR, a fixed range in SSIM, and
kinds of made-up defects of which theirs is one.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy import ndimage

from detectors.artifacts import Artifact, write_tensors
from detectors.base import CellScores, FitContext
from detectors.errors import NotFittedError
from detectors.layout import Framing
from detectors.maps import FloatMap
from detectors.methods.draem.hyperparameters import DraemHyperparameters
from detectors.methods.draem.training import Networks, as_tensor, fit_networks, make_networks
from detectors.samples import Sample
from detectors.synthesis import kinds
from detectors.synthesis.batches import Batches
from detectors.synthesis.normals import NormalPictures
from detectors.synthesis.real_defects import marked_crops
from detectors.training.detector import TrainedDetector
from detectors.training.loop import autocast
from detectors.training.networks import arrays_of, load_arrays

_FILE = "networks.safetensors"
_READING_SHARE = 0.05
_CPU_BATCH, _GPU_BATCH = 1, 16
_MOST_WORKERS = 4


class Draem(TrainedDetector):
    """The detector; needs no pretrained weights."""

    name = "draem"
    hyperparameters_class = DraemHyperparameters
    hyperparameters: DraemHyperparameters

    def __init__(self, **hyperparameters: Any) -> None:
        super().__init__(**hyperparameters)
        self._networks: Networks | None = None

    def _framing(self) -> Framing:
        chosen = self.hyperparameters
        return Framing(
            image_size_px=chosen.image_size,
            cell_px=chosen.map_cell,
            tile_size_px=chosen.tile_size,
            tile_overlap=chosen.tile_overlap,
        )

    def _fit(self, samples: Sequence[Sample], context: FitContext) -> None:
        chosen, device = self.hyperparameters, self._device()
        reading, training = context.share(0.0, _READING_SHARE), context.share(_READING_SHARE, 1.0)
        normals = NormalPictures(samples, context.scratch, reading.progress)
        networks = make_networks(chosen, device)
        # On a GPU the defects are made while the network computes; on a CPU it needs the cores itself.
        workers = min(_MOST_WORKERS, os.cpu_count() or 1) if device.type == "cuda" else 1
        side_px = chosen.image_size
        crops = marked_crops(context.defects, context.acquisition, (side_px, side_px))
        synthesis = kinds.create(chosen.synthesis_settings(), normals, crops)
        batches = Batches(
            normals,
            range(len(normals)),
            synthesis,
            workers,
            rotated_share=chosen.rotated_share,
            crop_px=chosen.crop_size,
            most_defects=chosen.defects_at_once,
        )
        trained = fit_networks(networks, batches, chosen, self._schedule(len(samples)), training)
        self._networks = networks.eval()
        self._report = self._report_of(trained, len(samples))

    def _judge(self, samples: Iterable[Sample]) -> Iterator[CellScores]:
        networks, device = self._fitted(), self._device()
        batch = _CPU_BATCH if device.type == "cpu" else _GPU_BATCH
        waiting = iter(samples)
        while group := list(islice(waiting, batch)):
            tiles = np.concatenate([np.rint(sample.tiles).astype(np.uint8) for sample in group])
            maps = iter(_maps(networks, tiles, batch, device))
            for sample in group:
                yield self._judged(sample, np.stack(list(islice(maps, len(sample.tiles)))))

    def _judged(self, sample: Sample, maps: FloatMap) -> CellScores:
        """Cells are means of their pixels; the image's score is the largest mean of a window of cells.

        As in the paper, zeros around the image count in the mean: defects at the edge score lower.
        """
        cell_px = self.hyperparameters.map_cell
        tiles, side = maps.shape[0], maps.shape[1] // cell_px
        means = maps.reshape(tiles, side, cell_px, side, cell_px).mean(axis=(2, 4), dtype=np.float32)
        cells = np.where(sample.usable, sample.layout.stitch(means), np.float32(0))
        window = max(1, round(self.hyperparameters.score_window / cell_px)) // 2 * 2 + 1
        return CellScores(float(window_means(cells, window).max()), cells)

    def _write(self, folder: Path) -> dict[str, Any]:
        write_tensors(folder / _FILE, arrays_of(self._fitted()))
        return {"training": self._report_state()}

    def _read(self, artifact: Artifact) -> None:
        networks = make_networks(self.hyperparameters, self._device())
        load_arrays(networks, artifact.tensors(_FILE), _FILE)
        self._networks = networks.eval()
        self._read_report(artifact, artifact.state.get("training", {}))

    def _fitted(self) -> Networks:
        if self._networks is None:
            raise NotFittedError("The detector is not fitted yet: call fit first.")
        return self._networks


def window_means(cells: FloatMap, window: int) -> FloatMap:
    """Mean of the square of odd side `window` around each cell; outside the map there are zeros."""
    return np.asarray(ndimage.uniform_filter(cells, window, mode="constant"), dtype=np.float32)


@torch.no_grad()
def _maps(
    networks: Networks, tiles: np.ndarray[Any, np.dtype[np.uint8]], batch: int, device: torch.device
) -> Iterator[FloatMap]:
    """(T, S, S, 3) uint8 to T maps of (S, S) anomaly probabilities.

    Every batch is padded to one size, because rounding may depend on it.
    """
    for start in range(0, len(tiles), batch):
        part = tiles[start : start + batch]
        padding = [(0, batch - len(part)), (0, 0), (0, 0), (0, 0)]
        with autocast(device):
            _, logits = networks(as_tensor(np.pad(part, padding), device))
        yield from logits.float().softmax(dim=1)[: len(part), 1].cpu().numpy()
