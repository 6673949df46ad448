"""One file of a delivery: its name, and why it may be refused before it is read."""

from collections.abc import Container
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

from django.conf import settings


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


def unused_name(name: str, taken: Container[str]) -> str:
    """The name itself, or with a number where the archive has it already."""
    count, free = 1, name
    while free in taken:
        count += 1
        free = f"{name} ({count})"
    return free
