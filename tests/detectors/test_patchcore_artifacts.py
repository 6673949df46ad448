"""PatchCore's artifacts: whole and of this version, or refused with a sentence that says why."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pictures import SMALL, stripes
from safetensors.numpy import load_file, save_file

import detectors
from detectors.methods.patchcore import PatchCore

Manifest = dict[str, Any]


@pytest.fixture(scope="module")
def detector() -> PatchCore:
    made = detectors.create("patchcore", **SMALL["patchcore"]).fit([stripes(number) for number in range(5)])
    assert isinstance(made, PatchCore)
    return made


@pytest.fixture
def folder(detector: PatchCore, tmp_path: Path) -> Path:
    detector.save(tmp_path / "model")
    return tmp_path / "model"


def refused(folder: Path, words: str) -> None:
    with pytest.raises(detectors.ArtifactError, match=words):
        detectors.load(folder, device="cpu")


def test_a_folder_without_a_detector_is_refused(tmp_path: Path) -> None:
    refused(tmp_path / "nothing", "no saved detector")


def test_a_manifest_that_is_no_json_is_refused(folder: Path) -> None:
    (folder / "manifest.json").write_text("{")
    refused(folder, "damaged")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda content: content | {"format": "other"}, "no saved detector of this library"),
        (lambda content: content | {"format_version": 99}, "version 99"),
        (lambda content: content | {"acquisition": None}, "incomplete"),
        (lambda content: content | {"files": {}}, "does not name"),
        (lambda content: content | {"state": {}}, "incomplete"),
        (lambda content: content | {"hyperparameters": {"magic": 1}}, "do not fit this version"),
        (
            lambda content: content | {"state": content["state"] | {"weights_sha256": "0" * 64}},
            "other weights",
        ),
        (
            lambda content: (
                content | {"hyperparameters": content["hyperparameters"] | {"backbone": "resnet18"}}
            ),
            "other weights of resnet18",
        ),
    ],
)
def test_a_foreign_or_newer_manifest_is_refused(
    folder: Path, change: Callable[[Manifest], Manifest], words: str
) -> None:
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps(change(json.loads(manifest.read_text()))))
    refused(folder, words)


def test_a_bank_of_other_features_is_refused(folder: Path) -> None:
    tensors, manifest = folder / "patchcore.safetensors", folder / "manifest.json"
    arrays, content = load_file(tensors), json.loads(manifest.read_text())
    save_file(arrays | {"bank_vectors": arrays["bank_vectors"][:, :-1].copy()}, tensors)
    files = content["files"] | {tensors.name: hashlib.sha256(tensors.read_bytes()).hexdigest()}
    manifest.write_text(json.dumps(content | {"files": files}))
    refused(folder, "features of 151 values, but its backbone gives 152")


def test_damaged_and_missing_tensors_are_refused(folder: Path) -> None:
    tensors = folder / "patchcore.safetensors"
    data = bytearray(tensors.read_bytes())
    data[-1] ^= 1
    tensors.write_bytes(data)
    refused(folder, "patchcore.safetensors is damaged")
    tensors.unlink()
    refused(folder, "patchcore.safetensors is missing")


def test_the_saved_features_are_a_readable_safetensors_file(detector: PatchCore, tmp_path: Path) -> None:
    detector.save(tmp_path / "model")
    stored = load_file(tmp_path / "model" / "features.safetensors")["features"]
    assert np.array_equal(stored, detector.training.vectors)
