"""Files that several processes may write: whoever reads one sees it whole. Torch-free."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

_PARTIAL = ".partial"
_ABANDONED_AFTER_S = 3_600


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """The name, beside `path`, of what takes its place once the block has ended well.

    Every writer has a name of its own: of two at once the last one's content stays.
    """
    partial = path.with_name(f"{path.name}.{uuid4().hex}{_PARTIAL}")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Delete what killed writers left in a folder an hour ago or earlier."""
    before = time.time() - _ABANDONED_AFTER_S
    for partial in folder.glob(f"*{_PARTIAL}"):
        with contextlib.suppress(FileNotFoundError):  # its writer has just finished
            if partial.stat().st_mtime < before:
                partial.unlink()
