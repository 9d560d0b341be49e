"""Every bet on a match that was abandoned or never played is void by rule, each once, whatever befalls the process managers meanwhile."""

import random
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
import structlog

from commands.dispatch.batch import Answer
from commands.dispatch.dispatcher import Dispatcher
from commands.process_manager import ProcessManager
from commands.registry import USE_CASES, process_managers
from commands.trading.abandon_unplayed import AbandonUnplayed, KickOffAwaited, unplayed
from commands.trading.void_market import ABANDONMENT, FixtureNotAbandoned, VoidMarket
from domain.bet.facts import BetSettled
from domain.fact import Recorded
from domain.fixture.commands import AbandonFixture, ChangeScore, EndFixture, KickOff, RescheduleFixture, ScheduleFixture
from domain.fixture.facts import FixtureAbandoned
from domain.ids import derived
from domain.market.commands import OpenMarket, ResultMarket
from domain.market.facts import MarketResulted, Selection
from domain.odds import Odds
from infra.clock import Clock
from infra.log.tail import Tail
from infra.process_managers import create_tables, run_process_managers
from infra.process_managers.case_projector import CaseProjector
from infra.process_managers.worker import CaseWorker
from tests.contracts.managers_under_test import read_all
from tests.contracts.test_settler import ENDED, MARKETS, NOON, PRICES, ROOT, SELECTIONS, Book, Killed, killed

FIXTURES = [derived("fixture", market_id) for market_id in MARKETS]
MANAGERS = process_managers(never_played_after_hours=24.0 * 365 * 30)
"""Kick-offs are awaited for ever, but where a test says otherwise: its matches were due long ago."""

RUN = """
import sys, threading
from commands.dispatch.dispatcher import Dispatcher
from commands.registry import USE_CASES, process_managers
from infra.eventstore.recorder import GroupCommitRecorder, datastore_of
from infra.process_managers import run_process_managers
dispatcher = Dispatcher(GroupCommitRecorder(datastore_of(sys.argv[1])), USE_CASES).start()
run_process_managers(sys.argv[1], dispatcher, process_managers(float(sys.argv[2])), threading.Event(), cases_per_chunk=8)
"""


