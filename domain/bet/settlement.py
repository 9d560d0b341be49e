"""What a bet returns once all its legs are out, and what that is called."""

from collections.abc import Container, Sequence
from datetime import datetime

import msgspec

from domain.bet.facts import BetPending, BetPlaced, BetSettled, Leg
from domain.bet.lines import Folds, folds_of
from domain.bet.ways import added_up, at_best, ways_of
from domain.odds import Odds, exact
from domain.settling import HOUSE_RULES, VOID, WON, LegResult, odds_of_folds, returns_minor, returns_of_folds_minor
from domain.settling.each_way import each_way_odds, each_way_sum, place_odds
from domain.settling.folds import Ratio, sum_of_folds
from domain.settling.returns import factor
from domain.settling.rule4 import reduced
from domain.settling.same_game import legs_together, odds_of_line

LegsOut = Sequence[tuple[Odds, LegResult]]
"""Each leg's odds, Rule 4 taken off, and its result."""


def settled(
    placed: BetPlaced,
    results: tuple[LegResult, ...],
    settlement: int,
    at: datetime,
    closing: tuple[Odds, ...] = (),
    places: tuple[LegResult, ...] = (),
    deductions: tuple[int, ...] = (),
    repriced: tuple[Odds | None, ...] = (),
) -> BetSettled:
    """Return the settlement that the results give: the exact sum of the lines, each a unit times its legs' factors, rounded once.

    It is rounded as the house rules say that the bet was struck under. `places` are the results to be placed of an each-way bet,
    `deductions` what Rule 4 takes off each leg, none where that is nothing; it is taken off the odds of `repriced` where a leg was struck
    at an obvious error. Of a free bet the whole stake is taken off what the lines return, once; it has won if anything is left.
    """
    struck = placed if not repriced else at_right_odds(placed, repriced)
    stake_minor, odds = placed.stake_minor, [leg.odds for leg in struck.legs]
    if deductions:
        odds = [reduced(price, pence) if pence else price for price, pence in zip(odds, deductions, strict=True)]
    legs = list(zip(odds, results, strict=True))
    if placed.each_way:
        paid_minor = each_way_minor(placed, legs, places)
    elif placed.lines == 1:
        if placed.same_game:
            legs = legs_together(legs, placed.same_game)
        paid_minor = returns_minor(stake_minor, legs, placed.rules)
    elif ways_of(placed.legs):
        numerator, denominator = sum_of_folds(*in_folds(placed, [factor(*leg) for leg in legs]))
        paid_minor = HOUSE_RULES[placed.rules].rounding(stake_minor // placed.lines * numerator, denominator)
    else:
        paid_minor = returns_of_folds_minor(stake_minor // placed.lines, folds_of(placed.type, len(legs)), legs, placed.rules)
    together = [result for _, result in legs] if placed.same_game else results
    if placed.free_bet_id:
        paid_minor = without_stake(stake_minor, paid_minor)
        outcome = outcome_of(1, paid_minor, together)
    else:
        outcome = outcome_of(stake_minor, paid_minor, together)
    told = (results, settlement, at, closing, places, deductions)
    return BetSettled(placed.account_id, outcome, stake_minor, paid_minor, *told, repriced=repriced)


def at_right_odds(placed: BetPlaced, repriced: Sequence[Odds | None]) -> BetPlaced:
    """Return a bet with its legs at the odds that they pay: the right ones where they were struck at an obvious error."""
    if not repriced:
        return placed
    legs = [leg if right is None else msgspec.structs.replace(leg, odds=right) for leg, right in zip(placed.legs, repriced, strict=True)]
    return msgspec.structs.replace(placed, legs=tuple(legs))


def in_folds(placed: BetPending | BetPlaced, factors: Sequence[Ratio]) -> tuple[Folds, Sequence[Ratio]]:
    """Return the sizes of a bet's folds, and what each of its markets makes of a unit on every selection there, from what each leg does."""
    if ways := ways_of(placed.legs):
        factors = added_up(factors, ways)
    return folds_of(placed.type, len(factors)), factors


def without_stake(stake_minor: int, returns_minor: int) -> int:
    """Return what a free bet pays: what the lines return less the whole stake, never less than nothing."""
    return max(returns_minor - stake_minor, 0)


def each_way_minor(placed: BetPlaced, legs: LegsOut, places: Sequence[LegResult]) -> int:
    """Return what an each-way bet returns, from its legs with their results to win, and their results to be placed."""
    numerator, denominator = each_way_ratio(placed, legs, places)
    return HOUSE_RULES[placed.rules].rounding(placed.stake_minor // placed.lines * numerator, denominator)


def each_way_ratio(placed: BetPlaced, legs: LegsOut, places: Sequence[LegResult]) -> Ratio:
    """Return what an each-way bet returns for one unit on each part of each line."""
    to_place = []
    for (price, _), leg, result in zip(legs, placed.legs, places, strict=True):
        assert leg.place_terms is not None, "a leg of an each-way bet has place terms"
        to_place.append(factor(place_odds(price, leg.place_terms), result))
    sizes, on_win = in_folds(placed, [factor(*leg) for leg in legs])
    return each_way_sum(sizes, on_win, in_folds(placed, to_place)[1], placed.each_way)


def best_ratio(placed: BetPlaced, exclusive: Container[str] = ()) -> Ratio:
    """Return what a bet returns for one unit on each of its lines at best: if every leg wins, and one of those on an exclusive market."""
    if placed.each_way:
        return each_way_ratio(placed, *all_won(placed))
    if placed.same_game:
        whole = odds_of(placed)
        return whole.numerator, whole.denominator
    if ways := ways_of(placed.legs):
        odds = [(leg.odds.numerator, leg.odds.denominator) for leg in placed.legs]
        best = at_best(odds, ways, [leg.market_id for leg in placed.legs], exclusive)
        return sum_of_folds(folds_of(placed.type, len(best)), best)
    return sum_of_folds(folds_of(placed.type, len(placed.legs)), [(leg.odds.numerator, leg.odds.denominator) for leg in placed.legs])


def odds_of(placed: BetPending | BetPlaced) -> Odds:
    """Return the odds of the whole bet: the product of its legs' for one line, else what a unit of its stake returns over all lines.

    With several selections of one market that is at best, as it was promised, to the minor unit.
    """
    if placed.lines > 1 and ways_of(placed.legs):
        return odds_promised(placed.stake_minor, placed.potential_returns_minor, placed.free_bet_id)
    sizes, odds = folds_of(placed.type, len(placed.legs)), [leg.odds for leg in placed.legs]
    if placed.each_way:
        return each_way_odds(sizes, odds, [leg.place_terms or (1, 1) for leg in placed.legs], placed.each_way)
    return odds_of_line(odds, placed.same_game) if placed.same_game else odds_of_folds(sizes, odds)


def odds_promised(stake_minor: int, potential_minor: int, free_bet_id: str = "") -> Odds:
    """Return the odds of a bet with several selections of one market by what it was promised, and its stake where a free bet keeps that."""
    return exact(potential_minor + (stake_minor if free_bet_id else 0), stake_minor)


def all_won(placed: BetPlaced) -> tuple[LegsOut, Sequence[LegResult]]:
    """Return how the legs of an each-way bet come out at best: every one wins, and so is placed."""
    return [(leg.odds, WON) for leg in placed.legs], [WON] * len(placed.legs)


def with_places(legs: Sequence[Leg], terms: Sequence[Ratio]) -> tuple[Leg, ...]:
    """Return legs with what their markets pay for a place."""
    return tuple([msgspec.structs.replace(leg, place_terms=part) for leg, part in zip(legs, terms, strict=True)])


def outcome_of(stake_minor: int, paid_minor: int, results: Sequence[LegResult]) -> str:
    """Name a settled bet: void when every leg is, won when it returns its stake or more, part_lost when less, lost when nothing."""
    if results.count(VOID) == len(results):
        return "void"
    if paid_minor >= stake_minor:
        return "won"
    return "part_lost" if paid_minor else "lost"
