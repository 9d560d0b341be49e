"""Tests of the source itself: what the style of this code asks for and no other tool checks."""

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.refused import Refused
from infra.__main__ import RUNS_FOR_LONG

ROOT = Path(__file__).parents[2]
ROOMS = ("domain", "commands", "projections", "api", "infra")
PRODUCT = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
FUNCTION_LINES_MAX = 60
FILE_LINES_MAX = 300

CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
CHANCE = {"uuid4", "uuid.uuid4", "uuid.uuid1", "random"}

MAY_READ_CLOCKS = {
    "infra/clock.py": "it is the clock",
    "infra/sports_data/simulated_leagues.py": "what it draws follows from a seed that is given",
    "infra/sports_data/simulated_races.py": "what it draws follows from a seed that is given",
    "infra/sports_data/simulated_points.py": "what it draws follows from a seed that is given",
    "infra/sports_data/simulated_tennis.py": "what it draws follows from a seed that is given",
}

LONGER: dict[str, str] = {"commands/audit/violations/__init__.py": "a list of names, one a line, each twice"}
"""Files that may be longer than one sitting, each with its reason."""


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in PRODUCT:
        yield path, ast.parse(path.read_text())


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S607
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_only_the_clock_reads_a_clock_or_makes_chance():
    found = [
        f"{shown(path)}:{node.lineno} {dotted(node)}"
        for path, tree in trees()
        if shown(path) not in MAY_READ_CLOCKS
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute | ast.Name) and (dotted(node) in CLOCKS | CHANCE or dotted(node).endswith(".random"))
    ]
    assert found == []


