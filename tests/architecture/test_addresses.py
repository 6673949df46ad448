"""Nothing committed says where it was made or where packages were fetched from."""

import re
from collections.abc import Callable
from pathlib import Path

_REGISTRY = re.compile(r"://[\w.-]*(?:registry|pypi|pythonhosted|npmjs|npmmirror)", re.IGNORECASE)
_FETCH_OPTION = re.compile(
    r"--(?:extra-)?index-url|--find-links|--trusted-host|^registry\s*=|file:///", re.MULTILINE
)
_HOME_FOLDER = re.compile(r"(?<![\w.$}*-])/(?:root|home/\w+|Users/\w+)/")


def _texts(files: list[Path], root: Path) -> dict[str, str]:
    texts = {}
    for path in files:
        try:
            texts[path.relative_to(root).as_posix()] = path.read_text()
        except UnicodeDecodeError:
            continue
    texts.pop(Path(__file__).relative_to(root).as_posix())
    return texts


def test_python_locks_name_no_address(root: Path) -> None:
    locks = sorted((root / "requirements").glob("*.lock"))
    assert locks
    assert [lock.name for lock in locks if "://" in lock.read_text()] == []


def test_the_front_end_lock_names_no_download(root: Path) -> None:
    text = (root / "frontend" / "package-lock.json").read_text()
    assert '"integrity"' in text
    assert '"resolved"' not in text
    assert ".tgz" not in text


def test_python_locks_have_a_hash_for_every_package(root: Path) -> None:
    for lock in (root / "requirements").glob("*.lock"):
        text = lock.read_text().replace("\\\n", " ")
        without = [line for line in text.splitlines() if "==" in line and "--hash=sha256:" not in line]
        assert without == [], lock.name


def test_no_file_names_a_registry(root: Path, files: Callable[..., list[Path]]) -> None:
    texts = _texts(files(), root)
    assert {
        name for name, text in texts.items() if _REGISTRY.search(text) or _FETCH_OPTION.search(text)
    } == set()


def test_no_file_names_a_folder_of_the_machine_it_was_made_on(
    root: Path, files: Callable[..., list[Path]]
) -> None:
    here = str(root) + "/"
    texts = _texts(files(), root)
    assert {name for name, text in texts.items() if here in text or _HOME_FOLDER.search(text)} == set()
