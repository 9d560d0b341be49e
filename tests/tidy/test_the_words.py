"""Plain words: no metaphors in names, and no two public classes of one name where a reader could meet both."""

import ast
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("domain", "commands", "projections", "api", "infra")
PRODUCT = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
BANNED = re.compile(r"(?:^|_)(?:door|desk|haunted|nobodys|phantoms?)(?:$|_)|^(?:Async)?(?:Door|Desk|House|Front)$")
VIOLATIONS = "commands/audit/violations/"
"""A violation of the audit may be called like the refusal that prevents it: both name the same rule."""

TWICE = {"Admission", "Row", "Statements", "Step"}
"""Names that more than one module still defines."""


def names(tree: ast.Module) -> set[str]:
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    found |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    found |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return found | {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)}


def test_no_name_is_a_metaphor():
    found = {
        path.relative_to(ROOT).as_posix(): sorted(name for name in names(ast.parse(path.read_text())) if BANNED.search(name))
        for path in PRODUCT
    }
    assert {path: words for path, words in found.items() if words} == {}


def test_no_two_public_classes_share_a_name():
    where = defaultdict(list)
    for path in PRODUCT:
        name = path.relative_to(ROOT).as_posix()
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and not name.startswith(VIOLATIONS):
                where[node.name].append(name)
    assert {kind: paths for kind, paths in where.items() if len(paths) > 1 and kind not in TWICE} == {}
