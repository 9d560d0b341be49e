"""How a market went, from the facts of its stream: its prices one after the other, and when it took no bets."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from domain.fact import Recorded
from domain.ids import ID_REGEX
from domain.market.facts import MarketClosed, MarketOpened, MarketPriced, MarketResulted, MarketResumed, MarketSuspended

ENTRIES_MAX = 500


class PriceEntry(msgspec.Struct, frozen=True):
    """A version of a market: `status` is open, suspended, closed or resulted from then on, `offered` the odds then, none unless open.

    `by` is trader where an account did it, else the process or producer that did; `reason` is there where it was suspended, `cause` with
    prices: why they were given, see `domain.market.facts.CAUSES`.
    """

    version: int
    at: datetime
    status: str
    offered: dict[str, str]
    by: str
    reason: str | None = None
    cause: str | None = None


class PriceHistory(msgspec.Struct, frozen=True):
    """The newest versions of a market, oldest first, from `from_version` on."""

    market_id: str
    from_version: int
    items: list[PriceEntry]


def history_of(market_id: str, facts: Iterable[Recorded[Any]], limit: int) -> PriceHistory:
    """Return at most so many of the newest facts of a market, as they are shown; they come oldest first."""
    items = [entry for fact in facts if (entry := _entry(fact)) is not None][-limit:]
    return PriceHistory(market_id, items[0].version if items else 0, items)


def _entry(recorded: Recorded[Any]) -> PriceEntry | None:
    body = recorded.body
    told = (recorded.version, recorded.committed_at)
    match body:
        case MarketOpened() | MarketPriced() | MarketResumed():
            offered = {selection: price.text for selection, price in body.prices.items()}
            return PriceEntry(*told, "open", offered, _by(body.actor), cause=body.cause or None)
        case MarketSuspended():
            return PriceEntry(*told, "suspended", {}, _by(body.actor), body.reason)
        case MarketClosed():
            return PriceEntry(*told, "closed", {}, _by(body.actor))
        case MarketResulted():
            return PriceEntry(*told, "resulted", {}, _by(body.actor))
        case _:
            return None


def _by(actor: str) -> str:
    return "trader" if ID_REGEX.fullmatch(actor) else actor
