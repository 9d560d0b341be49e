"""The judge's own arithmetic: how goals grade a market and what a bet returns, in plain fractions."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from math import floor, prod
from typing import Any, NamedTuple


class Outcome(NamedTuple):
    """How a selection came out: the share of the stake that is given back as it was, and whether the rest won."""

    void: Fraction
    won: bool

    def factor(self, odds: Fraction) -> Fraction:
        """What one unit becomes."""
        return self.void + (1 - self.void) * (odds if self.won else 0)


WON, LOST, VOID = Outcome(Fraction(0), True), Outcome(Fraction(0), False), Outcome(Fraction(1), False)
NAMES = {WON: "won", LOST: "lost", VOID: "void", Outcome(Fraction(1, 2), True): "half_won", Outcome(Fraction(1, 2), False): "half_lost"}
ENOUGH_GOALS = 6
GRADED = ("match_result", "both_teams_to_score", "draw_no_bet", "total_goals")
"""The types of market that the judge grades."""


def grade(market_type: str, specifiers: Mapping[str, str], home: int, away: int) -> dict[str, Outcome]:
    """Grade a market of one of the types that the judge knows on the goals of regular time."""
    match market_type:
        case "match_result":
            winner = "home" if home > away else "away" if away > home else "draw"
            return {name: WON if name == winner else LOST for name in ("home", "draw", "away")}
        case "both_teams_to_score":
            return {"yes": WON, "no": LOST} if home and away else {"yes": LOST, "no": WON}
        case "draw_no_bet":
            return _two_ways("home", "away", Fraction(home - away))
        case "total_goals":
            return _two_ways("over", "under", home + away - Fraction(specifiers["total"]))
    raise AssertionError(f"the judge grades no {market_type}")


def _two_ways(first: str, second: str, lead: Fraction) -> dict[str, Outcome]:
    """Grade the two sides of a line: within a quarter of it half of the stake is on the line itself, and void."""
    if not lead:
        return {first: VOID, second: VOID}
    void = Fraction(1, 2) if abs(lead) == Fraction(1, 4) else Fraction(0)
    return {first: Outcome(void, lead > 0), second: Outcome(void, lead < 0)}


def decided_beyond_change(market_type: str, specifiers: Mapping[str, str], home: int, away: int) -> bool:
    """Whether no goals that may still fall would grade the market otherwise."""
    now = grade(market_type, specifiers, home, away)
    more = range(ENOUGH_GOALS)
    return all(grade(market_type, specifiers, home + at_home, away + far) == now for at_home in more for far in more)


def outcome_of(stored: Any) -> Outcome:
    """Read a leg's result as it is stored: the shares won and void, and the dead heat, which no football market has."""
    won, void, dead_heat = (Fraction(*ratio) for ratio in stored)
    if dead_heat != 1 or won not in (0, 1):
        raise AssertionError(f"no market of the simulation comes out {stored}")
    return Outcome(void, won == 1)


def odds_of(stored: Any) -> Fraction:
    """Read odds as they are stored: numerator and denominator of the total return on one unit."""
    return Fraction(*stored)


def read_odds(text: str | None) -> Fraction | None:
    """Read odds as they are shown: a decimal, or where three places do not say it the profit to the stake."""
    if text is None:
        return None
    return Fraction(text) + 1 if "/" in text else Fraction(text)


SIZES = {"singles and a double": (1, 2), "trixie": (2, 3), "patent": (1, 2, 3), "roundrobin:2": (2,)}
"""Types of bet by how many legs their lines have; a line of a single or a multiple has them all."""


def lines_of(bet_type: str, legs: int) -> list[tuple[int, ...]]:
    """The lines of a bet, as indexes of its legs."""
    return [line for size in SIZES.get(bet_type, (legs,)) for line in combinations(range(legs), size)]


def returns_minor(stake_minor: int, lines: Sequence[Sequence[int]], factors: Sequence[Fraction]) -> int:
    """What a bet pays whose stake is spread evenly over its lines: the exact sum, rounded half up once.

    Every bet of a simulation is struck under the third version of the house rules.
    """
    exactly = Fraction(stake_minor, len(lines)) * sum(prod((factors[leg] for leg in line), start=Fraction(1)) for line in lines)
    return floor(exactly + Fraction(1, 2))
