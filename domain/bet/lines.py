"""The types of bet: a bet is lines times units, and a type says which of its legs are together in a line.

A type is one entry of `BET_TYPES`; nothing else knows the types by name: the API, its document and the page read them from here. A line
wins as a whole: it returns its unit times the product of its legs' factors. The stake of a bet is its unit times the number of its lines.
"""

from collections.abc import Callable
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

LEGS_MAX = 20
LINES_MAX = 1_000
"""No type has more lines than this, whatever its legs."""

Line = tuple[int, ...]
"""The legs of a line, by their indexes in the bet, in ascending order."""


class BetType(NamedTuple):
    """How many legs a bet of this type has, and the lines that so many legs give.

    `name` returns what people call a bet of so many legs; where it is None that is the type itself, with a capital.
    """

    legs_min: int
    legs_max: int
    lines: Callable[[int], tuple[Line, ...]]
    name: Callable[[int], str] | None = None


def all_in_one(legs: int) -> tuple[Line, ...]:
    """Return one line that holds every leg."""
    return (tuple(range(legs)),)


def each_of(*sizes: int) -> Callable[[int], tuple[Line, ...]]:
    """Return every combination of so many legs as a line: `each_of(2, 3)` of three legs gives three doubles and a treble."""
    return lambda legs: tuple(line for size in sizes for line in combinations(range(legs), size))


def _fold_name(legs: int) -> str:
    return {1: "Single", 2: "Double", 3: "Treble", 4: "Fourfold", 5: "Fivefold"}.get(legs, f"{legs}-fold")


SINGLE, MULTIPLE = "single", "multiple"
BET_TYPES: dict[str, BetType] = {
    SINGLE: BetType(1, 1, all_in_one, _fold_name),
    MULTIPLE: BetType(2, LEGS_MAX, all_in_one, _fold_name),
}
"""Type, as a bettor names it -> what it is. Where several types take as many legs, the first is what a slip proposes."""


def plain_type(legs: int) -> str:
    """Return the type of so many legs in one line."""
    return SINGLE if legs == 1 else MULTIPLE


def name_of(bet_type: str, legs: int) -> str:
    """Return what people call a bet of a known type and so many legs, e.g. "Treble"."""
    name = BET_TYPES[bet_type].name
    return bet_type.capitalize() if name is None else name(legs)


def types_in_words() -> str:
    """Return the types with their numbers of legs, for people, e.g. "single (1 leg), multiple (2 to 20 legs)"."""
    return ", ".join(f"{name} ({_legs_in_words(known)})" for name, known in BET_TYPES.items())


def _legs_in_words(known: BetType) -> str:
    if known.legs_min == known.legs_max:
        return f"{known.legs_min} leg{'s' if known.legs_min > 1 else ''}"
    return f"{known.legs_min} to {known.legs_max} legs"


def lines_of(bet_type: str, legs: int) -> tuple[Line, ...]:
    """Return the lines of a bet of so many legs; none where there is no such type, or where it has another number of legs."""
    known = BET_TYPES.get(bet_type)
    return () if known is None or not known.legs_min <= legs <= known.legs_max else _lines(known, legs)


@lru_cache(maxsize=1_024)
def _lines(bet_type: BetType, legs: int) -> tuple[Line, ...]:
    lines = bet_type.lines(legs)
    assert 0 < len(lines) <= LINES_MAX, "a type has lines, and not too many"
    return lines
