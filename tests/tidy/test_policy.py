"""Policy is in domain/ and commands/: adapters carry out what these decide. An import contract keeps deciders out of infra/, too."""

import ast
from pathlib import Path

import pytest

from commands.registry import USE_CASES
from domain.catalogue import FACTS

ROOT = Path(__file__).parents[2]
ADAPTERS = sorted((ROOT / "infra").rglob("*.py"))
MADE_ELSEWHERE = {kind.__name__ for kind in (*USE_CASES, *FACTS.values())}
"""Commands and facts: what asks for something, and what says that it happened."""


def made_in(tree: ast.Module) -> set[str]:
    """The names of what a module calls: a command or a fact that is made there is among them."""
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = {each.id for each in called if isinstance(each, ast.Name)}
    return names | {each.attr for each in called if isinstance(each, ast.Attribute)}


def test_no_adapter_makes_a_command_or_a_fact():
    found = {path.relative_to(ROOT).as_posix(): sorted(made_in(ast.parse(path.read_text())) & MADE_ELSEWHERE) for path in ADAPTERS}
    assert {name: made for name, made in found.items() if made} == {}


@pytest.mark.parametrize("source", ["dispatcher.call(SettleBet(bet_id, market_id, now))", "facts.BetPlaced(account_id)"])
def test_a_command_or_a_fact_that_is_made_is_found(source: str):
    assert made_in(ast.parse(source)) & MADE_ELSEWHERE
