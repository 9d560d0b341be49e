"""The price alerts that stand, by market and price: which of them a fact concerns. Held in memory, folded from the log.

Those of a selection are in the order of their prices, so that a new price finds those that it reaches and touches no other.
"""

from bisect import bisect_right, insort
from collections.abc import Iterator, Mapping
from datetime import datetime
from fractions import Fraction

from commands.notifications.price_alerts import FindPrices
from domain.fact import Fact, Recorded
from domain.market.facts import MarketClosed, MarketPriced, MarketResulted, MarketResumed
from domain.notification.commands import ReachPriceAlert, RemovePriceAlert
from domain.notification.facts import PriceAlertReached, PriceAlertRemoved, PriceAlertSet
from domain.odds import Odds

ALERT_FACTS: frozenset[type[Fact]] = frozenset({PriceAlertSet, PriceAlertRemoved, PriceAlertReached})
MARKET_FACTS: frozenset[type[Fact]] = frozenset({MarketPriced, MarketResumed, MarketClosed, MarketResulted})
AFTER_ALL = "~"
"""Sorts after every account's id."""

Ask = ReachPriceAlert | RemovePriceAlert


class StandingAlerts:
    """Price alerts that stand. For one thread."""

    def __init__(self) -> None:
        self._wanted: dict[tuple[str, str, str], Fraction] = {}
        self._by_price: dict[str, dict[str, list[tuple[Fraction, str]]]] = {}

    def questions(self) -> list[FindPrices]:
        """Return what is asked of all markets that somebody waits for, to begin with."""
        return [FindPrices(market_id) for market_id in self._by_price]

    @property
    def markets(self) -> list[str]:
        """The markets that somebody waits for."""
        return list(self._by_price)

    def fold(self, recorded: Recorded[Fact]) -> None:
        """Take a fact about a price alert."""
        match recorded.body:
            case PriceAlertSet(account_id, _, market_id, selection, odds):
                self._drop(account_id, market_id, selection)
                self._wanted[account_id, market_id, selection] = price = _exact(odds)
                insort(self._by_price.setdefault(market_id, {}).setdefault(selection, []), (price, account_id))
            case PriceAlertRemoved() | PriceAlertReached() as fact:
                self._drop(fact.account_id, fact.market_id, fact.selection)
            case _:
                pass

    def concerned(self, recorded: Recorded[Fact], at: datetime) -> Iterator[Ask]:
        """Give what is to be asked because of a fact: of those whom a price reaches, and of whom a market is over.

        An alert that was just set is looked at as well: the price may have moved while it was set.
        """
        match recorded.body:
            case MarketPriced(prices=prices) | MarketResumed(prices=prices):
                yield from self.reached(recorded.stream_id, prices, at)
            case MarketClosed() | MarketResulted():
                yield from self.closed(recorded.stream_id, at)
            case PriceAlertSet(account_id, _, market_id, selection):
                yield ReachPriceAlert(account_id, market_id, selection, at)
            case _:
                pass

    def reached(self, market_id: str, prices: Mapping[str, Odds], at: datetime) -> Iterator[Ask]:
        """Give those whom the prices of a market reach."""
        for selection, alerts in self._by_price.get(market_id, {}).items():
            if (odds := prices.get(selection)) is not None:
                for _, account_id in alerts[: bisect_right(alerts, (_exact(odds), AFTER_ALL))]:
                    yield ReachPriceAlert(account_id, market_id, selection, at)

    def closed(self, market_id: str, at: datetime) -> Iterator[Ask]:
        """Give those who wait for a market that is over."""
        for selection, alerts in self._by_price.get(market_id, {}).items():
            for _, account_id in alerts:
                yield RemovePriceAlert(account_id, market_id, selection, at, "closed")

    def _drop(self, account_id: str, market_id: str, selection: str) -> None:
        price = self._wanted.pop((account_id, market_id, selection), None)
        if price is None:
            return
        selections = self._by_price[market_id]
        alerts = selections[selection]
        del alerts[bisect_right(alerts, (price, account_id)) - 1]
        if not alerts:
            del selections[selection]
        if not selections:
            del self._by_price[market_id]


def _exact(odds: Odds) -> Fraction:
    return Fraction(odds.numerator, odds.denominator)
