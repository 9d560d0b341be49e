"""Types of bet that tests know, some of them alone: an entry of `BET_TYPES` is all it takes to have one struck, settled and audited."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from math import floor, prod

import pytest

from domain.bet.lines import BET_TYPES, BetType, each_of
from domain.odds import Odds
from domain.settling import LegResult

Legs = Sequence[tuple[Odds, LegResult]]

MORE_TYPES = {
    "singles and a double": BetType(2, 2, each_of(1, 2)),
    "doubles": BetType(2, 6, each_of(2)),
}
SIZES = {
    "trixie": (2, 3),
    "patent": (1, 2, 3),
    "lucky15": (1, 2, 3, 4),
    "goliath": (2, 3, 4, 5, 6, 7, 8),
    "roundrobin:2": (2,),
    "roundrobin:2,4": (2, 4),
    "singles and a double": (1, 2),
    "doubles": (2,),
}


@pytest.fixture(scope="module")
def more_bet_types() -> Iterator[None]:
    BET_TYPES.update(MORE_TYPES)
    yield
    for name in MORE_TYPES:
        del BET_TYPES[name]


def lines_by_hand(bet_type: str, legs: int) -> list[tuple[int, ...]]:
    """The lines of a type, written a second time: from the sizes that its name stands for."""
    sizes = SIZES.get(bet_type, (legs,))
    return [line for size in sizes for line in combinations(range(legs), size)]


def by_hand(bet_type: str, stake_minor: int, legs: Legs, *, down: bool = False) -> int:
    """The sum over lines, in fractions, rounded half up once, or down as in the first house rules."""
    lines = lines_by_hand(bet_type, len(legs))
    unit = Fraction(stake_minor, len(lines))
    exactly = sum((unit * prod((made_of(*legs[index]) for index in line), start=Fraction(1)) for line in lines), start=Fraction(0))
    return floor(exactly) if down else half_up(exactly)


def half_up(exactly: Fraction) -> int:
    return floor(exactly + Fraction(1, 2))


def made_of(odds: Odds, result: LegResult) -> Fraction:
    void, won, heat = Fraction(*result.void), Fraction(*result.won), Fraction(*result.dead_heat)
    return void + (1 - void) * won * Fraction(odds.numerator, odds.denominator) / heat
