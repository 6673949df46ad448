"""Log files of the child processes: their last lines, and a bound on their size."""

from pathlib import Path

_TAIL_BYTES = 8192


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
