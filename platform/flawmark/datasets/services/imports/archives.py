"""Zip archives from strangers. Nothing is unpacked to disk, and no name is used as a path to write."""

import stat
import zipfile
import zlib
from typing import IO

from django.conf import settings

from flawmark.core.errors import InvalidInput
from flawmark.datasets.services.imports.entries import (
    Entry,
    Refused,
    name_refusal,
    size_check,
    unused_name,
)

ENCRYPTED = 0x1
READABLE_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
MAX_ENTRIES = 1_000_000
DAMAGED_ZIP = "This is not a zip archive, or it is damaged."


def zip_open(stream: IO[bytes]) -> zipfile.ZipFile:
    """Read an archive's directory. Raises InvalidInput when it has none or too many entries."""
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise InvalidInput(DAMAGED_ZIP, code="bad_archive", field="archive") from error
    if len(archive.infolist()) > MAX_ENTRIES:
        raise InvalidInput(f"An archive has at most {MAX_ENTRIES:,} files.", field="archive")
    return archive


class ZipSource:
    """An archive, read entry by entry; declared sizes are limits that the reader enforces."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._infos: dict[str, zipfile.ZipInfo] = {}
        self._budget_bytes = settings.IMPORT_MAX_UNPACKED_BYTES

    def entries(self) -> list[Entry]:
        found = []
        for info in self._archive.infolist():
            if info.is_dir():
                continue
            name = unused_name(info.filename, self._infos)
            self._infos[name] = info
            twice = "" if name == info.filename else "The archive has two files of this name."
            found.append(Entry(name, twice or name_refusal(info.filename) or self._refusal(info)))
        return found

    def _refusal(self, info: zipfile.ZipInfo) -> str:
        if stat.S_ISLNK(info.external_attr >> 16):
            return "It is a symbolic link."
        if info.flag_bits & ENCRYPTED:
            return "It is encrypted."
        if info.compress_type not in READABLE_METHODS:
            return "Its compression method is not supported; use deflate."
        try:
            size_check(info.file_size)
        except Refused as refused:
            return str(refused)
        self._budget_bytes -= info.file_size
        if self._budget_bytes < 0:
            limit_gb = settings.IMPORT_MAX_UNPACKED_BYTES / 1024**3
            return f"The archive unpacks to more than {limit_gb:,.1f} GB."
        return ""

    def read(self, path: str) -> bytes:
        info = self._infos[path]
        try:
            with self._archive.open(info) as stream:
                # zipfile gives no more than the declared size, and then compares the checksum.
                return stream.read()
        except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, zlib.error) as error:
            raise Refused("It is damaged inside the archive.") from error
