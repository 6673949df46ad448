"""Fitted detectors as blobs: packed after a fit, unpacked once per machine by whoever scores with them."""

import io
import shutil
import tarfile
import tempfile
from pathlib import Path
from typing import IO
from uuid import UUID

from django.conf import settings

from flawmark.core.blobs import blob_open, blob_store, sha256_of
from flawmark.core.errors import Unavailable
from flawmark.core.models import Blob
from flawmark.training.models import ModelVersion

MEDIA_TYPE = "application/x-tar"


def artifact_store(*, team_id: UUID, folder: Path) -> Blob:
    """Pack a saved detector's folder and keep it. Equal folders make equal bytes, hence equal hashes."""
    with tempfile.TemporaryFile() as packed:
        _pack(folder, packed)
        packed.seek(0)
        return blob_store(team_id=team_id, content=packed, media_type=MEDIA_TYPE)


def artifact_folder(model_version: ModelVersion) -> Path:
    """The model's unpacked artifact in this machine's cache, fetched there if need be.

    Processes may race for it: each unpacks into a folder of its own, and one rename wins.

    Raises:
        Unavailable: the stored artifact is not the one that was trained.
    """
    cache = Path(settings.ARTIFACT_CACHE_DIR)
    folder = cache / model_version.artifact_sha256
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=cache))
    try:
        _unpack(model_version, draft)
        draft.chmod(0o755)
        draft.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def folder_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def _pack(folder: Path, packed: IO[bytes]) -> None:
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path in sorted(folder.iterdir()):
            entry = tarfile.TarInfo(path.name)
            entry.size = path.stat().st_size
            with path.open("rb") as content:
                archive.addfile(entry, content)


def _unpack(model_version: ModelVersion, folder: Path) -> None:
    with blob_open(model_version.artifact) as stream:
        content = io.BytesIO(stream.read())
    if sha256_of(content) != model_version.artifact_sha256:
        raise Unavailable("The stored model is damaged: its contents are not those that were trained.")
    with tarfile.open(fileobj=content) as archive:
        archive.extractall(folder, filter="data")
