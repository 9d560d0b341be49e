"""Ask to be told when a price is reached, take that back, list it; and see whether it is reached.

Whether a price is reached is decided on the market as it stands at the commit: a price that came and went before is no longer offered, and
nobody is told of it. Which alerts to look at, and when: `commands.notifications.standing_alerts`.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from commands.accounts.access import account_gate_streams, check_may_bet
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from domain.ids import ID_REGEX, notifications_of
from domain.market.decider import MARKET
from domain.market.state import Market, MarketNotOpen, MarketUnknown, SelectionUnknown
from domain.notification.commands import ReachPriceAlert, RemovePriceAlert, SetPriceAlert
from domain.notification.decider import NOTIFICATION
from domain.notification.price_alerts import alert_key
from domain.odds import Odds

OVER = ("closed", "resulted")
"""The states of a market in which it is never priced again."""


class FindPriceAlerts(msgspec.Struct, frozen=True, gc=False):
    """Ask which price alerts an account has. Appends nothing."""

    account_id: str


class FindPrices(msgspec.Struct, frozen=True, gc=False):
    """Ask what the selections of a market are offered at now. Appends nothing."""

    market_id: str


class PriceAlertView(msgspec.Struct, frozen=True, gc=False):
    """A price alert that stands: from which odds on the account wants to be told, and since when."""

    fixture_id: str
    market_id: str
    selection: str
    odds: str
    at: datetime


class PriceAlertViews(msgspec.Struct, frozen=True, gc=False):
    """All price alerts of an account, the newest first."""

    items: list[PriceAlertView]


class RemovedPriceAlert(msgspec.Struct, frozen=True, gc=False):
    """A price alert that does not stand."""

    market_id: str
    selection: str


class MarketPricesNow(msgspec.Struct, frozen=True, gc=False):
    """What the selections of a market are offered at; `is_over` where it is closed, or is none."""

    prices: dict[str, Odds]
    is_over: bool


Asking = SetPriceAlert | RemovePriceAlert | ReachPriceAlert | FindPriceAlerts


def streams_of(ask: Asking) -> Sequence[StreamRef]:
    """Name what the account set, the market of an alert, and the gate of an account that asks for one."""
    own = StreamRef(NOTIFICATION, notifications_of(ask.account_id))
    if isinstance(ask, FindPriceAlerts) or not ID_REGEX.fullmatch(ask.market_id):
        return (own,)
    market = StreamRef(MARKET, ask.market_id)
    return (own, market, account_gate_streams(ask.account_id)) if isinstance(ask, SetPriceAlert) else (own, market)


def set_price_alert(ask: SetPriceAlert, streams: UnitOfWork) -> Outcome:
    """Set a price alert, or move it to other odds.

    Raises:
        Refused: what keeps the account from betting: an alert promotes a bet.
        MarketUnknown, SelectionUnknown, MarketNotOpen: in this order. And what the rules of price alerts refuse.

    """
    check_may_bet(streams, ask.account_id)
    market = streams.read(MARKET, ask.market_id)
    if not market.status:
        raise MarketUnknown(ask.market_id)
    if ask.selection not in market.selections:
        raise SelectionUnknown(ask.market_id, ask.selection[:60])
    if market.status in OVER:
        raise MarketNotOpen(ask.market_id, market.status)
    own = streams.load(NOTIFICATION, notifications_of(ask.account_id))
    offered = prices_of(market).get(ask.selection)
    own.decide(msgspec.structs.replace(ask, fixture_id=market.fixture_id, offered=offered))
    known = own.state.price_alerts[alert_key(ask.market_id, ask.selection)]
    return Outcome(PriceAlertView(known.fixture_id, ask.market_id, ask.selection, known.odds.text, known.at), own)


def remove_price_alert(ask: RemovePriceAlert, streams: UnitOfWork) -> Outcome:
    """Take a price alert back; one that is not there is answered alike. Because of a market that is not over, nothing is closed."""
    own = streams.load(NOTIFICATION, notifications_of(ask.account_id))
    if ask.why != "closed" or streams.read(MARKET, ask.market_id).status in OVER:
        own.decide(ask)
    return Outcome(RemovedPriceAlert(ask.market_id, ask.selection), own)


def reach_price_alert(ask: ReachPriceAlert, streams: UnitOfWork) -> Outcome:
    """Tell an account whose price is offered now; nothing follows where it is not, or where it was told already."""
    own = streams.load(NOTIFICATION, notifications_of(ask.account_id))
    market = streams.read(MARKET, ask.market_id)
    offered = prices_of(market).get(ask.selection)
    version = market.offers[-1].version if offered is not None else 0
    own.decide(msgspec.structs.replace(ask, offered=offered, version=version))
    return Outcome(RemovedPriceAlert(ask.market_id, ask.selection), own)


def find_price_alerts(ask: FindPriceAlerts, streams: UnitOfWork) -> Outcome:
    """Return the price alerts of an account, the newest first; none for one that has none, or does not exist."""
    own = streams.load(NOTIFICATION, notifications_of(ask.account_id))
    found = list[PriceAlertView]()
    for key, known in own.state.price_alerts.items():
        market_id, _, selection = key.partition(" ")
        found.append(PriceAlertView(known.fixture_id, market_id, selection, known.odds.text, known.at))
    return Outcome(PriceAlertViews(found[::-1]), own)


def streams_of_market(ask: FindPrices) -> Sequence[StreamRef]:
    """Name the market."""
    return (StreamRef(MARKET, ask.market_id),)


def find_prices(ask: FindPrices, streams: UnitOfWork) -> Outcome:
    """Return what the selections of a market are offered at."""
    market = streams.load(MARKET, ask.market_id)
    return Outcome(MarketPricesNow(prices_of(market.state), market.state.status in ("", *OVER)), market)


def prices_of(market: Market) -> dict[str, Odds]:
    """Return what the selections of a market are offered at now: nothing while it is not open."""
    return market.offers[-1].prices if market.status == "open" and market.offers else {}
