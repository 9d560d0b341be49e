"""How a bet ended, for whoever counts or shows it: settled, or cashed out whole; what was cashed out before counts as returned."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from domain.bet.facts import CASHED_OUT, BetCashedOut, BetSettled
from domain.odds import Odds
from domain.settling import LegResult

BET_ENDS = (BetSettled, BetCashedOut)
"""What may end a bet."""


class BetEnd(NamedTuple):
    """The end of a bet: `stake_minor` is its whole stake and `returned_minor` all that it paid; `results` has None for legs left open.

    `outcome` is won, lost, void, part_lost or cashed_out. `settlement` is 0 for a cash-out.
    `repriced` as in `BetSettled`.
    """

    outcome: str
    stake_minor: int
    returned_minor: int
    results: tuple[LegResult | None, ...]
    closing: Sequence[Odds]
    settlement: int
    at: datetime
    repriced: tuple[Odds | None, ...] = ()


def end_of(fact: BetSettled | BetCashedOut) -> BetEnd | None:
    """Return how a fact ends its bet; None for a cash-out that leaves a part open.

    Of a bet that was cashed out in part, the outcome is that of the whole stake: won where it returned as much or more.
    """
    if isinstance(fact, BetCashedOut):
        if fact.stake_left_minor:
            return None
        return BetEnd(CASHED_OUT, fact.stake_closed_minor, fact.cashed_out_minor, fact.results, (), 0, fact.at)
    whole_minor, returned_minor = fact.stake_minor + fact.stake_closed_minor, fact.returns_minor + fact.cashed_out_minor
    outcome = fact.outcome
    if fact.stake_closed_minor:
        outcome = "won" if returned_minor >= whole_minor else "part_lost"
    return BetEnd(outcome, whole_minor, returned_minor, fact.results, fact.closing, fact.settlement, fact.at, fact.repriced)
