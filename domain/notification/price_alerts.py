"""The rules of price alerts: an account is told once that a selection is offered at the price that it wants, or at a better one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import assert_never

import msgspec

from domain.notification.commands import PriceAlertCommand, ReachPriceAlert, RemovePriceAlert, SetPriceAlert
from domain.notification.facts import PriceAlertFact, PriceAlertReached, PriceAlertRemoved, PriceAlertSet
from domain.odds import Odds, check_odds
from domain.refused import Refused

PRICE_ALERTS_MAX = 100
"""As many as an account may have at a time."""


class TooManyPriceAlerts(Refused):
    """An account has at most 100 price alerts at a time."""

    price_alerts_max: int


class PriceReachedAlready(Refused):
    """The selection is offered at that price, or at a better one, now."""

    market_id: str
    selection: str
    odds: str
    offered: str


class KnownPriceAlert(msgspec.Struct, frozen=True, gc=False):
    """A price alert that stands: on which match, from which odds on, and since when."""

    fixture_id: str
    odds: Odds
    at: datetime


def alert_key(market_id: str, selection: str) -> str:
    """Return what names a price alert among those of an account."""
    return f"{market_id} {selection}"


def decide_price_alert(alerts: Mapping[str, KnownPriceAlert], command: PriceAlertCommand) -> Sequence[PriceAlertFact]:
    """Decide what follows from a command about price alerts. A repeat changes nothing; taking back what is not there neither.

    Raises:
        OddsOutOfRange, PriceReachedAlready, TooManyPriceAlerts: from `SetPriceAlert`, in this order.

    """
    account_id, market_id, selection, at = command.account_id, command.market_id, command.selection, command.at
    known = alerts.get(alert_key(market_id, selection))
    match command:
        case SetPriceAlert(odds=odds, offered=offered):
            if known is not None and known.odds == odds:
                return ()
            check_odds(odds)
            if offered is not None and offered >= odds:
                raise PriceReachedAlready(market_id, selection[:60], odds.text, offered.text)
            if known is None and len(alerts) >= PRICE_ALERTS_MAX:
                raise TooManyPriceAlerts(PRICE_ALERTS_MAX)
            return (PriceAlertSet(account_id, command.fixture_id, market_id, selection, odds, at),)
        case RemovePriceAlert(why=why):
            return () if known is None else (PriceAlertRemoved(account_id, market_id, selection, why, at),)
        case ReachPriceAlert(offered=offered, version=version):
            if known is None or offered is None or offered < known.odds:
                return ()
            what = (known.fixture_id, market_id, selection, offered, version)
            return (PriceAlertReached(account_id, *what, known.odds, known.at, at),)
        case _:
            assert_never(command)


def price_alerts_after(alerts: Mapping[str, KnownPriceAlert], fact: PriceAlertFact) -> dict[str, KnownPriceAlert]:
    """Return the price alerts after a fact."""
    key = alert_key(fact.market_id, fact.selection)
    kept = {each: known for each, known in alerts.items() if each != key}
    return kept | {key: KnownPriceAlert(fact.fixture_id, fact.odds, fact.at)} if isinstance(fact, PriceAlertSet) else kept
