"""How long a bet on a market in play waits before it is struck, so that nobody bets on what they have seen before the book has."""

from collections.abc import Sequence

from domain.market.commands import SetBetDelay
from domain.market.facts import MarketBetDelaySet
from domain.market.state import Market, MarketNotOpen
from domain.quote import BET_DELAY_S_MAX
from domain.refused import Refused


class BetDelayOutOfRange(Refused):
    """The delay of bets in play is 0 to 12 whole seconds."""

    market_id: str
    delay_s: int


def delay_set(market: Market, command: SetBetDelay) -> Sequence[MarketBetDelaySet]:
    """Set the delay of a market that exists; the one that stands is a repeat.

    Raises:
        BetDelayOutOfRange, MarketNotOpen: in this order.

    """
    if type(command.delay_s) is not int or not 0 <= command.delay_s <= BET_DELAY_S_MAX:
        raise BetDelayOutOfRange(command.market_id, command.delay_s)
    if market.status not in ("open", "suspended"):
        raise MarketNotOpen(command.market_id, market.status)
    return () if command.delay_s == market.delay_s else (MarketBetDelaySet(command.delay_s, command.at, command.actor),)
