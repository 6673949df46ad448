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
from detectors.memory.sources import SourceImages
from detectors.methods.patchcore_hyperparameters import PatchCoreHyperparameters

_TENSORS, _FEATURES = "patchcore.safetensors", "features.safetensors"


@dataclass(frozen=True)
class Fitted:
    """A fitted PatchCore.

    Attributes:
        extractor: backbone and embedding, with their scales.
        bank: the memory.
        sources: the training images.
        assignment: (N,) int32, position in the fitted bank of each training row's nearest vector.
        training: the training features, if they are kept.
    """

    extractor: FeatureExtractor
    bank: MemoryBank
    sources: SourceImages
    assignment: npt.NDArray[np.int32]
    training: TrainingFeatures | None


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
        **fitted.sources.to_arrays(),
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
        sources, assignment = SourceImages.from_arrays(arrays), arrays["assignment"]
    except KeyError as error:
        raise ArtifactError(
            f"{artifact.folder / (prefix + _TENSORS)} is incomplete: {error} is missing."
        ) from error
    bank = MemoryBank.from_arrays(arrays)
    bank.device = extractor.device
    _require_fitting(artifact, extractor, bank, training)
    return Fitted(extractor, bank, sources, assignment, training)


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
