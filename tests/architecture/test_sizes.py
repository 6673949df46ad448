"""Files and functions stay small enough to be read in one go."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

_FILE_MAX_LINES = 300
_FUNCTION_MAX_LINES = 40
_GENERATED = ("frontend/src/lib/api/schema.d.ts",)


def _is_generated(path: Path, root: Path) -> bool:
    return "migrations" in path.parts or path.relative_to(root).as_posix() in _GENERATED


def test_no_file_is_longer_than_300_lines(root: Path, files: Callable[..., list[Path]]) -> None:
    sizes = {
        path.relative_to(root).as_posix(): len(path.read_text().splitlines())
        for path in files(".py", ".ts", ".tsx")
        if not _is_generated(path, root)
    }
    assert sizes
    assert {name: lines for name, lines in sizes.items() if lines > _FILE_MAX_LINES} == {}


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of code: without signature and docstring."""
    statements = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    return (statements[-1].end_lineno or 0) - statements[0].lineno + 1 if statements else 0


def test_no_function_is_longer_than_40_lines(root: Path, files: Callable[..., list[Path]]) -> None:
    too_long = {
        f"{path.relative_to(root)}:{function.lineno} {function.name}": lines
        for path in files(".py")
        if not _is_generated(path, root)
        for function in _functions(ast.parse(path.read_text()))
        if (lines := _body_lines(function)) > _FUNCTION_MAX_LINES
    }
    assert too_long == {}
