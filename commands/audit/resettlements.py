"""Bets that are settled anew: a settlement is reversed where a result was corrected after it, and the next one is in the same append."""

from typing import Any

from commands.audit import bonus_bets, free_bets
from commands.audit.corrections import KNOWN_RESULTS
from commands.audit.price_errors import right_of
from commands.audit.state import AuditState
from commands.audit.streams import AuditedBet, AuditedLeg
from commands.audit.violation import ViolationFound
from commands.audit.violations import (
    NotSettledAnew,
    ReversalDiffers,
    ReversalMissing,
    ReversalOfAnother,
    ReversalWithoutCause,
    SettlementNumberWrong,
)
from commands.audit.void_windows import place_of, result_of
from domain.bet.facts import BetPlaced, BetSettled, BetSettlementReversed
from domain.fact import Recorded
from domain.ids import wallet_of
from domain.wallet.facts import SettlementReversed


def settlement_reversed(state: AuditState, recorded: Recorded[Any], bet: AuditedBet, fact: BetSettlementReversed) -> None:
    """Check BetSettlementReversed: the last settlement, a result that changed, the wallet's reversal; reopen the bet."""
    if fact.settlement != bet.settlement or not bet.settlement:
        raise ViolationFound(SettlementNumberWrong, recorded, settlement=fact.settlement)
    settled_as, told_as = (bet.account_id, bet.stake, bet.returns), (fact.account_id, fact.stake_minor, fact.returns_minor)
    if told_as != settled_as:
        raise ViolationFound(ReversalOfAnother, recorded, settled=settled_as, reversed=told_as)
    is_caused, was_void = False, free_bets.was_void(bet)
    for leg in bet.legs:
        market = state.known(leg.market_id)
        market.bets += 1
        if leg.market_id == fact.market_id:
            is_caused = is_caused or result_of(market, leg, bet.struck_us) != leg.told
            is_caused = is_caused or (leg.placed is not None and place_of(market, leg, bet.struck_us) != leg.placed)
            is_caused = is_caused or right_of(market, bet, leg) != leg.right
            leg.told = leg.placed = leg.right = None
    if not is_caused:
        raise ViolationFound(ReversalWithoutCause, recorded, market_id=fact.market_id)
    if bet.free_bet_id:
        free_bets.check_undone(state, recorded, bet, void=was_void)
    elif bet.bonus_id:
        bonus_bets.check_undone(state, recorded, bet)
    else:
        _check_undone(state, recorded, bet)
    if state.together(BetSettled, recorded.stream_id) is None:
        raise ViolationFound(NotSettledAnew, recorded, settlement=fact.settlement)
    state.bets_settled -= 1


def _check_undone(state: AuditState, recorded: Recorded[Any], bet: AuditedBet) -> None:
    """Check that the wallet had that settlement undone, once, in the same append."""
    undone = state.about_bet(recorded.stream_id, SettlementReversed)
    if undone is None:
        raise ViolationFound(ReversalMissing, recorded)
    fact = undone.body
    moved_as = (undone.stream_id, fact.settlement, fact.stake_minor, fact.returns_minor)
    reversed_as = (bet.wallet_id, bet.settlement, bet.stake, bet.returns)
    if moved_as != reversed_as:
        raise ViolationFound(ReversalDiffers, recorded, reversed=reversed_as, moved=moved_as)


def reopened(first: Recorded[Any], last: Recorded[Any]) -> AuditedBet | None:
    """Return a settled bet, from how it was struck and its last settlement; None where it was not settled."""
    struck_as, settlement = first.body, last.body
    if type(struck_as) is not BetPlaced or type(settlement) is not BetSettled:
        return None
    legs = [
        AuditedLeg(leg.market_id, leg.selection, leg.odds, KNOWN_RESULTS.get(result, result), leg.version, None, leg.place_terms)
        for leg, result in zip(struck_as.legs, settlement.results, strict=True)
    ]
    for leg, placed in zip(legs, settlement.placed, strict=False):
        leg.placed = placed
    for leg, pence in zip(legs, settlement.deductions, strict=False):
        leg.pence = pence
    for leg, right in zip(legs, settlement.repriced, strict=False):
        leg.right = right
    return AuditedBet(
        last.version,
        account_id=struck_as.account_id,
        wallet_id=wallet_of(struck_as.account_id),
        type=struck_as.type,
        stake=settlement.stake_minor,
        legs=legs,
        position=first.position,
        struck_us=first.committed_us,
        settlement=settlement.settlement,
        returns=settlement.returns_minor,
        closing=settlement.closing,
        rules=struck_as.rules,
        each_way=struck_as.each_way,
        closed=settlement.stake_closed_minor,
        cashed_out=settlement.cashed_out_minor,
        free_bet_id=struck_as.free_bet_id,
        same_game=struck_as.same_game,
        bonus_id=struck_as.bonus_id,
    )
