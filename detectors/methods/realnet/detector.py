"""RealNet as a detector.

Where we differ from the authors' code: the network that is kept is chosen on made-up defects in held-out
normal images, never on the test set; the preset `cpu` stands on EfficientNet-Lite0, because no ResNet's
weights come in a package.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from detectors.artifacts import Artifact, write_tensors
from detectors.base import CellScores, FitContext
from detectors.errors import ArtifactError, InputError, NotFittedError
from detectors.features.backbones import Backbone, load_backbone
from detectors.layout import Framing
from detectors.methods.realnet.hyperparameters import RealNetHyperparameters
from detectors.methods.realnet.network import RealNetNetwork, SelectedFeatures, anomaly_probability
from detectors.methods.realnet.scores import window_score
from detectors.methods.realnet.sources import made_up_defects
from detectors.methods.realnet.training import TrainingSettings, select_channels, train_network
from detectors.samples import Sample
from detectors.synthesis.batches import Batches
from detectors.synthesis.hyperparameters import SDAS
from detectors.synthesis.normals import NormalPictures
from detectors.training.detector import TrainedDetector
from detectors.training.networks import arrays_of, load_arrays

_NETWORK, _SELECTION = "network.safetensors", "selection.safetensors"
_READ_SHARE, _DIFFUSION_SHARE = 0.05, 0.4
_SCALE_PICTURES = 32
_HELD_OUT_PART, _LEAST_POOL_FOR_HOLDING_OUT = 0.1, 4


class RealNet(TrainedDetector):
    """Reconstructs selected features and finds defects in what it cannot reconstruct."""

    name = "realnet"
    hyperparameters_class = RealNetHyperparameters
    hyperparameters: RealNetHyperparameters

    def __init__(self, **hyperparameters: Any) -> None:
        super().__init__(**hyperparameters)
        self._features: SelectedFeatures | None = None
        self._network: RealNetNetwork | None = None

    def _framing(self) -> Framing:
        return Framing(image_size_px=self.hyperparameters.image_size, cell_px=1)

    def _fit(self, samples: Sequence[Sample], context: FitContext) -> None:
        chosen, device = self.hyperparameters, self._device()
        backbone = self._backbone()
        normals = NormalPictures(samples, context.scratch, context.share(0.0, _READ_SHARE).progress)
        draws_images = chosen.synthesis == SDAS
        middle = _DIFFUSION_SHARE if draws_images else _READ_SHARE
        synthesis = made_up_defects(chosen, normals, context.share(_READ_SHARE, middle), device)
        workers = torch.get_num_threads()
        training, held_out = _split(len(normals))
        batches = Batches(normals, training, synthesis, workers)
        settings = self._settings()
        kept = select_channels(backbone, batches, chosen.kept_counts, chosen.selection_batches, settings)
        features = SelectedFeatures(backbone, kept, self._scales(backbone, normals))
        network = self._made_network()
        trained = train_network(
            network,
            features,
            batches,
            Batches(normals, held_out, synthesis, workers),
            settings,
            self._schedule(len(samples)),
            context.share(middle, 1.0),
        )
        self._features, self._network = features, network
        self._report = self._report_of(trained, len(samples))

    @torch.inference_mode()
    def _judge(self, samples: Iterable[Sample]) -> Iterator[CellScores]:
        if self._features is None or self._network is None:
            raise NotFittedError("The detector is not fitted yet: call fit first.")
        device, side_px = self._device(), self.hyperparameters.image_size
        for sample in samples:
            maps = []
            for tile in sample.tiles:  # One by one: a convolution's rounding may depend on its batch.
                pixels = torch.from_numpy(np.ascontiguousarray(tile)).to(device).float()
                features = self._features(pixels.permute(2, 0, 1)[None])
                found = anomaly_probability(self._network(features, side_px).logits)
                maps.append(found[0].float().cpu().numpy())
            cells = np.where(sample.usable, sample.layout.stitch(np.stack(maps)), np.float32(0))
            yield CellScores(window_score(cells, self.hyperparameters.score_window), cells)

    def _write(self, folder: Path) -> dict[str, Any]:
        if self._features is None or self._network is None:
            raise NotFittedError("The detector is not fitted yet: call fit first.")
        write_tensors(folder / _NETWORK, arrays_of(self._network))
        kept = {str(number): indices.cpu().numpy() for number, indices in enumerate(self._features.kept)}
        write_tensors(folder / _SELECTION, kept)
        return {
            "training": self._report_state(),
            "scales": self._features.scales,
            "backbone_hash": self._features.backbone.weights_hash,
        }

    def _read(self, artifact: Artifact) -> None:
        backbone = self._backbone()
        if artifact.state.get("backbone_hash") != backbone.weights_hash:
            raise ArtifactError(
                f"{artifact.folder} was trained on other weights of {self.hyperparameters.backbone} "
                "than those on this machine."
            )
        stored = artifact.tensors(_SELECTION)
        kept = [torch.from_numpy(stored[str(number)].copy()) for number in range(len(stored))]
        network = self._made_network().eval()
        load_arrays(network, artifact.tensors(_NETWORK), str(artifact.folder / _NETWORK))
        self._features = SelectedFeatures(backbone, kept, artifact.state["scales"])
        self._network = network
        self._read_report(artifact, artifact.state["training"])

    def _settings(self) -> TrainingSettings:
        chosen = self.hyperparameters
        return TrainingSettings(
            batch_size=chosen.batch_size,
            learning_rate=chosen.learning_rate,
            anomaly_share=chosen.anomaly_share,
            keep_best=chosen.keep_best,
            score_window=chosen.score_window,
            seed=chosen.seed,
        )

    def _backbone(self) -> Backbone:
        chosen = self.hyperparameters
        backbone = load_backbone(chosen.backbone, chosen.weights, chosen.layers, chosen.seed)
        if backbone.layers != chosen.layers:
            raise InputError(f"Name each of the layers once, finest first: {', '.join(backbone.layers)}.")
        return backbone.to(self._device()).to(memory_format=torch.channels_last)

    def _made_network(self) -> RealNetNetwork:
        chosen = self.hyperparameters
        with torch.random.fork_rng():
            torch.manual_seed(chosen.seed)
            network = RealNetNetwork(
                chosen.kept_counts,
                multipliers=chosen.width_multipliers,
                residual_blocks=chosen.residual_blocks,
                kept_residuals=chosen.kept_residuals,
                stop_gradient=chosen.stop_gradient,
            )
        return network.to(self._device())

    @torch.no_grad()
    def _scales(self, backbone: Backbone, normals: NormalPictures) -> list[float]:
        """Per layer, one over the root mean square of its activations on normal pictures; or 1."""
        if not self.hyperparameters.layer_scaling:
            return [1.0] * len(backbone.layers)
        squares = np.zeros(len(backbone.layers))
        count = min(len(normals), _SCALE_PICTURES)
        for number in range(count):
            picture = normals[number * len(normals) // count].copy()
            pixels = torch.from_numpy(picture).to(self._device()).float().permute(2, 0, 1)[None]
            squares += [float(layer.double().square().mean()) for layer in backbone(pixels)]
        return [float((count / square) ** 0.5) if square > 0 else 1.0 for square in squares]


def _split(count: int) -> tuple[list[int], list[int]]:
    """Numbers of the pictures that train, and of those that the kept network is chosen on.

    A pool too small to spare any is used for both: the made-up defects still differ.
    """
    numbers = list(range(count))
    if count < _LEAST_POOL_FOR_HOLDING_OUT:
        return numbers, numbers
    every = round(1 / _HELD_OUT_PART)
    held_out = numbers[::every]
    return [number for number in numbers if number % every], held_out
