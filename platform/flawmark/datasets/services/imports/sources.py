"""Where an import's bytes come from. Nothing is unpacked to disk, and no name is used as a path to write."""

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, Protocol

from django.conf import settings
from django.core.files.storage import default_storage

from flawmark.core.errors import InvalidInput
from flawmark.datasets.models import Import, ImportSource

ENCRYPTED = 0x1
READABLE_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
MAX_ENTRIES = 1_000_000
DAMAGED_ZIP = "This is not a zip archive, or it is damaged."


class Refused(Exception):
    """One file cannot be taken; the text says why. The import goes on."""


@dataclass(frozen=True)
class Entry:
    """One file of a delivery. `refusal` is set where its name or kind alone forbids reading it."""

    path: str
    refusal: str = ""


class Source(Protocol):
    """A delivery: names first, bytes one by one."""

    def entries(self) -> list[Entry]: ...

    def read(self, path: str) -> bytes:
        """The bytes of one entry. Raises Refused."""
        ...


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


def name_refusal(name: str) -> str:
    """Why a name may not be used; empty when it is a plain relative path."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts or name.startswith(("/", "\\")) or ":" in parts[0]:
        return "Its name is an absolute path."
    if ".." in parts:
        return "Its name points outside the delivery (..)."
    if any(ord(character) < 32 for character in name):
        return "Its name has control characters."
    if parts[0] == "__MACOSX" or parts[-1].startswith(".") or parts[-1] in ("Thumbs.db", "desktop.ini"):
        return "A file of the operating system, not an image."
    return ""


def size_check(size_bytes: int) -> None:
    """Raise Refused for a file that is too large to be read at once, or empty."""
    if size_bytes > settings.IMPORT_MAX_FILE_BYTES:
        limit_mb = settings.IMPORT_MAX_FILE_BYTES // 1024**2
        raise Refused(f"It has {size_bytes / 1024**2:,.0f} MB unpacked; at most {limit_mb} MB are read.")
    if size_bytes == 0:
        raise Refused("It is empty (zero bytes).")


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
            name = _unused(info.filename, self._infos)
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


def _unused(name: str, taken: dict[str, Any]) -> str:
    """The name itself, or with a number where the archive has it already."""
    count, free = 1, name
    while free in taken:
        count += 1
        free = f"{name} ({count})"
    return free


def folder_allowed(folder: str) -> Path:
    """Resolve a folder on the server. Raises InvalidInput unless it lies below an import root."""
    if not settings.IMPORT_ROOTS:
        raise InvalidInput(
            "Importing folders of the server is switched off; set FLAWMARK_IMPORT_ROOTS.",
            code="folder_not_allowed",
            field="folder",
        )
    path = Path(folder).resolve()
    roots = [root.resolve() for root in settings.IMPORT_ROOTS]
    if not path.is_dir() or not any(path == root or root in path.parents for root in roots):
        raise InvalidInput(
            "There is no such folder below the folders that may be imported.",
            code="folder_not_allowed",
            field="folder",
        )
    return path


class FolderSource:
    """A folder on the server; links are never followed."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def entries(self) -> list[Entry]:
        found = []
        for folder, folders, files in os.walk(self._root):
            folders.sort()
            links = [name for name in folders if (Path(folder) / name).is_symlink()]
            for name in sorted([*files, *links]):
                path = (Path(folder) / name).relative_to(self._root).as_posix()
                is_link = (Path(folder) / name).is_symlink()
                found.append(Entry(path, "It is a symbolic link." if is_link else name_refusal(path)))
        return found

    def read(self, path: str) -> bytes:
        full = self._root / path
        if full.resolve() != full:
            raise Refused("It is a symbolic link.")
        try:
            descriptor = os.open(full, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            raise Refused(f"It cannot be opened: {error.strerror}.") from error
        with os.fdopen(descriptor, "rb") as stream:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise Refused("It is not a plain file.")
            size_check(status.st_size)
            return stream.read(settings.IMPORT_MAX_FILE_BYTES)


class UploadedFiles:
    """Single files of one request, with the names that the browser gave them."""

    def __init__(self, uploads: list[dict[str, Any]]) -> None:
        self._uploads: dict[str, dict[str, Any]] = {}
        for upload in uploads:
            self._uploads[_unused(upload["name"], self._uploads)] = upload

    def entries(self) -> list[Entry]:
        return [Entry(name, name_refusal(name)) for name in self._uploads]

    def read(self, path: str) -> bytes:
        size_check(self._uploads[path]["size_bytes"])
        with default_storage.open(self._uploads[path]["key"], "rb") as stream:
            return stream.read()
