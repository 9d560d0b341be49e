"""The most that is paid on a bet with a leg on a market, where a trader limits it: below that of any bet, scaled by account factors."""

from collections.abc import Iterable, Sequence

from domain.market.commands import LimitPayout
from domain.market.facts import MarketPayoutLimited
from domain.market.state import Market, MarketNotOpen
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


def decide_limit(market: Market, command: LimitPayout) -> Sequence[MarketPayoutLimited]:
    """Decide what setting a limit leads to. The one that stands already is a repeat, whatever the reason; None takes it away.

    Raises:
        MarketNotOpen, PayoutLimitMalformed, ReasonMalformed: in this order.

    """
    if market.status not in ("open", "suspended"):
        raise MarketNotOpen(command.market_id, market.status)
    payout_minor_max = command.payout_minor_max
    if payout_minor_max is not None and not (type(payout_minor_max) is int and 0 < payout_minor_max < PAYOUT_MINOR_MAX):
        raise PayoutLimitMalformed(command.market_id, payout_minor_max, PAYOUT_MINOR_MAX)
    if (payout_minor_max or 0) == market.payout_minor_max:
        return ()
    check_reason(command.reason)
    return (MarketPayoutLimited(payout_minor_max or 0, command.reason, command.at, command.actor),)


def lowest_payout_minor(markets: Iterable[Market]) -> int:
    """Return the lowest limit of some markets, 0 where none has one."""
    return min([market.payout_minor_max for market in markets if market.payout_minor_max], default=0)
