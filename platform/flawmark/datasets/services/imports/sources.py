"""Where an import's bytes come from."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.files.storage import default_storage

from flawmark.datasets.models import Import, ImportSource
from flawmark.datasets.services.imports.archives import ZipSource, zip_open
from flawmark.datasets.services.imports.entries import Entry, Source, name_refusal, size_check, unused_name
from flawmark.datasets.services.imports.folders import FolderSource, folder_allowed


@contextmanager
def source_open(delivery: Import) -> Iterator[Source]:
    """Open the delivery of an import. Raises InvalidInput where it is not what it says."""
    if delivery.source == ImportSource.FOLDER:
        yield FolderSource(folder_allowed(delivery.folder))
    elif delivery.source == ImportSource.FILES:
        yield UploadedFiles(delivery.uploads)
    else:
        with default_storage.open(delivery.uploads[0]["key"], "rb") as stream, zip_open(stream) as archive:
            yield ZipSource(archive)


class UploadedFiles:
    """Single files of one request, with the names that the browser gave them."""

    def __init__(self, uploads: list[dict[str, Any]]) -> None:
        self._uploads: dict[str, dict[str, Any]] = {}
        for upload in uploads:
            self._uploads[unused_name(upload["name"], self._uploads)] = upload

    def entries(self) -> list[Entry]:
        return [Entry(name, name_refusal(name)) for name in self._uploads]

    def read(self, path: str) -> bytes:
        size_check(self._uploads[path]["size_bytes"])
        with default_storage.open(self._uploads[path]["key"], "rb") as stream:
            return stream.read()