class AbandonedBook(Book):
    """A book with every process manager beside it."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        create_tables(url, MANAGERS)

    @contextmanager
    def managed(
        self, dispatcher: Dispatcher | None = None, managers: Sequence[ProcessManager] = MANAGERS, **options: int
    ) -> Iterator[None]:
        """Run the process managers in this process for a while."""
        stop = threading.Event()
        arguments = (self.url, dispatcher or self.dispatcher, managers, stop)
        thread = threading.Thread(target=run_process_managers, args=arguments, kwargs=options)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def abandon(self, market_id: str, reason: str = "fog") -> None:
        self.dispatcher.call(AbandonFixture(derived("fixture", market_id), reason, ENDED, "replay"))

    def facts(self) -> list[Recorded[Any]]:
        with closing(Tail(self.url)) as tail:
            return list(tail.read(0, 1_000_000))

    def of(self, kind: type) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        for recorded in self.facts():
            if isinstance(recorded.body, kind):
                found.setdefault(recorded.stream_id, []).append(recorded.body)
        return found

    def follow(self, managers: Sequence[ProcessManager] = MANAGERS) -> None:
        """Have the managers read the log to its end."""
        with closing(CaseProjector(self.url, Tail(self.url), managers)) as projector:
            read_all(projector)

    def until_idle(self, bets: int) -> None:
        """Wait until so many bets are settled, nothing that came is waited for, and nothing is set aside."""
        self.until(lambda: len(self.settlements()) >= bets)
        came = "SELECT (SELECT count(*) FROM resulted_market) + (SELECT count(*) FROM abandoned_fixture)"
        self.until(lambda: self.ask(came) == 0)
        assert self.ask("SELECT (SELECT count(*) FROM unsettled_leg) + (SELECT count(*) FROM unvoided_market)") == 0


@pytest.fixture
def book(database_url: str) -> Iterator[AbandonedBook]:
    with closing(AbandonedBook(database_url)) as opened:
        yield opened


def assert_void_once(book: AbandonedBook, bets: Sequence[str], others: int = 0) -> None:
    settlements = book.of(BetSettled)
    assert {bet_id: [fact.outcome for fact in settlements.get(bet_id, [])] for bet_id in bets} == {bet_id: ["void"] for bet_id in bets}
    assert len(settlements) == len(bets) + others
    assert all(fact.returns_minor == fact.stake_minor for bet_id in bets for fact in settlements[bet_id])
    found = book.audited()
    assert found.violation is None


def test_every_bet_on_an_abandoned_match_is_void_once_and_its_stake_is_given_back(book: AbandonedBook):
    bets, others = book.place(30, MARKETS[0]), book.place(6, MARKETS[1])
    with book.managed():
        book.abandon(MARKETS[0])
        book.until_idle(30)
    assert_void_once(book, bets)
    assert [fact.void_reason for (fact,) in book.of(MarketResulted).values()] == ["fog"]
    assert book.audited().bets_open == len(others)
    assert book.audited().totals["EUR"].reserved_minor == len(others) * 1_00


def test_a_multiple_goes_on_with_its_other_legs(book: AbandonedBook):
    doubles, trebles = book.place(6, MARKETS[0], MARKETS[1]), book.place(6, *MARKETS)
    with book.managed():
        book.abandon(MARKETS[0])
        book.until(lambda: len(book.of(MarketResulted)) == 1 and book.ask("SELECT count(*) FROM resulted_market") == 0)
        assert book.settlements() == {}
        book.result(MARKETS[1])
        book.abandon(MARKETS[2])
        book.until_idle(12)
    outcomes = {bet_id: (fact.outcome, fact.returns_minor) for bet_id, (fact,) in book.settlements().items()}
    assert [outcomes[bet_id] for bet_id in doubles + trebles] == [("won", 2_50), ("lost", 0), ("lost", 0)] * 4
    assert book.audited().violation is None


def test_a_bet_on_several_markets_of_abandoned_matches_is_void_once(book: AbandonedBook):
    bets = book.place(40, MARKETS[0], MARKETS[1])
    with book.managed(cases_per_chunk=4), book.managed(book.another_dispatcher(), cases_per_chunk=4):
        book.abandon(MARKETS[0])
        book.abandon(MARKETS[1])
        book.until_idle(40)
    assert_void_once(book, bets)


def test_what_came_out_before_a_match_was_abandoned_stays_as_it_is(book: AbandonedBook):
    total = derived("market", "total")
    over_under = {"over": Odds(1800, 1000), "under": Odds(2000, 1000)}
    names = tuple(Selection(name, name.title()) for name in over_under)
    ask = book.dispatcher.call
    ask(OpenMarket(total, FIXTURES[0], "total_goals", {"total": "0.5"}, names, over_under, 0, NOON))
    bets = book.place(9, MARKETS[0])
    ask(KickOff(FIXTURES[0], NOON))
    ask(ChangeScore(FIXTURES[0], 1, 0, 10, "first_half", NOON))
    ask(ResultMarket(total, NOON))
    with book.managed():
        book.abandon(MARKETS[0])
        book.until_idle(9)
    assert_void_once(book, bets)
    told = book.of(MarketResulted)
    assert (told[total][0].void_reason, told[MARKETS[0]][0].void_reason) == ("", "fog")
    assert [len(facts) for facts in told.values()] == [1, 1]


def test_a_market_that_a_trader_voided_for_another_reason_is_left_alone_and_nothing_is_set_aside(book: AbandonedBook):
    bets = book.place(9, MARKETS[0])
    book.abandon(MARKETS[0])
    book.dispatcher.call(ResultMarket(MARKETS[0], ENDED, "waterlogged"))
    with book.managed():
        book.until_idle(9)
    assert_void_once(book, bets)
    assert [fact.void_reason for (fact,) in book.of(MarketResulted).values()] == ["waterlogged"]


def test_only_what_its_streams_say_is_voided_whatever_the_tables_say(book: AbandonedBook):
    book.place(3, MARKETS[0])
    book.follow()
    with psycopg.connect(book.url) as connection:
        connection.execute("INSERT INTO abandoned_fixture (fixture_id, position) VALUES (%s, 1)", (FIXTURES[0],))
    with structlog.testing.capture_logs() as lines, closing(CaseWorker(book.url, book.dispatcher, ABANDONMENT)) as worker:
        assert worker.due_chunk() == 1
    (line,) = [line for line in lines if line["event"] == "cases are set aside"]
    assert (line["manager"], line["market_id"], line["fixture_id"]) == ("abandonment", MARKETS[0], FIXTURES[0])
    assert line["reason"].startswith(FixtureNotAbandoned.__name__)
    assert book.ask("SELECT tries FROM unvoided_market") == 1
    assert book.of(MarketResulted) == {}
    book.abandon(MARKETS[0])
    with psycopg.connect(book.url) as connection:
        connection.execute("UPDATE unvoided_market SET retry_at = clock_timestamp()")
    with book.managed():
        book.until_idle(3)


def test_markets_of_a_match_that_ended_are_not_waited_for(book: AbandonedBook):
    book.follow()
    assert book.ask("SELECT count(*) FROM open_market") == len(MARKETS)
    book.dispatcher.call(KickOff(FIXTURES[0], NOON))
    book.dispatcher.call(EndFixture(FIXTURES[0], 1, 0, 1, 0, ENDED))
    book.follow()
    assert set(book.ask("SELECT array_agg(fixture_id::text) FROM open_market")) == set(FIXTURES[1:])


# A match that was never played.


def schedule(book: AbandonedBook, name: str, kick_off: datetime, at: datetime, bets: int = 6) -> tuple[str, list[str]]:
    """Announce a match, offer it, and place bets on it; return its fixture and the bets."""
    fixture_id, market_id = derived("fixture", f"of {name}"), derived("market", f"of {name}")
    ask = book.dispatcher.call
    ask(ScheduleFixture(fixture_id, "football", "Cup", f"Whites {name}", "Blacks", kick_off, neutral=False, at=at))
    ask(OpenMarket(market_id, fixture_id, "match_result", {}, SELECTIONS, PRICES, 0, NOON))
    return fixture_id, book.place(bets, market_id)


def test_a_match_that_never_kicked_off_is_abandoned_in_time_and_its_bets_are_void(book: AbandonedBook):
    now = Clock().now()
    late, late_bets = schedule(book, "late", now - timedelta(hours=3), now - timedelta(hours=3))
    again, again_bets = schedule(book, "announced late", now - timedelta(hours=3), now)
    soon, soon_bets = schedule(book, "soon", now + timedelta(hours=3), now - timedelta(hours=3))
    begun, begun_bets = schedule(book, "begun", now - timedelta(hours=3), now - timedelta(hours=3))
    book.dispatcher.call(KickOff(begun, now))
    for market_id in MARKETS:
        book.dispatcher.call(KickOff(derived("fixture", market_id), now))
    with book.managed(managers=process_managers(2.0)):
        book.until_idle(len(late_bets))
    assert_void_once(book, late_bets)
    abandoned = book.of(FixtureAbandoned)
    assert {fixture_id: [(fact.reason, fact.actor) for fact in facts] for fixture_id, facts in abandoned.items()} == {
        late: [("not played within 2 hours", "abandonment")]
    }
    assert not {again, soon} & abandoned.keys()
    assert book.audited().bets_open == len(again_bets) + len(soon_bets) + len(begun_bets)


def test_a_match_that_was_moved_is_awaited_until_its_new_time(book: AbandonedBook):
    now = Clock().now()
    moved, bets = schedule(book, "moved", now - timedelta(hours=3), now - timedelta(hours=3))
    late, late_bets = schedule(book, "moved to the past", now + timedelta(hours=3), now - timedelta(hours=9))
    book.dispatcher.call(RescheduleFixture(moved, now + timedelta(hours=1), now))
    book.dispatcher.call(RescheduleFixture(late, now - timedelta(hours=8), now - timedelta(hours=8)))
    for market_id in MARKETS:
        book.dispatcher.call(KickOff(derived("fixture", market_id), now))
    with book.managed(managers=process_managers(2.0)):
        book.until_idle(len(late_bets))
    assert book.of(FixtureAbandoned).keys() == {late}
    assert book.audited().bets_open == len(bets)


def test_a_match_is_not_abandoned_before_its_time_whoever_asks(book: AbandonedBook):
    now = Clock().now()
    fixture_id, _ = schedule(book, "early", now, now)
    with pytest.raises(KickOffAwaited) as awaited:
        book.dispatcher.call(AbandonUnplayed(fixture_id, 1.0, now + timedelta(hours=9)))
    assert awaited.value.until == now + timedelta(hours=1)
    assert book.of(FixtureAbandoned) == {}


def test_a_time_that_the_tables_have_too_early_abandons_nothing(book: AbandonedBook):
    now = Clock().now()
    fixture_id, _ = schedule(book, "early", now, now)
    manager = unplayed(24.0 * 365 * 30)
    book.follow([manager])
    with psycopg.connect(book.url) as connection:
        connection.execute("UPDATE unplayed_fixture SET retry_at = clock_timestamp() WHERE fixture_id = %s", (fixture_id,))
    with closing(CaseWorker(book.url, book.dispatcher, manager)) as worker:
        assert worker.later_chunk() == 1
    assert book.of(FixtureAbandoned) == {}
    assert book.ask("SELECT max(tries) FROM unplayed_fixture") == 1


def test_another_bound_holds_for_matches_that_were_announced_before_it(book: AbandonedBook):
    now = Clock().now()
    fixture_id, bets = schedule(book, "late", now - timedelta(hours=3), now - timedelta(hours=3))
    book.follow()
    assert book.of(FixtureAbandoned) == {}
    for market_id in MARKETS:
        book.dispatcher.call(KickOff(derived("fixture", market_id), now))
    with book.managed(managers=process_managers(2.0)):
        book.until_idle(len(bets))
    assert book.of(FixtureAbandoned).keys() == {fixture_id}
    assert_void_once(book, bets)


def test_a_kick_off_that_races_the_abandonment_wins_or_loses_and_nothing_is_half_done(book: AbandonedBook):
    now = Clock().now()
    matches = [schedule(book, f"race {number}", now - timedelta(hours=3), now - timedelta(hours=3), bets=2) for number in range(12)]
    other = book.another_dispatcher()
    for market_id in MARKETS:
        book.dispatcher.call(KickOff(derived("fixture", market_id), now))
    with book.managed(managers=process_managers(2.0)):
        answers = [answer for fixture_id, _ in matches for answer in other.try_many([KickOff(fixture_id, now)])]
        voided = book.of(FixtureAbandoned)
        kicked_off = {fixture_id for (fixture_id, _), answer in zip(matches, answers, strict=True) if isinstance(answer, Answer)}
        book.until(lambda: len(book.of(FixtureAbandoned)) + len(kicked_off) == len(matches))
        voided = book.of(FixtureAbandoned)
        book.until_idle(2 * len(voided))
    assert not kicked_off & voided.keys()
    assert_void_once(book, [bet_id for fixture_id, bets in matches if fixture_id in voided for bet_id in bets])


# Kills.


@pytest.mark.parametrize("step", ["_claimed", "_decided", "_drop_done", "_before_commit"])
def test_a_worker_killed_at_any_step_leaves_nothing_undone_and_nothing_done_twice(book: AbandonedBook, step: str):
    bets = book.place(30, MARKETS[0])
    book.abandon(MARKETS[0])
    book.follow()
    with closing(CaseWorker(book.url, book.dispatcher, ABANDONMENT)) as worker:
        setattr(worker, step, killed)
        with pytest.raises(Killed):
            worker.due_chunk()
    with book.managed():
        book.until_idle(30)
    assert_void_once(book, bets)


class Deaf(Dispatcher):
    """Does what it is asked, and is killed before anybody hears of it."""

    def try_many(self, commands: Sequence[Any], timeout_s: float = 30.0) -> list[Answer | BaseException]:
        super().try_many(commands, timeout_s)
        raise Killed


def test_a_worker_killed_between_the_void_and_its_answer_voids_nothing_twice(book: AbandonedBook):
    bets = book.place(30, MARKETS[0])
    book.abandon(MARKETS[0])
    book.follow()
    deaf = Deaf(book._recorder(), USE_CASES).start()
    with closing(CaseWorker(book.url, deaf, ABANDONMENT)) as worker, pytest.raises(Killed):
        worker.due_chunk()
    deaf.stop()
    assert len(book.of(MarketResulted)) == 1
    assert book.ask("SELECT count(*) FROM open_market") == len(MARKETS)
    with book.managed():
        book.until_idle(30)
    assert_void_once(book, bets)


def test_cases_that_are_begun_anew_twice_and_worked_off_out_of_order_void_nothing_twice(book: AbandonedBook):
    """The tables are lost and made again, and the abandonment is looked at before and after its bets were settled."""
    bets = book.place(21, MARKETS[0]) + book.place(21, MARKETS[0], MARKETS[1])
    book.abandon(MARKETS[1])
    book.abandon(MARKETS[0])
    position = "SELECT min(position) >= (SELECT position FROM stored_events_head) FROM process_manager_position"
    for _ in range(3):
        with psycopg.connect(book.url) as connection:
            connection.execute("TRUNCATE open_market, abandoned_fixture, unvoided_market, open_leg, resulted_market, unsettled_leg")
            connection.execute("UPDATE process_manager_partition SET position = 0, mark = ''")
        with book.managed(managers=list(reversed(MANAGERS)), cases_per_chunk=5):
            book.until_idle(42)
            book.until(lambda: book.ask(position))
            book.until_idle(42)
    assert_void_once(book, bets)


def test_managers_killed_with_signal_nine_again_and_again_beside_a_settler_void_everything_once(book: AbandonedBook):
    bets = book.place(150, MARKETS[0]) + book.place(150, MARKETS[0], MARKETS[1])
    now = Clock().now()
    for market_id in MARKETS[1:]:
        book.dispatcher.call(KickOff(derived("fixture", market_id), now))
    command = [sys.executable, "-c", RUN, book.url, "1"]
    settled = "SELECT count(*) FROM stored_events WHERE topic LIKE 'bet.settled.%'"
    with book.managed(book.another_dispatcher(), process_managers(1.0), cases_per_chunk=8):
        for done, market_id in ((1, MARKETS[0]), (60, MARKETS[1]), (200, "")):
            with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
                if market_id == MARKETS[1]:
                    book.abandon(MARKETS[1])
                book.until(lambda done=done: book.ask(settled) >= done)
                process.kill()
    with book.managed(managers=process_managers(1.0)):
        book.until_idle(300)
    assert_void_once(book, bets)
    (fact,) = book.of(FixtureAbandoned)[FIXTURES[0]]
    assert fact.reason == "not played within 1 hours"


def test_random_matches_are_voided_or_settled_once_each_whatever_happens_meanwhile(book: AbandonedBook):
    """Matches end, are abandoned, or never begin, while managers come and go and lose their connections."""
    chosen = random.Random(20261126)  # noqa: S311
    now = Clock().now()
    cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE 'slipstream process managers%'"
    fates: dict[str, str] = {}
    bets: dict[str, list[str]] = {}
    for number in range(10):
        fixture_id, placed = schedule(book, f"random {number}", now - timedelta(hours=3), now - timedelta(hours=3), bets=7)
        fates[fixture_id], bets[fixture_id] = chosen.choice(("ends", "abandoned", "unplayed")), placed
    for market_id in MARKETS:
        book.dispatcher.call(KickOff(derived("fixture", market_id), now))
    for fixture_id, fate in fates.items():
        if fate == "ends":
            book.dispatcher.call(KickOff(fixture_id, now))
    with book.managed(managers=process_managers(2.0), cases_per_chunk=3), book.managed(book.another_dispatcher(), process_managers(2.0)):
        for fixture_id in chosen.sample(sorted(fates), len(fates)):
            if fates[fixture_id] == "ends":
                book.dispatcher.call(EndFixture(fixture_id, 1, 0, 1, 0, now))
                name = next(number for number in range(10) if derived("fixture", f"of random {number}") == fixture_id)
                book.dispatcher.call(ResultMarket(derived("market", f"of random {name}"), now))
            elif fates[fixture_id] == "abandoned":
                book.dispatcher.try_many([AbandonFixture(fixture_id, "snow", now, "replay")])
            book.ask(cut)
        book.until_idle(70)
    void = [bet_id for fixture_id, fate in fates.items() if fate != "ends" for bet_id in bets[fixture_id]]
    assert void
    assert_void_once(book, void, others=70 - len(void))


def test_the_command_that_voids_is_one_that_changes_nothing_the_second_time(book: AbandonedBook):
    book.abandon(MARKETS[0])
    first = book.dispatcher.call(VoidMarket(MARKETS[0], ENDED))
    again = book.dispatcher.call(VoidMarket(MARKETS[0], ENDED + timedelta(hours=1)))
    assert first.receipt == again.receipt
    assert len(book.of(MarketResulted)[MARKETS[0]]) == 1
