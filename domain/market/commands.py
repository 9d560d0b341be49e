"""What may be asked of a market."""

from datetime import datetime

import msgspec

from domain.market.facts import Selection
from domain.odds import Odds
from domain.settling import LegResult


class OpenMarket(msgspec.Struct, frozen=True, gc=False):
    """Offer a market on a fixture."""

    market_id: str
    fixture_id: str
    type: str
    specifiers: dict[str, str]
    selections: tuple[Selection, ...]
    prices: dict[str, Odds]
    grace_ms: int
    at: datetime


class PriceMarket(msgspec.Struct, frozen=True, gc=False):
    """Move the prices; a selection left out is withdrawn. The prices that stand already are no change."""

    market_id: str
    prices: dict[str, Odds]
    at: datetime


class SuspendMarket(msgspec.Struct, frozen=True, gc=False):
    """Stop taking bets, at once. The same reason again is a repeat, another one is refused with the one that stands."""

    market_id: str
    reason: str
    at: datetime


class ResumeMarket(msgspec.Struct, frozen=True, gc=False):
    """Take bets again, at new prices."""

    market_id: str
    prices: dict[str, Odds]
    at: datetime


class CloseMarket(msgspec.Struct, frozen=True, gc=False):
    """Stop taking bets for good."""

    market_id: str
    at: datetime


class ResultMarket(msgspec.Struct, frozen=True, gc=False):
    """Say how each selection came out, and on which score."""

    market_id: str
    results: dict[str, LegResult]
    home: int
    away: int
    at: datetime
    void_reason: str = ""


MarketCommand = OpenMarket | PriceMarket | SuspendMarket | ResumeMarket | CloseMarket | ResultMarket
