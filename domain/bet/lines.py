"""The types of bet: a bet is lines times units, and a type says how many of its legs are together in a line.

A type is one entry of `BET_TYPES`; nothing else knows the types by name: the API, its document and the page read them from here. A line
wins as a whole: it returns its unit times the product of its legs' factors. The stake of a bet is its unit times the number of its lines.
Lines are never listed: all folds of a size are summed at once, see `domain.settling.folds`.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from domain.settling.folds import FULL_COVER, lines_in

LEGS_MAX = 25

Folds = tuple[int, ...]
"""The sizes of a bet's folds, ascending: it has a line for every combination of so many of its legs."""


class BetType(NamedTuple):
    """How many legs a bet of this type has, and the sizes of the folds that so many legs give.

    `name` returns what people call a bet of so many legs; where it is None that is the type itself, with a capital.
    """

    legs_min: int
    legs_max: int
    folds: Callable[[int], Folds]
    name: Callable[[int], str] | None = None


def all_in_one(legs: int) -> Folds:
    """Return the one fold that holds every leg."""
    return (legs,)


def each_of(*sizes: int) -> Callable[[int], Folds]:
    """Return folds of these sizes, whatever the number of legs: `each_of(2, 3)` of three legs gives three doubles and a treble."""
    return lambda _: sizes


def _fold_name(legs: int) -> str:
    return {1: "Single", 2: "Double", 3: "Treble", 4: "Fourfold", 5: "Fivefold"}.get(legs, f"{legs}-fold")


def _called(name: str) -> Callable[[int], str]:
    return lambda _: name


SINGLE, MULTIPLE, ROUND_ROBIN = "single", "multiple", "roundrobin"
_CALLED = {
    "canadian": "Canadian (super yankee)",
    "superheinz": "Super heinz",
    **{f"lucky{lines}": f"Lucky {lines}" for lines in (15, 31, 63, 127, 255)},
}
_SECOND_NAMES = {"superyankee"}
"""Names of bets that have another one: the calculator knows both, a bet is struck under one."""

ROUND_ROBIN_PATTERN = rf"{ROUND_ROBIN}:(?:[1-9]|1[0-9]|20)(?:,(?:[1-9]|1[0-9]|20))*"
"""A round robin names the sizes of its folds, ascending and each once: `roundrobin:2,3`."""

BET_TYPES: dict[str, BetType] = {
    SINGLE: BetType(1, 1, all_in_one, _fold_name),
    MULTIPLE: BetType(2, LEGS_MAX, all_in_one, _fold_name),
    **{
        name: BetType(legs, legs, each_of(*sizes), _called(_CALLED.get(name, name.capitalize())))
        for name, (legs, sizes) in FULL_COVER.items()
        if name not in _SECOND_NAMES
    },
    **{f"{ROUND_ROBIN}:{size}": BetType(size + 1, LEGS_MAX, each_of(size), _called(f"{_fold_name(size)}s")) for size in range(2, LEGS_MAX)},
}
"""Type, as a bettor names it -> what it is. Where several types take as many legs, the first is what a slip proposes.

Round robins of one size of fold are listed; any other is read from its name.
"""


def plain_type(legs: int) -> str:
    """Return the type of so many legs in one line."""
    return SINGLE if legs == 1 else MULTIPLE


def name_of(bet_type: str, legs: int) -> str:
    """Return what people call a bet of a listed type and so many legs, e.g. "Treble"."""
    name = BET_TYPES[bet_type].name
    return bet_type.capitalize() if name is None else name(legs)


def types_in_words() -> str:
    """Return the types with their numbers of legs, for people, e.g. "single (1 leg), multiple (2 to 25 legs)"."""
    listed = [f"{name} ({_legs_in_words(known)})" for name, known in BET_TYPES.items() if not name.startswith(ROUND_ROBIN)]
    return ", ".join([*listed, f"{ROUND_ROBIN}: and the sizes of its folds, such as {ROUND_ROBIN}:2,3"])


def _legs_in_words(known: BetType) -> str:
    if known.legs_min == known.legs_max:
        return f"{known.legs_min} leg{'s' if known.legs_min > 1 else ''}"
    return f"{known.legs_min} to {known.legs_max} legs"


def folds_of(bet_type: str, legs: int) -> Folds:
    """Return the sizes of the folds of a bet of so many legs; none where there is no such type, or where it has another number of legs."""
    known = BET_TYPES.get(bet_type)
    if known is None:
        return _round_robin(bet_type, legs) if bet_type.startswith(f"{ROUND_ROBIN}:") else ()
    return known.folds(legs) if known.legs_min <= legs <= known.legs_max else ()


def line_count(bet_type: str, legs: int) -> int:
    """Return how many lines a bet of so many legs has; 0 where there is no such type, or where it has another number of legs."""
    folds = folds_of(bet_type, legs)
    return 1 if folds == (legs,) else lines_in(legs, folds)


@lru_cache(maxsize=1_024)
def _round_robin(bet_type: str, legs: int) -> Folds:
    """Read a round robin of several sizes; none where they are out of order, or more than the legs give."""
    if not re.fullmatch(ROUND_ROBIN_PATTERN, bet_type):
        return ()
    sizes = tuple([int(size) for size in bet_type.removeprefix(f"{ROUND_ROBIN}:").split(",")])
    is_ascending = all(one < other for one, other in pairwise(sizes))
    return sizes if is_ascending and len(sizes) > 1 and sizes[-1] <= legs <= LEGS_MAX else ()
