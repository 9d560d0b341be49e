"""Whoever waits for a price is told once when it is offered, whatever was down then, and whoever else watches."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from commands.accounts.open_account import OpenAccount
from commands.dispatch.dispatcher import Dispatcher
from commands.notifications.price_alerts import FindPriceAlerts
from commands.registry import USE_CASES
from domain.fixture.commands import ScheduleFixture
from domain.ids import derived
from domain.market.commands import CloseMarket, OpenMarket, PriceMarket
from domain.market.facts import Selection
from domain.notification.commands import RemovePriceAlert, SetPriceAlert
from domain.notification.facts import PriceAlertReached, PriceAlertRemoved
from domain.odds import Odds, parse
from infra.database import make_ready
from infra.delivery.price_watch import PriceWatch
from infra.eventstore.recorder import GroupCommitRecorder, datastore_of
from infra.log.tail import Tail
from tests.decisions.given import NOON
from tests.journeys.process_tree import until
from tests.servers import fresh_database

SELECTIONS = (Selection("yes", "Yes"), Selection("no", "No"))


def book(odds: str) -> dict[str, Odds]:
    """Prices of which the other makes a book."""
    return {"yes": parse(odds), "no": parse(f"{1 / (1.05 - 1 / float(odds)):.2f}")}


class Site:
    """A log with a dispatcher, markets that are priced, and people who wait."""

    def __init__(self, dsn: str, dispatcher: Dispatcher) -> None:
        self.dsn, self.dispatcher, self.numbers = dsn, dispatcher, 0

    def new(self, what: str) -> str:
        self.numbers += 1
        return derived(what, str(self.numbers))

    def market(self) -> str:
        fixture_id, market_id = self.new("fixture"), self.new("market")
        fixture = ScheduleFixture(fixture_id, "football", "Cup", f"Reds {self.numbers}", "Blues", NOON, neutral=False, at=NOON)
        opened = OpenMarket(market_id, fixture_id, "both_teams_to_score", {}, SELECTIONS, book("2"), 0, NOON)
        self.dispatcher.call_many([fixture, opened])
        return market_id

    def people(self, count: int) -> list[str]:
        found = [self.new("account") for _ in range(count)]
        self.dispatcher.call_many([OpenAccount(each, f"p{each[:8]}", f"{each}@example.com", "-", "EUR", NOON) for each in found])
        return found

    def wait(self, market_id: str, *wanted: tuple[str, str]) -> None:
        self.dispatcher.call_many([SetPriceAlert(account_id, market_id, "yes", parse(odds), NOON) for account_id, odds in wanted])

    def price(self, market_id: str, odds: str) -> None:
        self.dispatcher.call(PriceMarket(market_id, book(odds), NOON))

    def told(self, *account_ids: str) -> list[tuple[str, str]]:
        """Who was told of which price, in order."""
        with closing(Tail(self.dsn)) as tail:
            facts = [recorded.body for recorded in tail.read(0, 1_000_000)]
        reached = [each for each in facts if isinstance(each, PriceAlertReached)]
        return [(each.account_id, each.odds.text) for each in reached if each.account_id in account_ids]

    @contextmanager
    def watching(self) -> Iterator[PriceWatch]:
        with closing(Tail(self.dsn)) as tail, closing(PriceWatch(self.dsn, tail, self.dispatcher)) as watch:
            yield watch


@pytest.fixture(scope="module")
def site(postgres_server: str) -> Iterator[Site]:
    with fresh_database(postgres_server) as url:
        make_ready(url)
        recorder = GroupCommitRecorder(datastore_of(url))
        dispatcher = Dispatcher(recorder, USE_CASES).start()
        yield Site(url, dispatcher)
        dispatcher.stop()
        recorder.close()


def caught_up(watch: PriceWatch) -> None:
    until(watch.take_turn, "who had the turn before is gone")
    while watch.go_on():
        pass


def test_those_whom_a_price_reaches_are_told_once_and_the_others_go_on_waiting(site: Site):
    market_id, (ann, ben, cleo) = site.market(), site.people(3)
    with site.watching() as watch:
        caught_up(watch)
        site.wait(market_id, (ann, "2.2"), (ben, "2.5"), (cleo, "3"))
        for odds in ("2.1", "2.6", "2.7", "2.6"):
            site.price(market_id, odds)
            caught_up(watch)
        assert site.told(ann, ben, cleo) == [(ann, "2.60"), (ben, "2.60")]
        site.wait(market_id, (ann, "3"))
        site.price(market_id, "3")
        caught_up(watch)
    assert site.told(ann, ben, cleo)[2:] in ([(ann, "3.00"), (cleo, "3.00")], [(cleo, "3.00"), (ann, "3.00")])


def test_a_price_that_was_reached_while_nobody_watched_is_told_if_it_is_still_offered(site: Site):
    market_id, other, (ann, ben) = site.market(), site.market(), site.people(2)
    site.wait(market_id, (ann, "2.2"))
    site.wait(other, (ben, "2.2"))
    site.price(market_id, "2.3")
    site.price(other, "2.3")
    site.price(other, "2.1")
    for _ in range(2):
        with site.watching() as watch:
            caught_up(watch)
    assert site.told(ann, ben) == [(ann, "2.30")]


def test_alerts_on_a_market_that_is_over_are_cleared_away_though_it_closed_while_nobody_watched(site: Site):
    first, second, (ann,) = site.market(), site.market(), site.people(1)
    site.wait(first, (ann, "9"))
    site.wait(second, (ann, "9"))
    site.dispatcher.call(CloseMarket(first, NOON))
    with site.watching() as watch:
        caught_up(watch)
        assert [each.market_id for each in site.dispatcher.call(FindPriceAlerts(ann)).receipt.items] == [second]
        site.dispatcher.call(CloseMarket(second, NOON))
        caught_up(watch)
    assert site.dispatcher.call(FindPriceAlerts(ann)).receipt.items == []
    with closing(Tail(site.dsn)) as tail:
        removed = [recorded.body for recorded in tail.read(0, 1_000_000) if isinstance(recorded.body, PriceAlertRemoved)]
    assert [each.why for each in removed if each.account_id == ann] == ["closed", "closed"]


def test_whoever_takes_an_alert_back_is_told_nothing(site: Site):
    market_id, (ann,) = site.market(), site.people(1)
    with site.watching() as watch:
        site.wait(market_id, (ann, "2.2"))
        caught_up(watch)
        site.dispatcher.call(RemovePriceAlert(ann, market_id, "yes", NOON))
        site.price(market_id, "2.5")
        caught_up(watch)
    assert site.told(ann) == []


def test_one_process_watches_and_the_next_goes_on_when_it_ends(site: Site):
    market_id, people = site.market(), site.people(30)
    site.wait(market_id, *[(account_id, f"2.{number + 10}") for number, account_id in enumerate(people)])
    with site.watching() as second:
        with site.watching() as first:
            caught_up(first)
            assert not second.take_turn()
            site.price(market_id, "2.2")
            caught_up(first)
        site.price(market_id, "2.39")
        caught_up(second)
    assert sorted(account_id for account_id, _ in site.told(*people)) == sorted(people)
