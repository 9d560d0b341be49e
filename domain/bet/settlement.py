"""What a bet returns once all its legs are out, and what that is called."""

from collections.abc import Sequence
from datetime import datetime

from domain.bet.facts import BetPlaced, BetSettled
from domain.bet.lines import folds_of
from domain.odds import Odds
from domain.settling import VOID, LegResult, returns_minor, returns_of_folds_minor


def settled(placed: BetPlaced, results: tuple[LegResult, ...], settlement: int, at: datetime, closing: tuple[Odds, ...] = ()) -> BetSettled:
    """Return the settlement that the results give: the exact sum of the lines, each a unit times its legs' factors, rounded once.

    It is rounded as the house rules say that the bet was struck under.
    """
    stake_minor, legs = placed.stake_minor, [(leg.odds, result) for leg, result in zip(placed.legs, results, strict=True)]
    if placed.lines == 1:
        paid_minor = returns_minor(stake_minor, legs, placed.rules)
    else:
        paid_minor = returns_of_folds_minor(stake_minor // placed.lines, folds_of(placed.type, len(legs)), legs, placed.rules)
    outcome = outcome_of(stake_minor, paid_minor, results)
    return BetSettled(placed.account_id, outcome, stake_minor, paid_minor, results, settlement, at, closing)


def outcome_of(stake_minor: int, paid_minor: int, results: Sequence[LegResult]) -> str:
    """Name a settled bet: void when every leg is, won when it returns its stake or more, part_lost when less, lost when nothing."""
    if results.count(VOID) == len(results):
        return "void"
    if paid_minor >= stake_minor:
        return "won"
    return "part_lost" if paid_minor else "lost"
