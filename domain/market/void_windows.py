"""Windows of the log's time: a leg on the market is void where its bet was struck within one, whatever the market comes out as."""

from collections.abc import Iterable, Sequence

from domain.fact import micros
from domain.market.commands import MarketContext, RestoreBets, VoidBets
from domain.market.facts import MarketVoidWindowsSet, VoidWindow
from domain.market.outcomes import ApprovalNeeded
from domain.market.state import Market
from domain.refused import Refused
from domain.text import check_reason

WINDOWS_MAX = 20


class WindowMalformed(Refused):
    """A window of bets has a beginning before its end, and an end that has been."""

    market_id: str


class TooManyWindows(Refused):
    """The market has as many windows of void bets as it may have."""

    market_id: str
    windows_max: int


class WindowUnknown(Refused):
    """The bets of that window are not void."""

    market_id: str
    windows: list[str]


class WindowNeedsApproval(ApprovalNeeded):
    """Which bets are void is decided by two traders."""


def windows_set(command: VoidBets | RestoreBets, market: Market, context: MarketContext) -> Sequence[MarketVoidWindowsSet]:
    """Return the windows with one more or one less; none where that is so already.

    Raises:
        WindowMalformed, WindowUnknown, TooManyWindows, ReasonMalformed, WindowNeedsApproval: in this order.

    """
    window, windows = command.window, market.windows
    if isinstance(command, VoidBets):
        if window in windows:
            return ()
        if not window.start < window.end or micros(window.end) > context.now_us:
            raise WindowMalformed(command.market_id)
        if len(windows) == WINDOWS_MAX:
            raise TooManyWindows(command.market_id, WINDOWS_MAX)
        windows = (*windows, window)
    else:
        if window not in windows:
            raise WindowUnknown(command.market_id, [f"{each.start.isoformat()}/{each.end.isoformat()}" for each in windows])
        windows = tuple([each for each in windows if each != window])
    check_reason(command.reason)
    if not context.is_approved:
        raise WindowNeedsApproval(command.market_id)
    number = market.number + 1 if market.resulted is not None else 0
    return (MarketVoidWindowsSet(windows, number, command.reason, command.at, command.actor),)


def is_void_at(windows: Iterable[VoidWindow], committed_us: int) -> bool:
    """Tell whether a bet that was struck at a moment of the log's time is in one of the windows."""
    return any(window.has(committed_us) for window in windows)
