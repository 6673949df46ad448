"""PatchCore's artifacts: what is not whole, not ours or not of this backbone is refused with its reason."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pictures import SMALL, stripes
from safetensors.numpy import load_file, save_file

import detectors
from detectors.methods.patchcore import PatchCore

Refused = Callable[[str], None]


@pytest.fixture(scope="module")
def detector() -> PatchCore:
    return PatchCore(**SMALL["patchcore"]).fit([stripes(number) for number in range(5)])


@pytest.fixture
def folder(detector: PatchCore, tmp_path: Path) -> Path:
    detector.save(tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture
def refused(detector: PatchCore, folder: Path) -> Refused:
    """Asserts that the artifact is refused with these words, then mends it."""

    def check(words: str) -> None:
        with pytest.raises(detectors.ArtifactError, match=words):
            detectors.load(folder, device="cpu")
        detector.save(folder)

    return check


def test_damaged_foreign_and_newer_manifests(folder: Path, refused: Refused) -> None:
    manifest = folder / "manifest.json"
    content = json.loads(manifest.read_text())
    manifest.write_text("{")
    refused("damaged")
    manifest.write_text(json.dumps(content | {"format": "other"}))
    refused("no saved detector of this library")
    manifest.write_text(json.dumps(content | {"format_version": 99}))
    refused("version 99")
    manifest.write_text(json.dumps({key: value for key, value in content.items() if key != "acquisition"}))
    refused("incomplete")
    manifest.write_text(json.dumps(content | {"files": {}}))
    refused("does not name")
    manifest.write_text(json.dumps(content | {"state": {}}))
    refused("incomplete")
    manifest.write_text(json.dumps(content | {"hyperparameters": {"magic": 1}}))
    refused("do not fit this version")
    other = content["state"] | {"weights_sha256": "0" * 64}
    manifest.write_text(json.dumps(content | {"state": other}))
    refused("other weights")
    chosen = content["hyperparameters"] | {"backbone": "resnet18"}
    manifest.write_text(json.dumps(content | {"hyperparameters": chosen}))
    refused("other weights of resnet18")


def test_damaged_missing_and_foreign_tensors(folder: Path, refused: Refused) -> None:
    manifest, tensors = folder / "manifest.json", folder / "patchcore.safetensors"
    content, arrays = json.loads(manifest.read_text()), load_file(tensors)
    save_file(arrays | {"bank_vectors": arrays["bank_vectors"][:, :-1].copy()}, tensors)
    files = content["files"] | {tensors.name: hashlib.sha256(tensors.read_bytes()).hexdigest()}
    manifest.write_text(json.dumps(content | {"files": files}))
    refused("features of 151 values, but its backbone gives 152")
    data = bytearray(tensors.read_bytes())
    data[-1] ^= 1
    tensors.write_bytes(data)
    refused("patchcore.safetensors is damaged")
    tensors.unlink()
    refused("patchcore.safetensors is missing")
    detectors.load(folder, device="cpu")


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(detectors.ArtifactError, match="no saved detector"):
        detectors.load(tmp_path, device="cpu")


def test_the_saved_features_are_a_readable_safetensors_file(detector: PatchCore, folder: Path) -> None:
    stored = load_file(folder / "features.safetensors")["features"]
    assert np.array_equal(stored, detector.training.vectors)
