"""The rules of a market: when its prices may move, when it takes bets, when it is done."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import assert_never, get_args

import msgspec

from domain.aggregate import Aggregate
from domain.market.commands import CloseMarket, MarketCommand, OpenMarket, PriceMarket, ResultMarket, ResumeMarket, SuspendMarket
from domain.market.facts import (
    MarketClosed,
    MarketFact,
    MarketOpened,
    MarketPriced,
    MarketResulted,
    MarketResumed,
    MarketSuspended,
)
from domain.market.outcomes import check_result, check_selections, check_texts
from domain.market.state import Market, MarketNotOpen, MarketSuspendedNow, MarketUnknown, Offer
from domain.odds import Odds
from domain.refused import Refused
from domain.text import check_reason

SELECTIONS_MAX = 200
GRACE_MS_MAX = 60_000
OFFERS_KEPT_MAX = 256
"""How many replaced prices a market remembers. One that moves faster than this within its grace window has a shorter window."""


class MarketKeyReused(Refused):
    """The market exists as another one: its fixture, type, specifiers, selections, first prices or grace window differ."""

    market_id: str


class MarketMalformed(Refused):
    """A market needs 2 to 200 different selections and a grace window of at most a minute."""

    market_id: str
    selections: int
    grace_ms: int


class PricesMalformed(Refused):
    """Prices name a selection that the market does not have, or none at all."""

    market_id: str
    selections: tuple[str, ...]


class AlreadySuspended(Refused):
    """The market is suspended already, for another reason."""

    market_id: str
    version: int
    reason: str


class MarketNotSuspended(Refused):
    """The market is open, at other prices: there is nothing to resume."""

    market_id: str
    version: int


class AlreadyResulted(Refused):
    """The market came out, and otherwise."""

    market_id: str


def decide(market: Market, command: MarketCommand) -> Sequence[MarketFact]:
    """Decide what follows from a command.

    Raises:
        MarketKeyReused, MarketMalformed, MarketTextMalformed, SelectionsOfAnotherType, SpecifierMalformed: from `OpenMarket`.
        MarketUnknown, MarketNotOpen, MarketSuspendedNow, MarketNotSuspended, PricesMalformed: with the evidence of each.
        AlreadySuspended, ReasonMalformed: from `SuspendMarket`.
        AlreadyResulted, and what `check_result` raises: from `ResultMarket`.

    """
    if isinstance(command, OpenMarket):
        return _open(market, command)
    if not market.status:
        raise MarketUnknown(command.market_id)
    match command:
        case PriceMarket():
            if market.status == "suspended":
                raise MarketSuspendedNow(command.market_id, market.version)
            _check_open(market, command.market_id)
            _check_prices(market.selections, command.market_id, command.prices)
            return () if market.offers[-1].prices == command.prices else (MarketPriced(command.prices, command.at),)
        case SuspendMarket():
            if market.suspended is not None:
                if market.suspended.reason != command.reason:
                    raise AlreadySuspended(command.market_id, market.version, market.suspended.reason)
                return ()
            _check_open(market, command.market_id)
            check_reason(command.reason)
            return (MarketSuspended(command.reason, command.at),)
        case ResumeMarket():
            if market.status == "open":
                if market.offers[-1].prices != command.prices:
                    raise MarketNotSuspended(command.market_id, market.version)
                return ()
            if market.status != "suspended":
                raise MarketNotOpen(command.market_id, market.status)
            _check_prices(market.selections, command.market_id, command.prices)
            return (MarketResumed(command.prices, command.at),)
        case CloseMarket():
            return () if market.status in ("closed", "resulted") else (MarketClosed(command.at),)
        case ResultMarket():
            return _result(market, command)
        case _:
            assert_never(command)


def _open(market: Market, command: OpenMarket) -> Sequence[MarketFact]:
    what = (command.fixture_id, command.type, command.specifiers, command.selections)
    new = MarketOpened(*what, command.prices, command.grace_ms, command.at)
    if market.opened is not None:
        if msgspec.structs.replace(market.opened, at=command.at) != new:
            raise MarketKeyReused(command.market_id)
        return ()
    names = tuple(selection.selection for selection in command.selections)
    if not 2 <= len(set(names)) == len(names) <= SELECTIONS_MAX or not 0 <= command.grace_ms <= GRACE_MS_MAX:
        raise MarketMalformed(command.market_id, len(names), command.grace_ms)
    check_texts(command)
    check_selections(command, names)
    _check_prices(names, command.market_id, command.prices)
    return (new,)


def _result(market: Market, command: ResultMarket) -> Sequence[MarketFact]:
    new = MarketResulted(command.results, command.home, command.away, command.at, command.void_reason)
    if market.resulted is not None:
        if msgspec.structs.replace(market.resulted, at=command.at) != new:
            raise AlreadyResulted(command.market_id)
        return ()
    if set(command.results) != set(market.selections):
        raise PricesMalformed(command.market_id, tuple(command.results)[:SELECTIONS_MAX])
    assert market.opened is not None, "a market that is known was opened"
    check_result(command, market.opened)
    return (new,)


def _check_open(market: Market, market_id: str) -> None:
    if market.status != "open":
        raise MarketNotOpen(market_id, market.status)


def _check_prices(selections: Sequence[str], market_id: str, prices: Mapping[str, Odds]) -> None:
    if not prices or not set(prices) <= set(selections):
        raise PricesMalformed(market_id, tuple(prices)[:SELECTIONS_MAX])


def evolve(market: Market, fact: MarketFact) -> Market:
    """Return the market after the fact, one version on."""
    version = market.version + 1
    match fact:
        case MarketPriced():
            return _with(market, version, "open", (*_still_struck(market, fact.at), Offer(version, fact.prices)))
        case MarketSuspended():
            return _with(market, version, "suspended", (), suspended=fact)
        case MarketResumed():
            return _with(market, version, "open", (Offer(version, fact.prices),))
        case MarketClosed():
            return _with(market, version, "closed", ())
        case MarketResulted():
            return _with(market, version, "resulted", (), resulted=fact)
        case MarketOpened():
            assert not market.status, "a market is opened once"
            names = tuple(selection.selection for selection in fact.selections)
            grace, offers = timedelta(milliseconds=fact.grace_ms), (Offer(version, fact.prices),)
            return Market("open", version, fact.fixture_id, fact.type, fact.specifiers, names, grace, offers, fact)
        case _:
            assert_never(fact)


def _with(
    market: Market,
    version: int,
    status: str,
    offers: tuple[Offer, ...],
    *,
    resulted: MarketResulted | None = None,
    suspended: MarketSuspended | None = None,
) -> Market:
    return Market(
        *(status, version, market.fixture_id, market.type, market.specifiers, market.selections, market.grace, offers),
        *(market.opened, resulted or market.resulted, suspended),
    )


def _still_struck(market: Market, at: datetime) -> tuple[Offer, ...]:
    """Return the offers that a bet may still name once the standing one is replaced at `at`."""
    *older, standing = market.offers
    kept = [offer for offer in older if offer.replaced_at is not None and at - offer.replaced_at <= market.grace]
    return (*kept, Offer(standing.version, standing.prices, at))[-OFFERS_KEPT_MAX:]


MARKET = Aggregate("market", Market(), decide, evolve, get_args(MarketFact))
