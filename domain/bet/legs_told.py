"""What follows for a bet when its legs on a market come out, or come out otherwise than it was told before."""

from collections.abc import Sequence

import msgspec

from domain.bet.commands import ResultLegs
from domain.bet.facts import CASHED_OUT, BetFact, BetLegResulted, BetSettlementReversed
from domain.bet.legs_out import LegsOut
from domain.bet.settlement import settled
from domain.bet.state import Bet, BetUnknown, LegUnknown


def told(bet: Bet, command: ResultLegs) -> Sequence[BetFact]:
    """Tell the bet how its legs on a market came out: one fact for each leg while others are awaited, the settlement with the last.

    What it was told already is no new fact. What it was told otherwise is corrected: an open bet is told anew, a settled one is settled
    anew, upon the reversal of its last settlement. No result concerns a bet that was cashed out whole.
    """
    placed = bet.placed
    if placed is None:
        raise BetUnknown(command.bet_id)
    legs = [index for index, leg in enumerate(placed.legs) if leg.market_id == command.market_id]
    if not legs:
        raise LegUnknown(command.bet_id, command.market_id)
    if bet.status == CASHED_OUT:
        return ()
    known = out = LegsOut(bet.results, bet.places, bet.deductions, bet.repriced)
    facts = list[BetFact]()
    for index, out in known.after(placed, command, legs):
        result = out.results[index]
        assert result is not None, "a leg that is told has a result"
        if None in out.results:
            told_of = (placed.account_id, command.market_id, result, out.results, command.at, index)
            facts.append(BetLegResulted(*told_of, out.placed, out.deductions, out.repriced))
    if out == known or None in out.results:
        return facts
    results, places = (tuple([result for result in each if result is not None]) for each in (out.results, out.placed))
    rest = placed if not bet.cash_outs else msgspec.structs.replace(placed, stake_minor=bet.open_stake_minor)
    settlement = settled(rest, results, bet.settlement + 1, command.at, command.closing, places, out.deductions, out.repriced)
    if bet.cash_outs:
        closed_minor = placed.stake_minor - rest.stake_minor
        settlement = msgspec.structs.replace(settlement, stake_closed_minor=closed_minor, cashed_out_minor=bet.cashed_out_minor)
    if bet.status == "open":
        return (settlement,)
    what = (placed.account_id, bet.settlement, command.market_id, rest.stake_minor, bet.returns_minor)
    return BetSettlementReversed(*what, command.at), settlement
