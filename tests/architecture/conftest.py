"""The files of the house, as they would be committed."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_NOT_OURS = {".git", "node_modules", "dist", "coverage", "test-results", "out", "build"}


def _is_ours(folder_name: str) -> bool:
    is_cache = folder_name.endswith("_cache") or folder_name in ("__pycache__", ".hypothesis")
    return not (is_cache or folder_name in _NOT_OURS or folder_name.startswith((".flawmark", ".venv")))


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder with pyproject.toml."""
    return _ROOT


@pytest.fixture(scope="session")
def files() -> Callable[..., list[Path]]:
    """All files, or those with one of the given suffixes. Git is not asked: a release has none."""
    found = []
    for folder, names, file_names in os.walk(_ROOT):
        names[:] = [name for name in names if _is_ours(name)]
        found += [path for name in file_names if (path := Path(folder) / name).is_file()]

    def with_suffixes(*suffixes: str) -> list[Path]:
        return sorted(path for path in found if not suffixes or path.suffix in suffixes)

    return with_suffixes
