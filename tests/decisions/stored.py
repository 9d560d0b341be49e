"""The stored bytes of every fact, kept as golden files.

`python -m tests.decisions.stored` adds those that are missing, and changes none.
"""

import types
import typing
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from domain.catalogue import FACTS
from domain.fact import Fact, stored_name
from domain.odds import Odds
from domain.settling import HALF_WON, LegResult
from infra.eventstore.fact_encoding import encode_fact

GOLDEN = Path(__file__).parents[1] / "data" / "golden"
EXAMPLE_ID = "0197a0b1-c2d3-7e4f-8a5b-6c7d8e9f0a1b"


LEAVES: dict[Any, Callable[[str], Any]] = {
    LegResult: lambda _: HALF_WON,
    Odds: lambda _: Odds(21, 11),
    str: lambda name: EXAMPLE_ID if name.endswith("_id") else f"{name} ü",
    int: lambda name: 10_50 + len(name),
    bool: lambda _: True,
    datetime: lambda _: datetime(2026, 6, 14, 12, 34, 56, 789_012, tzinfo=UTC),
}


def example(kind: Any, name: str = "") -> Any:
    """Return a value of an annotation, every optional part filled, told apart from its neighbours by the field's name."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if kind in LEAVES:
        return LEAVES[kind](name)
    if origin in {typing.Union, types.UnionType}:
        return example(inner[0], name)
    if origin is tuple:
        return (example(inner[0], name),) * 2
    if origin is dict:
        return {f"{name} key": example(inner[1], name)}
    return kind(**{field.name: example(field.type, field.name) for field in msgspec.structs.fields(kind)})


def example_of(fact: type[Fact]) -> Fact:
    made: Fact = example(fact)
    return made


def golden_file(fact: type[Fact]) -> Path:
    return GOLDEN / f"{stored_name(fact)}.json"


def add_missing() -> list[Path]:
    """Write a golden file for each fact that has none; return them."""
    missing = [fact for fact in FACTS.values() if not golden_file(fact).exists()]
    for fact in missing:
        golden_file(fact).write_bytes(encode_fact(example_of(fact)) + b"\n")
    return [golden_file(fact) for fact in missing]


if __name__ == "__main__":
    add_missing()
