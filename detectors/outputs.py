"""What the command line writes: JSON, folders of maps and a progress line; nothing half-written."""

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from detectors.artifacts import MANIFEST
from detectors.errors import InputError

_PROGRESS_INTERVAL_S = 0.5


def write_json(path: Path | None, content: dict[str, Any]) -> None:
    """Write JSON to a file, which appears whole or not at all; to standard output without a path."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if path is None:
        sys.stdout.write(text)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def draft_folder(folder: Path | None) -> AbstractContextManager[Path | None]:
    """`filled_folder`, or nothing at all without a folder."""
    return nullcontext() if folder is None else filled_folder(folder)


@contextmanager
def filled_folder(folder: Path) -> Iterator[Path]:
    """A folder to fill, whose files move into `folder` when the block ends well."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} exists and is not a folder.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield draft
        draft.chmod(0o755)
        _move_into(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def require_replaceable_model(folder: Path) -> None:
    """Refuse, before long work, a folder that holds something else than a saved detector."""
    is_model = folder.is_dir() and ((folder / MANIFEST).is_file() or not any(folder.iterdir()))
    if folder.exists() and not is_model:
        raise InputError(f"{folder} exists and is not a saved detector; choose another folder.")


def name_value_pairs(texts: Sequence[str]) -> dict[str, str]:
    """What `--set NAME=VALUE …` says; `InputError` for a text without a name."""
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InputError(f"--set takes name=value, not {text!r}.")
        pairs[name] = value
    return pairs


class ProgressLine:
    """Progress on stderr: one line that is rewritten on a terminal, a line now and then elsewhere."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._is_terminal = sys.stderr.isatty()
        self._interval_s = _PROGRESS_INTERVAL_S if self._is_terminal else 10 * _PROGRESS_INTERVAL_S
        self._shown_at = time.monotonic()
        self._is_open = False

    def __call__(self, fraction: float, message: str) -> None:
        now = time.monotonic()
        if now - self._shown_at < self._interval_s:
            return
        self._shown_at = now
        text = f"{self._label}: {fraction:4.0%}  {message}"
        sys.stderr.write(f"\r\x1b[K{text}" if self._is_terminal else f"{text}\n")
        sys.stderr.flush()
        self._is_open = self._is_terminal

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_open:
            sys.stderr.write("\n")


def _move_into(draft: Path, folder: Path) -> None:
    if not folder.exists():
        draft.rename(folder)
        return
    for source in sorted(draft.rglob("*")):
        target = folder / source.relative_to(draft)
        if source.is_dir():
            target.mkdir(exist_ok=True)
        else:
            source.replace(target)
