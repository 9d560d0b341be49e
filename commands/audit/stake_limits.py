"""Limits that traders set on stakes: who set them, and that no bet promises more than the limit of its account as of then."""

import re
from collections.abc import Sequence
from typing import Any

from commands.audit.auditor import check_value
from commands.audit.state import AuditState
from commands.audit.streams import AuditedAccount, AuditedFixture, AuditedMarket
from commands.audit.violation import ViolationFound
from commands.audit.violations import AccountGateOutOfOrder, BetOverLimit
from domain.account_gate.facts import StakeFactorSet
from domain.bet.facts import BetPlaced
from domain.fact import Recorded
from domain.settling import HOUSE_RULES

FACTOR_UNITS = 1_000_000
FACTOR_UNITS_MAX = 10 * FACTOR_UNITS
FACTOR = re.compile(r"(?:0|[1-9][0-9]?)(?:\.[0-9]{0,5}[1-9])?", re.ASCII)


def factor_set(recorded: Recorded[Any], account: AuditedAccount, fact: StakeFactorSet) -> None:
    """Check StakeFactorSet: a factor within bounds in its one text, and another one than stood; update the audit state."""
    whole, _, rest = fact.factor.partition(".")
    is_text = FACTOR.fullmatch(fact.factor) is not None
    units = int(whole) * FACTOR_UNITS + int(rest.ljust(6, "0")) if is_text else 0
    check_value(recorded, "factor", fact.factor, allowed=0 < units <= FACTOR_UNITS_MAX)
    if units == account.factor_units:
        raise ViolationFound(AccountGateOutOfOrder, recorded, standing=f"factor {fact.factor}")
    account.factor_units = units


def check_limit(
    state: AuditState,
    recorded: Recorded[Any],
    fact: BetPlaced,
    potential_minor: int,
    markets: Sequence[AuditedMarket],
    *,
    is_referred: bool = False,
) -> None:
    """Check that what a bet could return is no more than its account is paid: the lowest limit of its markets and matches, else the rules'.

    A bet that is referred may be over that, where all its markets have a trader asked, and it is not over what they may take.
    """
    payout_minor_max = payout_minor_of(state, fact, markets)
    if is_referred:
        payout_minor_max = max(payout_minor_max, min(market.referral_minor_max for market in markets))
    if potential_minor > payout_minor_max:
        raise ViolationFound(BetOverLimit, recorded, potential_returns_minor=potential_minor, payout_minor_max=payout_minor_max)


def payout_minor_of(state: AuditState, fact: BetPlaced, markets: Sequence[AuditedMarket]) -> int:
    """Return the most that is paid on a bet without a trader's answer."""
    rules = HOUSE_RULES[fact.rules]
    limits = [market.payout_minor_max for market in markets if market.payout_minor_max]
    for market in markets:
        fixture = state.live.get(market.fixture_id)
        if type(fixture) is AuditedFixture and fixture.payout_minor_max:
            limits.append(fixture.payout_minor_max)
    payout_minor_max = min(limits, default=rules.payout_minor_max)
    if rules.has_factors and not state.migrated:
        account: AuditedAccount = state.live[fact.account_id]
        if account.factor_units != FACTOR_UNITS:
            payout_minor_max = payout_minor_max * account.factor_units // FACTOR_UNITS
    return payout_minor_max
