"""Windows of void bets: set by two traders or a feed, one at a time, over by then; what they make of a leg."""

from collections.abc import Sequence
from typing import Any

import msgspec

from commands.audit.actors import check_trading, is_producer
from commands.audit.auditor import check_text, check_value
from commands.audit.state import AuditState
from commands.audit.streams import AuditedLeg, AuditedMarket
from commands.audit.violation import ViolationFound
from commands.audit.violations import ResultNumberWrong, WindowNotApproved
from domain.fact import Recorded, micros
from domain.market.facts import MarketVoidWindowsSet, VoidWindow
from domain.proposal.facts import ProposalApproved
from domain.settling import VOID, LegResult

REASON_CHARACTERS_MAX = 120
WINDOWS_MAX = 20


def windows_set(state: AuditState, recorded: Recorded[Any], market: AuditedMarket, fact: MarketVoidWindowsSet) -> None:
    """Check MarketVoidWindowsSet: one window more or less, with an end that has been, agreed to; have bets settled by it."""
    check_trading(state, recorded, fact.actor)
    check_text(recorded, "reason", fact.reason, REASON_CHARACTERS_MAX)
    expected = market.number + 1 if market.results is not None else 0
    if fact.number != expected:
        raise ViolationFound(ResultNumberWrong, recorded, number=fact.number, expected=expected)
    window = moved(market.windows, fact.windows)
    check_value(recorded, "windows", repr(fact.windows), allowed=window is not None and len(fact.windows) <= WINDOWS_MAX)
    for each in fact.windows:
        is_over = micros(each.start) < micros(each.end) <= state.committed_us
        check_value(recorded, "windows", repr(each), allowed=is_over)
    if state.together(ProposalApproved) is None and not is_producer(state, fact.actor):
        raise ViolationFound(WindowNotApproved, recorded)
    market.windows, market.is_windowed = fact.windows, True
    if fact.number:
        market.number, market.resulted_us, market.resulted_at = fact.number, state.committed_us, recorded.position
        state.corrected[recorded.stream_id] = state.committed_us


def moved(before: Sequence[VoidWindow], after: Sequence[VoidWindow]) -> VoidWindow | None:
    """Return the one window that was added at the end, or taken out; None where the difference is another one."""
    longer, shorter = (after, before) if len(after) > len(before) else (before, after)
    for index, window in enumerate(longer):
        if (*longer[:index], *longer[index + 1 :]) == tuple(shorter):
            return window if longer is before or index == len(shorter) else None
    return None


def does(details: dict[str, Any], market: AuditedMarket | None, fact: MarketVoidWindowsSet, *, voids: bool) -> bool:
    """Say whether a fact sets the windows as it was proposed: with the window more, or less."""
    if market is None or details.get("reason") != fact.reason or (len(fact.windows) > len(market.windows)) != voids:
        return False
    window = moved(market.windows, fact.windows)
    return window is not None and window == msgspec.convert(details.get("window"), VoidWindow)


def is_void(market: AuditedMarket, struck_us: int) -> bool:
    """Say whether a bet that was struck at a time is in one of the windows of a market."""
    return any(micros(window.start) <= struck_us < micros(window.end) for window in market.windows)


def result_of(market: AuditedMarket, leg: AuditedLeg, struck_us: int) -> LegResult | None:
    """Return how a leg of a bet that was struck at a time came out, None where the market has no result."""
    if market.results is None:
        return None
    return VOID if market.windows and is_void(market, struck_us) else market.results.get(leg.selection)


def place_of(market: AuditedMarket, leg: AuditedLeg, struck_us: int) -> LegResult | None:
    """Return how such a leg came out to be placed."""
    return VOID if market.windows and is_void(market, struck_us) else market.placed.get(leg.selection)
