"""Checks bets that are put to a trader: over their limit, for as long as their markets say; answered once, in time, by somebody who may.

What a trader takes is at most what was asked for; the rest of the stake is released in the append that strikes the bet.
"""

from collections.abc import Sequence
from typing import Any

from commands.audit.actors import check_trading, is_person
from commands.audit.auditor import check_value
from commands.audit.bet_leg_checks import delay_s_of
from commands.audit.stake_limits import payout_minor_of
from commands.audit.state import AuditState
from commands.audit.streams import AuditedFixture, AuditedMarket, AuditedPendingBet
from commands.audit.violation import ViolationFound
from commands.audit.violations import (
    BetBeforeDelay,
    BetNotAsAsked,
    ReferralAnsweredWrong,
    ReferralWithinLimit,
    RefusedWithoutCause,
    RoleNotGranted,
    StakeNotReleased,
)
from domain.bet.facts import BetPending, BetPlaced, BetRefused, ReferralAnswered
from domain.fact import Recorded
from domain.wallet.facts import StakeReleased

US_PER_S = 1_000_000
REFERRAL_IN_PLAY_S_MAX = 30
DECLINED, EXPIRED = "referral-declined", "referral-expired"


def check_referral(
    state: AuditState, recorded: Recorded[Any], fact: BetPending, as_placed: BetPlaced, markets: Sequence[AuditedMarket]
) -> None:
    """Check that a bet that waits for a trader is over its limit, and for as long as its markets say."""
    limit_minor = payout_minor_of(state, as_placed, markets)
    if fact.potential_returns_minor <= limit_minor:
        numbers = {"potential_returns_minor": fact.potential_returns_minor, "payout_minor_max": limit_minor}
        raise ViolationFound(ReferralWithinLimit, recorded, **numbers)
    refer_s = min(market.referral_s for market in markets)
    fixtures = [state.live.get(market.fixture_id) for market in markets]
    if not all(type(fixture) is AuditedFixture and fixture.status == "scheduled" for fixture in fixtures):
        refer_s = min(refer_s, REFERRAL_IN_PLAY_S_MAX)
    check_value(recorded, "refer_s", fact.refer_s, allowed=fact.refer_s == refer_s + fact.delay_s)


def answered(state: AuditState, recorded: Recorded[Any], bet: AuditedPendingBet, fact: ReferralAnswered) -> None:
    """Check ReferralAnswered: by a trader, in time, once, for at most what was asked; the bet is decided with it."""
    if not is_person(state, fact.actor):
        raise ViolationFound(RoleNotGranted, recorded, actor=fact.actor[:60], role="trader or admin")
    check_trading(state, recorded, fact.actor)
    late_us = 0 if state.migrated else max(state.committed_us - bet.until_us, 0)
    is_decided = state.together(BetPlaced if fact.struck_minor else BetRefused, recorded.stream_id) is not None
    is_asked = bet.asked.refer_s != 0 and bet.taken is None and fact.account_id == bet.account_id
    is_stake = 0 <= fact.stake_minor <= bet.stake and fact.struck_minor in (0, fact.stake_minor)
    if late_us or not (is_asked and is_decided and is_stake):
        told = {"taken_minor": fact.stake_minor, "asked_minor": bet.stake, "late_ms": late_us // 1_000}
        raise ViolationFound(ReferralAnsweredWrong, recorded, **told)
    bet.taken = fact.stake_minor


def check_taken(state: AuditState, recorded: Recorded[Any], bet: AuditedPendingBet) -> int:
    """Check that a trader took a bet that is struck, and that the rest of its stake is released; return the stake that is taken."""
    if not bet.taken:
        raise ViolationFound(BetNotAsAsked, recorded, pending_at=bet.position)
    released = state.about_bet(recorded.stream_id, StakeReleased)
    rest_minor = bet.stake - bet.taken
    found = (
        (bet.wallet_id, 0, bet.asked.at) if released is None else (released.stream_id, released.body.stake_minor, released.body.reserved_at)
    )
    if found != (bet.wallet_id, rest_minor, bet.asked.at):
        raise ViolationFound(StakeNotReleased, recorded, bet=(bet.account_id, rest_minor), refused=(bet.account_id, found[1]))
    return bet.taken


def check_waited(state: AuditState, recorded: Recorded[Any], bet: AuditedPendingBet, markets: Sequence[AuditedMarket]) -> None:
    """Check that a bet that a trader took has waited for as long as bets in play on its markets do."""
    delay_s = delay_s_of(state, markets)
    early_us = bet.since_us + delay_s * US_PER_S - state.committed_us
    if delay_s and early_us > 0 and not state.migrated:
        raise ViolationFound(BetBeforeDelay, recorded, delay_s=delay_s, early_ms=early_us // 1_000)


def check_reason(recorded: Recorded[Any], bet: AuditedPendingBet, fact: BetRefused) -> None:
    """Check that a bet was refused for what its trader answered, or since none did; what does not hold any more is another reason."""
    expected = EXPIRED if bet.taken is None else DECLINED if not bet.taken else ""
    is_so = fact.reason == expected if expected else fact.reason not in (DECLINED, EXPIRED)
    if not is_so:
        raise ViolationFound(RefusedWithoutCause, recorded, reason=fact.reason, market_id="")
