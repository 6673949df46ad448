"""Where packages may and may not be."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.mark.parametrize("folder", [".", "platform"])
def test_platform_is_still_the_one_of_the_standard_library(root: Path, folder: str) -> None:
    """Also for whoever starts Python in a folder of ours."""
    program = (
        "import platform, sysconfig; print(platform.__file__, sysconfig.get_path('stdlib') + '/platform.py')"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program], cwd=root / folder, capture_output=True, text=True, check=True
    )
    imported, expected = finished.stdout.split()
    assert imported == expected


def test_source_roots_are_no_packages(root: Path, files: Callable[..., list[Path]]) -> None:
    packages = [path.parent.relative_to(root) for path in files(".py") if path.name == "__init__.py"]
    wrong = [
        folder for folder in packages if folder == Path("platform") or folder.parts[0] in ("tests", "docker")
    ]
    assert wrong == []


def test_platform_holds_one_package(root: Path) -> None:
    assert [path.name for path in (root / "platform").iterdir() if path.name != "__pycache__"] == ["flawmark"]


def test_every_link_of_a_page_leads_somewhere(root: Path, files: Callable[..., list[Path]]) -> None:
    dead = [
        f"{page.relative_to(root)}: {target}"
        for page in files(".md")
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text())
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert dead == []
