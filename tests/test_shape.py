"""The budgets that keep the code calm: sizes, opening sentences, no drawers, no mocks."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LINES_PER_FILE = 250
LINES_PER_FUNCTION = 40
DRAWERS = {"utils", "util", "helpers", "helper", "common", "base", "misc", "shared", "lib", "tools"}
EXPLAINED = re.compile(r"(noqa: *[A-Z]+\d++( *, *[A-Z]+\d+)*+|type: ignore\[[\w, -]+\])\W+\w{2,}")  # a code, then words
EXEMPT_FROM_SIZE: dict[str, str] = {}  # path: the reason; keep it empty


def modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def complain(rule: str, found: list[str]) -> None:
    if found:
        pytest.fail(f"{rule}:\n  " + "\n  ".join(found), pytrace=False)


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count from `def` to the last line; decorators are not the function's size."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_files_are_short() -> None:
    sizes = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in modules("service")}
    found = [
        f"{path}: {size}" for path, size in sizes.items() if size > LINES_PER_FILE and path not in EXEMPT_FROM_SIZE
    ]
    complain(f"files over {LINES_PER_FILE} lines", found)


def test_functions_are_short() -> None:
    found = [
        f"{name(path)}:{function.lineno} {function.name}: {lines_of(function)}"
        for path in modules("service")
        for function in functions(path)
        if lines_of(function) > LINES_PER_FUNCTION and f"{name(path)}:{function.name}" not in EXEMPT_FROM_SIZE
    ]
    complain(f"functions over {LINES_PER_FUNCTION} lines", found)


def test_every_exemption_is_still_needed() -> None:
    """An exemption for something that is gone would silently cover its successor."""
    known = {name(path) for path in modules("service")}
    complain("exempt and gone", [entry for entry in EXEMPT_FROM_SIZE if entry.partition(":")[0] not in known])


def test_modules_open_with_a_sentence() -> None:
    found = [name(path) for path in modules("service") if not opens_with_a_sentence(ast.get_docstring(tree(path)))]
    complain("modules without an opening sentence (capital letter to full stop)", found)


def opens_with_a_sentence(docstring: str | None) -> bool:
    opening = (docstring or "").split("\n\n")[0].strip()
    return bool(opening) and not opening[0].islower() and opening.endswith((".", "。", "?", "!"))


def test_no_drawers() -> None:
    places = {place for path in modules("service") for place in (path, *path.parents) if place.is_relative_to(ROOT)}
    found = sorted(name(place) for place in places if place.stem.strip("_").lower() in DRAWERS)
    complain("names that any code could join; say what it is", found)


def test_no_mocks() -> None:
    found = [f"{name(path)}:{line}" for path in modules("service", "tests") for line in mock_imports(path)]
    complain("mocks; use a real small thing", found)


def mock_imports(path: Path) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Import) and any(alias.name.startswith("unittest") for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("unittest", "mock")))
    ]


def test_ignores_say_why() -> None:
    """Every switched-off check names its code and its reason after it."""
    found = [
        f"{name(path)}:{line} {text}"
        for path in modules("service")
        for line, text in comments(path)
        if unexplained(text)
    ]
    complain("ignores without a code and a reason", found)


def comments(path: Path) -> list[tuple[int, str]]:
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline)
    return [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT]


def unexplained(comment: str) -> bool:
    return ("noqa" in comment or "type: ignore" in comment) and not EXPLAINED.search(comment)
