"""Checks what traders set for the bets on a market: the most that is paid on one, and how long it waits in play."""

from typing import Any

from commands.audit.actors import check_trading
from commands.audit.auditor import check_text, check_value
from commands.audit.state import AuditState
from commands.audit.streams import AuditedMarket
from commands.audit.violation import ViolationFound
from commands.audit.violations import MarketOutOfOrder
from domain.fact import Recorded
from domain.market.facts import MarketBetDelaySet, MarketPayoutLimited

REASON_CHARACTERS_MAX = 120
PAYOUT_MINOR_MAX = 1_000_000_000
"""What is paid on any bet; a limit of a market is below it."""
BET_DELAY_S_MAX = 12
REFERRAL_S_MIN, REFERRAL_S_MAX = 10, 300


def payout_limited(state: AuditState, recorded: Recorded[Any], market: AuditedMarket, fact: MarketPayoutLimited) -> None:
    """Check MarketPayoutLimited: the market may be bet on, another amount than stood, below that of any bet; update the audit state."""
    check_trading(state, recorded, fact.actor)
    check_text(recorded, "reason", fact.reason, REASON_CHARACTERS_MAX)
    if market.status not in ("open", "suspended"):
        raise ViolationFound(MarketOutOfOrder, recorded, status=market.status)
    stood = (market.payout_minor_max, market.referral_minor_max, market.referral_s)
    told = (fact.payout_minor_max, fact.referral_minor_max, fact.referral_s)
    check_value(
        recorded, "payout_minor_max", fact.payout_minor_max, allowed=0 <= fact.payout_minor_max < PAYOUT_MINOR_MAX and told != stood
    )
    asks = fact.payout_minor_max < fact.referral_minor_max <= PAYOUT_MINOR_MAX and REFERRAL_S_MIN <= fact.referral_s <= REFERRAL_S_MAX
    check_value(recorded, "referral_minor_max", told[1:], allowed=asks or told[1:] == (0, 0))
    market.payout_minor_max, market.referral_minor_max, market.referral_s = told


def delay_set(state: AuditState, recorded: Recorded[Any], market: AuditedMarket, fact: MarketBetDelaySet) -> None:
    """Check MarketBetDelaySet: within bounds, another one than stood, on a market that may take bets; update the audit state."""
    check_trading(state, recorded, fact.actor)
    check_value(recorded, "delay_s", fact.delay_s, allowed=0 <= fact.delay_s <= BET_DELAY_S_MAX and fact.delay_s != market.delay_s)
    if market.status not in ("open", "suspended"):
        raise ViolationFound(MarketOutOfOrder, recorded, status=market.status)
    market.delay_s = fact.delay_s
