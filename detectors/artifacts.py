"""Saved detectors: a folder with `manifest.json` and safetensors files; never a pickle. Torch-free.

The manifest carries the SHA-256 of every file. A folder is written beside its place and renamed into it,
so that a reader sees the old artifact, the new one, or none: never half of one.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from detectors.acquisition import Acquisition
from detectors.errors import ArtifactError, InputError
from detectors.hyperparameters import Hyperparameters

FORMAT = "flawmark-detector"
FORMAT_VERSION = 1
MANIFEST = "manifest.json"
MAPPED_NAME = "features"


@dataclass(frozen=True)
class Artifact:
    """A checked artifact: its files are whole, and this library reads their version."""

    folder: Path
    detector: str
    hyperparameters: dict[str, Any]
    acquisition: dict[str, Any]
    state: dict[str, Any]
    files: frozenset[str]

    def with_state(self, state: dict[str, Any]) -> "Artifact":
        """The same artifact, seen by one of several parts with their own states."""
        return replace(self, state=state)

    def tensors(self, name: str) -> dict[str, npt.NDArray[Any]]:
        """The arrays of one safetensors file; `ArtifactError` if it is missing or damaged."""
        try:
            return load_file(self._checked(name))
        except (OSError, SafetensorError) as error:
            raise ArtifactError(f"{self.folder / name} is missing or damaged.") from error

    def mapped(self, name: str) -> npt.NDArray[Any]:
        """The one array of a file that `write_mapped` wrote, as a memory map."""
        path = self._checked(name)
        try:
            with path.open("rb") as stream:
                length = int.from_bytes(stream.read(8), "little")
                header = json.loads(stream.read(length))[MAPPED_NAME]
            return np.memmap(path, np.float16, "r", offset=8 + length, shape=tuple(header["shape"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ArtifactError(f"{path} is missing or damaged.") from error

    def _checked(self, name: str) -> Path:
        """The path of a file whose hash was checked; a file that the manifest does not name is not read."""
        if name not in self.files:
            raise ArtifactError(f"{self.folder / MANIFEST} does not name {name}.")
        return self.folder / name


@contextmanager
def writing(folder: Path) -> Iterator[Path]:
    """A draft folder that takes `folder`'s place when the block ends well, and vanishes otherwise."""
    if folder.exists() and not _may_replace(folder):
        raise InputError(f"{folder} exists and is not a saved detector; choose another folder.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield draft
        draft.chmod(0o755)
        _swap(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def write_tensors(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write arrays as one safetensors file."""
    save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, path)


def write_mapped(path: Path, array: npt.NDArray[np.float16]) -> None:
    """Write one large float16 array as a safetensors file without a copy of it in memory."""
    tensor = {"dtype": "F16", "shape": list(array.shape), "data_offsets": [0, array.nbytes]}
    header = json.dumps({MAPPED_NAME: tensor}, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    with path.open("wb") as stream:
        stream.write(len(header).to_bytes(8, "little") + header)
        array.tofile(stream)


def seal(folder: Path, description: Mapping[str, Any]) -> None:
    """Write the manifest: the description and the hash of every file in the folder."""
    files = {path.name: _sha256(path) for path in sorted(folder.iterdir())}
    manifest = {"format": FORMAT, "format_version": FORMAT_VERSION, **description, "files": files}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def read(folder: Path) -> Artifact:
    """Read and check an artifact.

    Raises:
        ArtifactError: no artifact, a foreign or newer one, or a file that is missing or changed.
    """
    manifest = _manifest(folder)
    if manifest.get("format") != FORMAT:
        raise ArtifactError(f"{folder} holds no saved detector of this library.")
    if manifest.get("format_version") != FORMAT_VERSION:
        raise ArtifactError(
            f"{folder} has format version {manifest.get('format_version')}; "
            f"this library reads {FORMAT_VERSION}."
        )
    try:
        for name, digest in manifest["files"].items():
            _check_file(folder, name, digest)
        return Artifact(
            folder,
            str(manifest["detector"]),
            dict(manifest["hyperparameters"]),
            dict(manifest["acquisition"]),
            dict(manifest["state"]),
            frozenset(manifest["files"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ArtifactError(f"{folder / MANIFEST} is incomplete or damaged.") from error


def understood(values: Mapping[str, Any], kind: type[Hyperparameters], device: str) -> dict[str, Any]:
    """Stored hyperparameters with the device asked for; `ArtifactError` if they are not of this version."""
    try:
        return kind.parse({**values, "device": device}).to_dict()
    except InputError as error:
        raise ArtifactError(
            f"The saved detector's hyperparameters do not fit this version: {error}"
        ) from error


def acquisition(artifact: Artifact) -> Acquisition:
    """The stored acquisition; `ArtifactError` if it is incomplete."""
    try:
        return Acquisition.from_dict(artifact.acquisition)
    except TypeError as error:
        raise ArtifactError(f"{artifact.folder / MANIFEST} is incomplete or damaged.") from error


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        raise ArtifactError(f"{folder} holds no saved detector (there is no {MANIFEST}).")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{path} is damaged.") from error
    if not isinstance(manifest, dict):
        raise ArtifactError(f"{path} is damaged.")
    return manifest


def _check_file(folder: Path, name: str, digest: str) -> None:
    path = folder / name
    if Path(name).name != name or not path.is_file():
        raise ArtifactError(f"{path} is missing.")
    if _sha256(path) != digest:
        raise ArtifactError(f"{path} is damaged: its contents are not those that were saved.")


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _may_replace(folder: Path) -> bool:
    return folder.is_dir() and ((folder / MANIFEST).is_file() or not any(folder.iterdir()))


def _swap(draft: Path, folder: Path) -> None:
    if folder.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
        folder.rename(old / folder.name)
        draft.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    else:
        draft.rename(folder)
