"""No test is switched off without saying why."""

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest

_SWITCHES = ("skip", "skipif", "xfail")
_SWITCHED_OFF = re.compile(r"\b(?:it|test|describe|suite)\.(?:skip|only|todo|fails)\b|\bx(?:it|describe)\(")


def _unexplained(source: str) -> list[int]:
    """Lines of `pytest.mark.skip`, `skipif`, `xfail` and their calls that give no reason."""
    tree = ast.parse(source)
    calls = {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    lines = []
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Attribute) and node.attr in _SWITCHES and _is_pytest(node.value)):
            continue
        call = calls.get(id(node))
        given = call is not None and (
            any(keyword.arg == "reason" for keyword in call.keywords) or (call.args and node.attr != "skipif")
        )
        if not given:
            lines.append(node.lineno)
    return lines


def _is_pytest(node: ast.expr) -> bool:
    return ast.unparse(node) in ("pytest", "pytest.mark")


def test_every_skipped_python_test_says_why(root: Path, files: Callable[..., list[Path]]) -> None:
    found = {
        path.relative_to(root).as_posix(): lines
        for path in files(".py")
        if "tests" in path.parts and (lines := _unexplained(path.read_text()))
    }
    assert found == {}


def test_no_front_end_test_is_switched_off(root: Path, files: Callable[..., list[Path]]) -> None:
    tests = [path for path in files(".ts", ".tsx") if ".test." in path.name]
    assert [
        path.relative_to(root).as_posix() for path in tests if _SWITCHED_OFF.search(path.read_text())
    ] == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("@pytest.mark.skip\ndef test(): ...", [1]),
        ("@pytest.mark.skip()\ndef test(): ...", [1]),
        ("@pytest.mark.skipif(True)\ndef test(): ...", [1]),
        ("@pytest.mark.skipif(True, reason='no GPU')\ndef test(): ...", []),
        ("@pytest.mark.xfail(reason='upstream')\ndef test(): ...", []),
        ("def test():\n    pytest.skip('no GPU')", []),
    ],
)
def test_the_check_itself(source: str, expected: list[int]) -> None:
    assert _unexplained(source) == expected