def test_nothing_is_left_to_do_in_a_comment():
    found = [shown(path) for path in PRODUCT if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", path.read_text())]
    assert found == []


def test_only_the_command_line_prints():
    found = [
        f"{shown(path)}:{node.lineno}"
        for path, tree in trees()
        if not shown(path).startswith("api/cli/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and dotted(node.func) == "print"
    ]
    assert found == []


def own_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function without those of the functions in it, each of which is counted for itself."""
    nested = [node for node in ast.walk(function) if node is not function and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inner = {line for node in nested for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
    return (function.end_lineno or function.lineno) - function.lineno + 1 - len(inner)


def test_a_function_fits_a_screen():
    found = [
        f"{shown(path)}:{node.lineno} {node.name} has {own_lines(node)} lines"
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and own_lines(node) > FUNCTION_LINES_MAX
    ]
    assert found == []


def test_a_file_is_read_in_one_sitting():
    lengths = {shown(path): len(path.read_text().splitlines()) for path in PRODUCT if shown(path) not in LONGER}
    assert {name: lines for name, lines in lengths.items() if lines > FILE_LINES_MAX} == {}


def test_every_advisory_lock_has_a_number_of_its_own():
    numbers = [number for path in PRODUCT for number in re.findall(r"0x51_1B_\w+", path.read_text())]
    assert len(numbers) > 4
    assert len(set(numbers)) == len(numbers)


def test_an_exception_to_a_rule_is_still_needed():
    assert [name for name in LONGER if len((ROOT / name).read_text().splitlines()) <= FILE_LINES_MAX] == []


def test_every_statement_of_sql_begins_with_a_sentence():
    found = [shown(path) for room in ROOMS for path in (ROOT / room).rglob("*.sql") if not re.match(r"-- [A-Z].*", path.read_text())]
    assert found == []


def refusals() -> list[type[Refused]]:
    """Every refusal of the product, found by importing every module."""
    for room in ROOMS:
        package = importlib.import_module(room)
        for module in pkgutil.walk_packages(package.__path__, f"{room}."):
            importlib.import_module(module.name)

    def below(kind: type[Refused]) -> Iterator[type[Refused]]:
        for child in kind.__subclasses__():
            yield child
            yield from below(child)

    return sorted({kind for kind in below(Refused) if kind.__module__.split(".")[0] in ROOMS}, key=lambda kind: kind.__name__)


def test_every_refusal_says_in_a_sentence_what_happened():
    found = [kind.__name__ for kind in refusals() if not re.match(r"[A-Z].*[.]$", (inspect.getdoc(kind) or "").splitlines()[0])]
    assert found == []


def test_no_two_refusals_share_a_problem_type():
    slugs = [kind.slug for kind in refusals()]
    assert sorted(set(slugs)) == sorted(slugs)


def test_every_refusal_of_a_rule_is_mentioned_by_a_test():
    """Those of HTTP itself are covered one by one, by their table, in tests/journeys/test_problems.py."""
    tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    rules = [kind for kind in refusals() if not kind.__module__.startswith("api.")]
    assert [kind.__name__ for kind in rules if not re.search(rf"\b{kind.__name__}\b|\b{kind.slug}\b", tests)] == []


def test_every_aggregate_has_its_facts_its_commands_and_its_decider():
    folders = {path.parent for path in (ROOT / "domain").glob("*/decider.py")} | {
        path.parent for path in (ROOT / "domain").glob("*/facts.py")
    }
    assert folders
    found = [
        shown(folder / name) for folder in folders for name in ("facts.py", "commands.py", "decider.py") if not (folder / name).exists()
    ]
    assert found == []


def test_imports_point_one_way():
    command = [sys.executable, "-c", "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"]
    done = subprocess.run([*command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


SUBMITS = re.compile(r"queue\.(?:submit|call)\(")


def test_every_aggregate_is_under_the_import_contracts():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    independent = next(contract["modules"] for contract in contracts if contract["type"] == "independence")
    forbidden = next(contract["forbidden_modules"] for contract in contracts if contract["type"] == "forbidden")
    for path in (ROOT / "domain").glob("*/decider.py"):
        assert f"domain.{path.parent.name}" in independent
        assert f"domain.{path.parent.name}.decider" in forbidden


def test_whatever_submits_commands_is_under_the_contract_that_keeps_read_models_out():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    kept_out = next(contract["source_modules"] for contract in contracts if "api.view_reader" in contract.get("forbidden_modules", ()))
    asking = [path for folder in ("api/http", "api/stream") for path in (ROOT / folder).rglob("*.py") if SUBMITS.search(path.read_text())]
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in asking]
    assert len(names) > 10
    assert [name for name in names if not any(f"{name}.".startswith(f"{module}.") for module in kept_out)] == []


def test_whatever_is_beside_http_and_the_command_line_is_under_the_contract_of_what_they_share():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    shared = next(contract["source_modules"] for contract in contracts if "api.http" in contract.get("forbidden_modules", ()))
    there = {f"api.{path.stem}" for path in (ROOT / "api").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert set(shared) == there - {"api.__init__", "api.http", "api.cli", "api.stream"}


def test_no_tuple_is_written_only_to_be_unpacked_where_it_stands():
    """Swapping two fields of one type must not pass unseen: many arguments are given by keyword."""
    found = [
        f"{shown(path)}:{node.lineno}"
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Starred) and isinstance(node.value, ast.Tuple | ast.List)
    ]
    assert found == []


def test_each_role_is_the_function_of_a_module_of_its_name_and_the_composition_root_only_hands_it_the_servers():
    roles = [importlib.import_module(f"infra.roles.{role}") for role in RUNS_FOR_LONG]
    assert all(callable(getattr(module, role)) for module, role in zip(roles, RUNS_FOR_LONG, strict=True))
    root = ast.parse((ROOT / "infra/compose.py").read_text())
    imported = {node.module for node in ast.walk(root) if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("infra")}
    assert {name for name in imported if name and not name.startswith("infra.roles")} == {"infra.clock", "infra.servers", "infra.settings"}
    methods = [node for node in ast.walk(root) if isinstance(node, ast.FunctionDef)]
    assert [each.name for each in methods if len(each.body) > 5] == []


PRIVATE = re.compile(
    r"/(?:home|Users)/[a-z]|/root/|/work/|/workspace/"
    r"|https?://(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|[a-z0-9.-]*(?:artifactory|nexus|pypi-mirror|registry)[a-z0-9.-]*[:/])"
)
TEXT = {".py", ".sql", ".lua", ".toml", ".md", ".yml", ".yaml", ".json", ".html", ".css", ".js", ".sh", ".xml", ".cfg", ".txt", ""}


def test_no_file_names_the_machine_it_was_written_on():
    found = [
        f"{shown(path)}:{number}"
        for path in tracked()
        if path.suffix in TEXT and path != Path(__file__)
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if PRIVATE.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("name", ["tests/tidy/test_the_source.py"])
def test_this_file_looks_at_something(name: str):
    assert ROOT / name in tracked()
    assert len(PRODUCT) > 50
    assert len(refusals()) > 30
