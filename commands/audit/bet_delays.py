"""Checks bets that waited in play: pending for as long as their markets say, their stake reserved, then struck or refused, once.

What a bet is struck at after its delay is the price that stands then: no grace saves another.
"""

import re
from typing import Any

from commands.audit.auditor import check_text, check_value
from commands.audit.bet_leg_checks import delay_s_of
from commands.audit.bet_striking import begun, check_standing, checked, stake_of
from commands.audit.referrals import check_reason, check_referral, check_taken, check_waited
from commands.audit.state import AuditState
from commands.audit.streams import AuditedMarket, AuditedPendingBet
from commands.audit.violation import ViolationFound
from commands.audit.violations import (
    BetBeforeDelay,
    BetNotAsAsked,
    RefusedWithoutCause,
    StakeNotReleased,
)
from domain.bet.facts import BetPending, BetPlaced, BetRefused, Leg
from domain.fact import Recorded
from domain.odds import Odds
from domain.wallet.facts import StakeReleased, StakeReserved

US_PER_S = 1_000_000
TITLE_CHARACTERS_MAX = 200
EVIDENCE_MAX = 12
SLUG = re.compile(r"(?=.{1,60}$)[a-z]+(?:-[a-z0-9]+)*", re.ASCII)


def pending(state: AuditState, recorded: Recorded[Any], fact: BetPending) -> AuditedPendingBet:
    """Check BetPending: all that holds of a bet that is struck, and the longest delay of its markets in play; begin it.

    One that waits for a trader is over the limit, and waits for as long as its markets say.
    """
    wallet_id = stake_of(state, recorded, fact)
    as_placed = _as_placed(fact)
    _, markets = checked(state, recorded, as_placed, wallet_id, is_referred=fact.refer_s != 0)
    expected_s = delay_s_of(state, markets)
    check_value(recorded, "delay_s", fact.delay_s, allowed=fact.delay_s == expected_s and (expected_s > 0 or fact.refer_s != 0))
    if fact.refer_s:
        check_referral(state, recorded, fact, as_placed, markets)
    until_us = state.committed_us + fact.waits_s * US_PER_S
    return AuditedPendingBet(
        1,
        account_id=fact.account_id,
        wallet_id=wallet_id,
        stake=fact.stake_minor,
        position=recorded.position,
        asked=fact,
        since_us=state.committed_us,
        until_us=until_us,
    )


def placed_after_delay(state: AuditState, recorded: Recorded[Any], bet: AuditedPendingBet, fact: BetPlaced) -> None:
    """Check BetPlaced after a delay: that is over, the bet is the one that was asked for, at prices that stand; go on as an open bet."""
    taken_minor = check_taken(state, recorded, bet) if bet.asked.refer_s else bet.stake
    if not bet.asked.refer_s:
        _check_over(state, recorded, bet)
    if _asked_as(fact) != _asked_as(bet.asked, taken_minor):
        raise ViolationFound(BetNotAsAsked, recorded, pending_at=bet.position)
    if state.about_bet(recorded.stream_id, StakeReserved) is not None:
        raise ViolationFound(BetNotAsAsked, recorded, pending_at=bet.position)
    struck, markets = checked(state, recorded, fact, bet.wallet_id, graced=False, is_referred=bet.asked.refer_s != 0)
    check_standing(recorded, fact, markets)
    if bet.asked.refer_s:
        check_waited(state, recorded, bet, markets)
    state.live[recorded.stream_id] = begun(state, struck, markets, version=bet.version)


