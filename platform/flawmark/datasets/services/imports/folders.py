"""Folders on the server, which only an operator can open to imports."""

import os
import stat
from pathlib import Path

from django.conf import settings

from flawmark.core.errors import InvalidInput
from flawmark.datasets.services.imports.entries import Entry, Refused, name_refusal, size_check


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
