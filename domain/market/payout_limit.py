"""The most that is paid on a bet with a leg on a market, where a trader limits it: below that of any bet, scaled by account factors.

What goes beyond that may be put to a trader, up to a second amount.
"""

from collections.abc import Iterable, Sequence

from domain.market.commands import LimitPayout
from domain.market.facts import MarketPayoutLimited
from domain.market.state import Market, MarketNotOpen
from domain.quote import REFERRAL_S_MAX, REFERRAL_S_MIN
from domain.refused import Refused
from domain.settling import HOUSE_RULES, RULES_CURRENT
from domain.text import check_reason

PAYOUT_MINOR_MAX = HOUSE_RULES[RULES_CURRENT].payout_minor_max
"""What is paid on any bet at most; a limit is below it."""


class PayoutLimitMalformed(Refused):
    """A limit of a market is a whole amount above nothing and below what is paid on any bet."""

    market_id: str
    payout_minor_max: int
    any_minor_max: int


class ReferralMalformed(Refused):
    """Bets are put to a trader up to a whole amount above the limit and at most what is paid on any bet, for 10 to 300 whole seconds."""

    market_id: str
    referral_minor_max: int
    referral_s: int
    any_minor_max: int


def decide_limit(market: Market, command: LimitPayout) -> Sequence[MarketPayoutLimited]:
    """Decide what setting a limit leads to. The one that stands already is a repeat, whatever the reason; None takes it away.

    Raises:
        MarketNotOpen, PayoutLimitMalformed, ReferralMalformed, ReasonMalformed: in this order.

    """
    if market.status not in ("open", "suspended"):
        raise MarketNotOpen(command.market_id, market.status)
    payout_minor_max, referral_minor_max = command.payout_minor_max, command.referral_minor_max
    if payout_minor_max is not None and not (type(payout_minor_max) is int and 0 < payout_minor_max < PAYOUT_MINOR_MAX):
        raise PayoutLimitMalformed(command.market_id, payout_minor_max, PAYOUT_MINOR_MAX)
    referral = (0, 0)
    if referral_minor_max is not None:
        referral = (referral_minor_max, command.referral_s)
        is_amount = type(referral_minor_max) is int and (payout_minor_max or 0) < referral_minor_max <= PAYOUT_MINOR_MAX
        if not (is_amount and type(command.referral_s) is int and REFERRAL_S_MIN <= command.referral_s <= REFERRAL_S_MAX):
            raise ReferralMalformed(command.market_id, *referral, PAYOUT_MINOR_MAX)
    if (payout_minor_max or 0, *referral) == (market.payout_minor_max, market.referral_minor_max, market.referral_s):
        return ()
    check_reason(command.reason)
    return (MarketPayoutLimited(payout_minor_max or 0, command.reason, command.at, command.actor, *referral),)


def lowest_payout_minor(limits: Iterable[int]) -> int:
    """Return the lowest of the limits that markets and matches have, 0 where none has one."""
    return min([limit for limit in limits if limit], default=0)
