"""What happens to a market.

A market's *version* is the number of facts in its stream, so every fact here makes a new one. The prices that stood at version v are
those of the last fact at or before v that carries prices.
"""

from datetime import datetime

import msgspec

from domain.fact import Fact
from domain.odds import Odds
from domain.settling import LegResult


class Selection(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One outcome to bet on: `selection` is the key that legs and prices use, `name` is what people read."""

    selection: str
    name: str


class MarketOpened(Fact, frozen=True, tag="market.opened.v1"):
    """Bets are taken at these prices. `specifiers` say which market of its type it is, e.g. `{"total": "2.5"}`.

    `grace_ms` is how long after a price was replaced a bet on it is still struck. A selection without a price is not offered.
    """

    fixture_id: str
    type: str
    specifiers: dict[str, str]
    selections: tuple[Selection, ...]
    prices: dict[str, Odds]
    grace_ms: int
    at: datetime


class MarketPriced(Fact, frozen=True, tag="market.priced.v1"):
    """The prices are these now; a selection that is missing is withdrawn."""

    prices: dict[str, Odds]
    at: datetime


class MarketSuspended(Fact, frozen=True, tag="market.suspended.v1"):
    """No bet is taken any more until prices come back; older prices are void, grace or not."""

    reason: str
    at: datetime


class MarketResumed(Fact, frozen=True, tag="market.resumed.v1"):
    """Bets are taken again, at new prices."""

    prices: dict[str, Odds]
    at: datetime


class MarketClosed(Fact, frozen=True, tag="market.closed.v1"):
    """No bet will ever be taken again; the result is awaited."""

    at: datetime


class MarketResulted(Fact, frozen=True, tag="market.resulted.v1"):
    """How each selection came out. `home` and `away` are the goals it was graded on; `void_reason` says why where nothing counts."""

    results: dict[str, LegResult]
    home: int
    away: int
    at: datetime
    void_reason: str = ""


MarketFact = MarketOpened | MarketPriced | MarketSuspended | MarketResumed | MarketClosed | MarketResulted
