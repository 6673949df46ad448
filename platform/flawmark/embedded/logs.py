"""Log files of the child processes: their last lines, and a bound on their size."""

import shutil
from pathlib import Path

_TAIL_BYTES = 8192
_MAX_BYTES = 20_000_000
_KEPT = 3


def last_lines(path: Path, count: int = 15) -> str:
    """The end of a log file, indented for printing; a note when there is none."""
    try:
        with path.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - _TAIL_BYTES))
            lines = file.read().decode(errors="replace").splitlines()[-count:]
    except OSError:
        lines = []
    return "\n".join(f"    {line}" for line in lines) or "    (nothing was logged)"


def rotate(folder: Path, max_bytes: int = _MAX_BYTES) -> None:
    """Move what is in a log file beyond `max_bytes` to `NAME.log.1`, and the older ones one further.

    The writers keep their open file (they append), so it is copied and emptied, not renamed.
    """
    for path in folder.glob("*.log"):
        if path.stat().st_size <= max_bytes:
            continue
        for number in range(_KEPT - 1, 0, -1):
            older = path.with_name(f"{path.name}.{number}")
            if older.exists():
                older.replace(path.with_name(f"{path.name}.{number + 1}"))
        shutil.copyfile(path, path.with_name(f"{path.name}.1"))
        with path.open("r+b") as file:
            file.truncate(0)
