"""What a file imports from another of this project is there: seen here in a second, not when half an hour of tests comes to that file."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("domain", "commands", "projections", "api", "infra", "bench", "tests")
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def file_of(module: str) -> Path | None:
    """The file of a module of this project, or None if it is no file."""
    path = ROOT.joinpath(*module.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def bound_by(node: ast.AST) -> set[str]:
    """The names that a statement of a module gives to it, with those within its branches, not those within its functions."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return {node.name}
        case ast.Import() | ast.ImportFrom():
            return {name.asname or name.name.partition(".")[0] for name in node.names}
        case ast.Name(ctx=ast.Store()):
            return {node.id}
    return set().union(*(bound_by(within) for within in ast.iter_child_nodes(node)), set())


@cache
def names_of(file: Path) -> frozenset[str]:
    return frozenset(bound_by(ast.parse(file.read_text())))


def missing(tree: ast.AST) -> list[str]:
    """Names that a file imports from a module of this project that has no such name."""
    return [
        f"{node.lineno}: {node.module} has no {name.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0 and node.module.split(".")[0] in ROOMS
        for name in node.names
        if file_of(f"{node.module}.{name.name}") is None
        if not (ROOT.joinpath(*node.module.split("."), name.name)).is_dir()
        if (file := file_of(node.module)) is None or name.name not in names_of(file)
    ]


@pytest.mark.parametrize("room", ROOMS)
def test_every_name_that_is_imported_from_another_file_is_there(room):
    within = [path for path in FILES if path.relative_to(ROOT).parts[0] == room]
    assert within
    assert {path.relative_to(ROOT).as_posix(): found for path in within if (found := missing(ast.parse(path.read_text())))} == {}


def test_a_name_that_is_not_there_is_found():
    told = "from tests.tidy.test_the_imports import missing, gone\nfrom tests.gone import anything\nfrom tests import tidy"
    assert missing(ast.parse(told)) == ["1: tests.tidy.test_the_imports has no gone", "2: tests.gone has no anything"]