def refused(state: AuditState, recorded: Recorded[Any], bet: AuditedPendingBet, fact: BetRefused) -> None:
    """Check BetRefused: the delay is over, or a trader answered, the reason is so, and the stake is released; end the bet."""
    if bet.taken is None:
        _check_over(state, recorded, bet)
    if bet.asked.refer_s:
        check_reason(recorded, bet, fact)
    check_value(
        recorded, "reason", fact.reason, allowed=len(fact.reason) <= TITLE_CHARACTERS_MAX and SLUG.fullmatch(fact.reason) is not None
    )
    check_text(recorded, "title", fact.title, TITLE_CHARACTERS_MAX)
    check_value(recorded, "evidence", tuple(fact.evidence), allowed=len(fact.evidence) <= EVIDENCE_MAX)
    released = state.about_bet(recorded.stream_id, StakeReleased)
    of_bet = (bet.account_id, bet.stake)
    if released is None or (fact.account_id, fact.stake_minor) != of_bet:
        raise ViolationFound(StakeNotReleased, recorded, bet=of_bet, refused=(fact.account_id, fact.stake_minor))
    body = released.body
    if (released.stream_id, body.stake_minor, body.reserved_at) != (bet.wallet_id, bet.stake, bet.asked.at):
        raise ViolationFound(StakeNotReleased, recorded, bet=of_bet, refused=(body.account_id, body.stake_minor))
    _check_cause(state, recorded, bet, fact)
    state.end(recorded.stream_id)


def _check_over(state: AuditState, recorded: Recorded[Any], bet: AuditedPendingBet) -> None:
    if state.committed_us < bet.until_us and not state.migrated:
        early_ms = (bet.until_us - state.committed_us) // 1_000
        raise ViolationFound(BetBeforeDelay, recorded, delay_s=bet.asked.delay_s, early_ms=early_ms)


def _check_cause(state: AuditState, recorded: Recorded[Any], bet: AuditedPendingBet, fact: BetRefused) -> None:
    """Check that no time-out is the reason, and those that lie in a market: it is one of the bet's, and it stands as the refusal says."""
    if fact.reason == "timed-out-now":
        raise ViolationFound(RefusedWithoutCause, recorded, reason=fact.reason, market_id="")
    if fact.reason not in ("prices-moved", "market-suspended-now", "market-not-open", "selection-withdrawn"):
        return
    market_id = fact.evidence.get("market_id", "")
    legs = [leg for leg in bet.asked.legs if leg.market_id == market_id]
    market = state.live.get(market_id)
    if type(market) is not AuditedMarket:
        is_so = bool(legs) and market_id in state.over and fact.reason == "market-not-open"
    elif fact.reason in ("prices-moved", "selection-withdrawn"):
        is_so = market.status == "open" and any(_is_gone(market, leg, fact) for leg in legs)
    else:
        statuses = ("suspended",) if fact.reason == "market-suspended-now" else ("closed", "resulted")
        is_so = bool(legs) and market.status in statuses
    if not is_so:
        raise ViolationFound(RefusedWithoutCause, recorded, reason=fact.reason, market_id=market_id)


def _is_gone(market: AuditedMarket, leg: Leg, fact: BetRefused) -> bool:
    """Say whether a leg's price stands no more, or, where prices moved, stands at other odds than were asked for."""
    stands = market.offers[-1].prices.get(leg.selection)
    if fact.reason == "selection-withdrawn":
        return stands is None
    return stands is not None and stands != (leg.asked or leg.odds) and fact.evidence.get("current") == stands.text


def _as_placed(fact: BetPending) -> BetPlaced:
    """Return a pending bet as it would have been struck at once."""
    what = (fact.account_id, fact.stake_minor, fact.currency, fact.type, fact.legs, fact.accept)
    return BetPlaced(*what, fact.potential_returns_minor, fact.at, fact.lines, fact.rules, fact.each_way)


def _asked_as(fact: BetPending | BetPlaced, stake_minor: int | None = None) -> tuple[object, ...]:
    """Return what its bettor had asked for, for another stake where one is given."""
    legs = tuple([_asked_leg(leg) for leg in fact.legs])
    stake_minor = fact.stake_minor if stake_minor is None else stake_minor
    given = (fact.free_bet_id, fact.bonus_id)
    return (fact.account_id, stake_minor, fact.currency, fact.type, fact.accept, fact.each_way, given, fact.same_game, legs)


def _asked_leg(leg: Leg) -> tuple[str, str, Odds, int]:
    version = leg.version if leg.asked_version is None else leg.asked_version
    return (leg.market_id, leg.selection, leg.asked or leg.odds, version)
