"""The one formula of settlement, in whole numbers: a leg's factor, a line's product, the sum of a bet's lines, one rounding a bet."""

from collections.abc import Iterable, Sequence

import msgspec

from domain.odds import Odds, exact
from domain.refused import Refused
from domain.settling.folds import Ratio, lines_in, sum_of_folds
from domain.settling.house_rules import HOUSE_RULES, RULES_CURRENT


class LegResult(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """How a selection came out, each part a ratio.

    `won` is the share that won (1 or 0), `void` the share of the stake that is given back as it was (1/2 of a split handicap),
    `dead_heat` by how much a shared win is divided: two tied for one place are 2, three for two places 3/2.
    """

    won: Ratio
    void: Ratio = (0, 1)
    dead_heat: Ratio = (1, 1)


WON = LegResult((1, 1))
LOST = LegResult((0, 1))
VOID = LegResult((0, 1), void=(1, 1))
HALF_WON = LegResult((1, 1), void=(1, 2))
HALF_LOST = LegResult((0, 1), void=(1, 2))
_PLAIN_RESULTS = (WON, LOST, VOID, HALF_WON, HALF_LOST)

TIED_MAX = 200
"""How many selections may tie for one place."""


class LegResultMalformed(Refused):
    """A leg's result is not a share that won, a share that is void and a dead heat, each as a ratio within its bounds."""

    won: tuple[int, ...]
    void: tuple[int, ...]
    dead_heat: tuple[int, ...]


def check_leg_result(result: LegResult) -> None:
    """Refuse a result that no selection can have: it won or lost, at most half of it void, or all; or it tied with others.

    Raises:
        LegResultMalformed: with its parts.

    """
    if result in _PLAIN_RESULTS:
        return
    (heat, heat_of), is_tie = result.dead_heat, result.won == (1, 1) and result.void == (0, 1)
    if not (is_tie and 1 <= heat_of < heat <= TIED_MAX):
        raise LegResultMalformed(result.won, result.void, result.dead_heat)


def factor(odds: Odds, result: LegResult) -> Ratio:
    """Return what a leg makes of one unit: `m = void + (1 - void) * won * odds / dead_heat`, exact and not reduced.

    The parts are those of the Unified Odds Feed's bet settlement: result, void factor, and dead heat factor (there 1 / dead_heat).
    """
    won, won_of = result.won
    void, void_of = result.void
    heat, heat_of = result.dead_heat
    lost_part = won_of * odds.denominator * heat
    return void * lost_part + (void_of - void) * won * odds.numerator * heat_of, void_of * lost_part


def returns_minor(stake_minor: int, legs: Iterable[tuple[Odds, LegResult]], rules: int = RULES_CURRENT) -> int:
    """Return what a line pays: the stake times the product of its legs' factors, rounded once, as that version of the house rules says."""
    numerator, denominator = stake_minor, 1
    for odds, result in legs:
        of_leg, out_of = factor(odds, result)
        numerator *= of_leg
        denominator *= out_of
    return HOUSE_RULES[rules].rounding(numerator, denominator)


def potential_returns_minor(stake_minor: int, odds: Iterable[Odds], rules: int = RULES_CURRENT) -> int:
    """Return what a line pays if every leg wins: `returns_minor` without its other cases, since every bet is priced so when struck."""
    numerator, denominator = stake_minor, 1
    for leg in odds:
        numerator *= leg.numerator
        denominator *= leg.denominator
    return HOUSE_RULES[rules].rounding(numerator, denominator)


def returns_of_folds_minor(
    unit_minor: int, sizes: Sequence[int], legs: Sequence[tuple[Odds, LegResult]], rules: int = RULES_CURRENT
) -> int:
    """Return what a bet of several lines pays: the exact sum of its lines, each with a unit at stake, rounded once, as the rules say.

    Its lines are all folds of these sizes.
    """
    numerator, denominator = sum_of_folds(sizes, [factor(odds, result) for odds, result in legs])
    return HOUSE_RULES[rules].rounding(unit_minor * numerator, denominator)


def potential_of_folds_minor(unit_minor: int, sizes: Sequence[int], odds: Sequence[Odds], rules: int = RULES_CURRENT) -> int:
    """Return what a bet of several lines pays if every leg wins."""
    numerator, denominator = sum_of_folds(sizes, [(leg.numerator, leg.denominator) for leg in odds])
    return HOUSE_RULES[rules].rounding(unit_minor * numerator, denominator)


def odds_of_folds(sizes: Sequence[int], odds: Sequence[Odds]) -> Odds:
    """Return the odds of a whole bet: what it returns on one unit of its stake, that is spread evenly over its lines, if every leg wins."""
    if tuple(sizes) == (len(odds),):
        whole = odds[0]
        for leg in odds[1:]:
            whole = whole.times(leg)
        return whole
    numerator, denominator = sum_of_folds(sizes, [(leg.numerator, leg.denominator) for leg in odds])
    return exact(numerator, denominator * lines_in(len(odds), sizes))
