"""What accounts say of prices that they wait for: each on a selection that there is, told once, of a price that was offered."""

from datetime import datetime
from typing import Any

from commands.audit.auditor import check_value
from commands.audit.social_streams import AuditedNotifications
from commands.audit.state import AuditState
from commands.audit.streams import AuditedMarket
from commands.audit.violation import ViolationFound
from commands.audit.violations import AlertNotReached, AlertReachedBefore, MarketMissing, NotificationUnchanged
from domain.fact import Recorded
from domain.market.facts import MarketOpened
from domain.notification.facts import PriceAlertReached, PriceAlertRemoved, PriceAlertSet
from domain.odds import ODDS_MAX, Odds

PRICE_ALERTS_MAX = 100
REMOVED_WHY = ("person", "closed")


def price_alert_set(state: AuditState, recorded: Recorded[Any], own: AuditedNotifications, fact: PriceAlertSet) -> None:
    """Check PriceAlertSet: on a selection of a market of that match, and not as it was; update the audit state."""
    check_value(recorded, "account_id", fact.account_id, allowed=fact.account_id == own.account_id)
    opened = state.first_of(MarketOpened, fact.market_id, recorded)
    if opened is None:
        raise ViolationFound(MarketMissing, recorded, market_id=fact.market_id[:60])
    check_value(recorded, "fixture_id", fact.fixture_id, allowed=fact.fixture_id == opened.body.fixture_id)
    names = {each.selection for each in opened.body.selections}
    check_value(recorded, "selection", fact.selection, allowed=fact.selection in names)
    check_value(recorded, "odds", fact.odds, allowed=_is_price(fact.odds))
    key = f"{fact.market_id} {fact.selection}"
    known = own.price_alerts.pop(key, None)
    if known is not None and known[1] == fact.odds:
        raise ViolationFound(NotificationUnchanged, recorded, standing="that price alert")
    offered, _ = _offered(state, fact.market_id, fact.selection)
    if offered is not None and offered >= fact.odds:
        raise ViolationFound(AlertReachedBefore, recorded, market_id=fact.market_id, odds=fact.odds.text, offered=offered.text)
    own.price_alerts[key] = (fact.fixture_id, fact.odds, fact.at)
    check_value(recorded, "price_alerts", len(own.price_alerts), allowed=len(own.price_alerts) <= PRICE_ALERTS_MAX)


def price_alert_removed(state: AuditState, recorded: Recorded[Any], own: AuditedNotifications, fact: PriceAlertRemoved) -> None:
    """Check PriceAlertRemoved: of an alert that is there, by the person or since its market is over; update the audit state."""
    _taken(recorded, own, fact)
    market = state.live.get(fact.market_id)
    is_open = type(market) is AuditedMarket and market.status not in ("closed", "resulted")
    check_value(recorded, "why", fact.why, allowed=fact.why in REMOVED_WHY and not (fact.why == "closed" and is_open))


def price_alert_reached(state: AuditState, recorded: Recorded[Any], own: AuditedNotifications, fact: PriceAlertReached) -> None:
    """Check PriceAlertReached: of an alert that is there, at odds that were offered and are no less; update the audit state."""
    fixture_id, wanted, asked_at = _taken(recorded, own, fact)
    check_value(recorded, "fixture_id", fact.fixture_id, allowed=fact.fixture_id == fixture_id)
    check_value(recorded, "wanted", fact.wanted, allowed=fact.wanted == wanted)
    check_value(recorded, "asked_at", fact.asked_at, allowed=fact.asked_at == asked_at)
    offered, version = _offered(state, fact.market_id, fact.selection)
    if offered is None or (offered, version) != (fact.odds, fact.version) or not offered >= wanted:
        raise ViolationFound(AlertNotReached, recorded, market_id=fact.market_id[:60], wanted=wanted.text, version=fact.version)


def _offered(state: AuditState, market_id: str, selection: str) -> tuple[Odds | None, int]:
    """Return what a selection is offered at, and since which version of its market; None and 0 where it is not."""
    market = state.live.get(market_id)
    if type(market) is not AuditedMarket or market.status != "open" or not market.offers:
        return None, 0
    return market.offers[-1].prices.get(selection), market.offers[-1].version


def _taken(recorded: Recorded[Any], own: AuditedNotifications, fact: PriceAlertRemoved | PriceAlertReached) -> tuple[str, Odds, datetime]:
    check_value(recorded, "account_id", fact.account_id, allowed=fact.account_id == own.account_id)
    known = own.price_alerts.pop(f"{fact.market_id} {fact.selection}", None)
    check_value(recorded, "selection", (fact.market_id, fact.selection), allowed=known is not None)
    assert known is not None, "it was just checked"
    return known


def _is_price(odds: Odds) -> bool:
    return 0 < odds.denominator < odds.numerator <= ODDS_MAX * odds.denominator
