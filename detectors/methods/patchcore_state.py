"""What a fitted PatchCore knows, and how it is written and read back."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.artifacts import Artifact, write_mapped, write_tensors
from detectors.devices import chosen_device
from detectors.errors import ArtifactError
from detectors.features.backbones import load_backbone
from detectors.features.extractor import FeatureExtractor
from detectors.features.spill import TrainingFeatures
from detectors.features.whitening import Whitening
from detectors.memory.bank import MemoryBank
from detectors.methods.patchcore_hyperparameters import PatchCoreHyperparameters
from detectors.placement import Placement

_TENSORS, _FEATURES = "patchcore.safetensors", "features.safetensors"


@dataclass(frozen=True)
class Fitted:
    """A fitted PatchCore.

    Attributes:
        extractor: backbone and embedding, with their scales.
        bank: the memory.
        sizes_px: (images, 2) int32, (height, width) of each training image.
        placements: (images, 3) float64, shift (rows, cols) in pixels and angle of each training image on the
            template; all 0 without one.
        assignment: (N,) int32, position in the fitted bank of each training row's nearest vector.
        training: the training features, if they are kept.
    """

    extractor: FeatureExtractor
    bank: MemoryBank
    sizes_px: npt.NDArray[np.int32]
    placements: npt.NDArray[np.float64]
    assignment: npt.NDArray[np.int32]
    training: TrainingFeatures | None

    def box_xyxy(
        self, image: int, cell: tuple[int, int], grid: tuple[int, int]
    ) -> tuple[float, float, float, float]:
        """A cell of a training image's grid in that image's pixels: left, top, right, bottom."""
        height_px, width_px = (int(side) for side in self.sizes_px[image])
        rows, cols, angle = (float(value) for value in self.placements[image])
        corners = [
            ((cell[0] + down) * height_px / grid[0] - 0.5, (cell[1] + right) * width_px / grid[1] - 0.5)
            for down in (0, 1)
            for right in (0, 1)
        ]
        placement = Placement((height_px, width_px), (rows, cols), angle)
        moved = np.array([placement.on_image(*corner) for corner in corners]) + 0.5
        top, left = np.clip(moved.min(axis=0), 0, (height_px, width_px)).tolist()
        bottom, right = np.clip(moved.max(axis=0), 0, (height_px, width_px)).tolist()
        return left, top, right, bottom


def placement_row(placement: Placement | None) -> tuple[float, float, float]:
    """A row of `Fitted.placements`."""
    return (0.0, 0.0, 0.0) if placement is None else (*placement.shift_px, placement.angle)


def make_extractor(
    chosen: PatchCoreHyperparameters,
    scales: tuple[float, ...] | None = None,
    whitening: Whitening | None = None,
) -> FeatureExtractor:
    """The extractor that the hyperparameters describe."""
    embedding = chosen.embedding
    if embedding == "auto":
        embedding = "official" if chosen.backbone.startswith("wide_") else "concat"
    return FeatureExtractor(
        load_backbone(chosen.backbone, chosen.weights, chosen.layers, chosen.seed),
        embedding=embedding,
        patch_size=chosen.patch_size,
        image_size_px=chosen.image_size,
        batch_size=chosen.batch_size,
        device=chosen_device(chosen.device),
        scales=scales,
        whitening=whitening,
    )


def write(fitted: Fitted, folder: Path, prefix: str) -> dict[str, Any]:
    """Write the tensors, file names after a prefix; returns what the manifest must know besides."""
    arrays = {
        **fitted.bank.to_arrays(),
        "sizes_px": fitted.sizes_px,
        "placements": fitted.placements,
        "assignment": fitted.assignment,
    }
    whitening = fitted.extractor.whitening
    if whitening is not None:
        arrays |= {"whitening_mean": whitening.mean, "whitening_matrix": whitening.matrix}
    if fitted.training is not None:
        arrays["training_source_image"] = fitted.training.source_image
        arrays["training_cells"] = fitted.training.cells
        write_mapped(folder / (prefix + _FEATURES), fitted.training.vectors)
    write_tensors(folder / (prefix + _TENSORS), arrays)
    return {
        "weights_sha256": fitted.extractor.backbone.weights_hash,
        "layers": list(fitted.extractor.backbone.layers),
        "layer_scales": list(fitted.extractor.scales),
        "has_training_features": fitted.training is not None,
    }


def read(artifact: Artifact, chosen: PatchCoreHyperparameters, prefix: str) -> Fitted:
    """Read what `write` wrote; `ArtifactError` for other weights or missing parts."""
    try:
        scales = tuple(float(scale) for scale in artifact.state["layer_scales"])
        weights_hash, has_features = artifact.state["weights_sha256"], artifact.state["has_training_features"]
    except (KeyError, TypeError, ValueError) as error:
        raise ArtifactError(f"The manifest of {artifact.folder} is incomplete: {error}.") from error
    arrays = artifact.tensors(prefix + _TENSORS)
    whitening = None
    if "whitening_matrix" in arrays:
        whitening = Whitening(arrays["whitening_mean"], arrays["whitening_matrix"])
    extractor = make_extractor(chosen, scales, whitening)
    if extractor.backbone.weights_hash != weights_hash:
        raise ArtifactError(
            f"{artifact.folder} was fitted with other weights of {chosen.backbone} than these."
        )
    try:
        training = None
        if has_features:
            training = TrainingFeatures(
                artifact.mapped(prefix + _FEATURES), arrays["training_source_image"], arrays["training_cells"]
            )
        sizes_px, assignment = arrays["sizes_px"], arrays["assignment"]
    except KeyError as error:
        raise ArtifactError(
            f"{artifact.folder / (prefix + _TENSORS)} is incomplete: {error} is missing."
        ) from error
    bank = MemoryBank.from_arrays(arrays)
    bank.device = extractor.device
    _require_fitting(artifact, extractor, bank, training)
    # Artifacts from before images could be aligned name no placements: all lay where they were.
    placements = arrays.get("placements", np.zeros((len(sizes_px), 3)))
    return Fitted(extractor, bank, sizes_px, placements, assignment, training)


def _require_fitting(
    artifact: Artifact, extractor: FeatureExtractor, bank: MemoryBank, training: TrainingFeatures | None
) -> None:
    """Refuse a bank of another embedding before anything is compared with it."""
    wanted = extractor.dimension
    for vectors in (bank.vectors, *([] if training is None else [training.vectors])):
        if vectors.shape[1:] != (wanted,):
            raise ArtifactError(
                f"{artifact.folder} holds features of {vectors.shape[-1]} values, "
                f"but its backbone gives {wanted}."
            )
