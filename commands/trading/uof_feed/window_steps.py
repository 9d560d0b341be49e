"""The commands that make bets of windows of time void on a market, or not any more, as a feed says."""

from collections.abc import Iterator
from datetime import datetime

from commands.trading.odds_feed.messages import MarketKey
from commands.trading.uof_feed.producers import name_of
from commands.trading.uof_feed.told import EventTold
from domain.fact import moment
from domain.market.commands import RestoreBets, VoidBets
from domain.market.facts import VoidWindow
from domain.market.state import Market


def cancelled(told: EventTold, market: MarketKey) -> Iterator[str]:
    """Yield where it was read that bets on a market are void."""
    return (word.source for word in told.windows.get(market, {}).values() if word.is_void)


def window_commands(
    told: EventTold, market: MarketKey, stands: Market, market_id: str, at: datetime
) -> Iterator[tuple[str, VoidBets | RestoreBets]]:
    """Yield what is missing, with where it was read."""
    for (start_ms, end_ms), word in sorted(told.windows.get(market, {}).items()):
        window = VoidWindow(moment(start_ms * 1000), moment(end_ms * 1000))
        if (window in stands.windows) != word.is_void:
            kind = VoidBets if word.is_void else RestoreBets
            yield word.source, kind(market_id, window, word.reason, at, name_of(word.producer))
