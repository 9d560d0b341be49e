"""The port of process managers: whatever is killed, repeated or late, the same facts come out; what breaks one stops no other."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Any, LiteralString

import psycopg
import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.betting.place_bet import PlaceBet
from commands.betting.settlement import SETTLEMENT
from commands.process_manager import Came, CaseTables, Due, Over, ProcessManager, Waits
from commands.registry import process_managers
from commands.trading.void_market import ABANDONMENT
from domain.bet.commands import AskedLeg
from domain.bet.facts import BetPlaced, BetSettled
from domain.fact import Recorded, UnknownFact
from domain.fixture.commands import AbandonFixture, EndFixture, KickOff, ScheduleFixture
from domain.fixture.facts import FixtureAbandoned
from domain.ids import derived
from domain.market.commands import OpenMarket, ResultMarket
from domain.market.facts import MarketOpened, MarketResulted
from infra.log.tail import Tail
from infra.process_managers import create_tables
from infra.process_managers.case_projector import CaseProjector
from infra.process_managers.changes import changes_of
from infra.process_managers.worker import CaseWorker
from tests.contracts.managers_under_test import read_all
from tests.contracts.test_settler import ACCOUNTS, ENDED, MARKETS, NOON, PRICES, SELECTIONS, Book, Killed, killed, write_raw
from tests.servers import fresh_database

A, B, C = (derived("thing", name) for name in "abc")
TABLES = CaseTables(key="thing_id", case_id="case_id", later="later_thing", waiting="waiting_thing", came="came_thing")
EVERY = process_managers(1.0)


# What a stretch changes.


def manager_of(*changes: Any) -> ProcessManager:
    """A manager whose reaction to each bet is the next of these changes."""
    left = iter(changes)
    return ProcessManager("toy", TABLES, {BetPlaced: lambda _: next(left)}, lambda case, at: (case, at))


def bets(count: int) -> list[Recorded[Any]]:
    body = BetPlaced(A, 1_00, "EUR", "single", (), "exact", 2_00, NOON)
    return [Recorded(position, B, 1, body) for position in range(1, count + 1)]


def test_what_is_over_is_not_waited_for_unless_it_begins_to_be_again_later():
    changes = changes_of(manager_of([Waits(A, B), Due(A, C, 7)], [Over(A)], [Waits(A, C)]), bets(3), 5)
    assert ([key for key, _ in changes.waiting], changes.due, changes.over, changes.upto) == ([A], [], [A], 5)


def test_a_fact_that_names_what_is_no_id_is_passed_over_whole_and_told():
    with structlog.testing.capture_logs() as lines:
        changes = changes_of(manager_of([Waits(A, B), Came("x")], [Came(A, 2)]), bets(2), 2)
    assert (changes.waiting, changes.came, changes.upto) == ([], [(A, 2, 2)], 2)
    assert [(line["event"], line["position"]) for line in lines] == [("a fact contains a malformed id and is skipped", 1)]


@pytest.mark.parametrize("error", [ZeroDivisionError, ValueError])
def test_a_manager_stays_before_a_fact_that_it_breaks_on_and_keeps_what_was_before(error: type[Exception]):
    def breaks() -> Iterator[Any]:
        yield [Came(A)]
        raise error

    left = breaks()
    manager = ProcessManager("toy", TABLES, {BetPlaced: lambda _: next(left)}, lambda case, at: (case, at))
    changes = changes_of(manager, bets(3), 3)
    assert (changes.upto, type(changes.trouble), changes.came) == (1, error, [(A, 1, 1)])


@pytest.mark.parametrize(("name", "is_consumed"), [("bet.placed.v10", True), ("bet.settled.v9", False), ("slip.shared.v1", False)])
def test_a_fact_in_an_unknown_form_is_passed_over_unless_it_is_of_a_kind_that_is_consumed(name: str, is_consumed: bool):
    changes = changes_of(manager_of([]), [Recorded(4, A, 1, UnknownFact(name))], 9)
    assert (changes.upto, changes.trouble is not None) == ((3, True) if is_consumed else (9, False))


def test_every_manager_has_tables_of_its_own():
    names = [name for manager in EVERY for name in manager.tables[2:] if name]
    assert sorted(set(names)) == sorted(names)
    assert len({manager.name for manager in EVERY}) == len(EVERY)


# Several managers at one log.


@pytest.fixture(scope="module")
def shared_url(postgres_server: str) -> Iterator[str]:
    with fresh_database(postgres_server) as url:
        yield url


@pytest.fixture
def book(database_url: str) -> Iterator[Book]:
    with closing(Book(database_url)) as opened:
        create_tables(database_url, EVERY)
        yield opened


def position_of(book: Book, manager: ProcessManager) -> int:
    with psycopg.connect(book.url) as connection:
        row = connection.execute("SELECT position FROM process_manager_position WHERE manager = %s", (manager.name,)).fetchone()
    assert row is not None
    return int(row[0])


def follow(book: Book, managers: Sequence[ProcessManager], **options: Any) -> None:
    with closing(CaseProjector(book.url, Tail(book.url), managers, **options)) as projector:
        read_all(projector)


def test_a_manager_that_is_far_behind_or_stands_still_holds_up_no_other(book: Book):
    book.place(6, MARKETS[0])
    follow(book, [SETTLEMENT])
    write_raw(book, "market.opened.v9", b'{"fact":"market.opened.v9"}')
    book.place(3, MARKETS[1])
    head = book.ask("SELECT position FROM stored_events_head")
    unknown_at = book.ask("SELECT notification_id FROM stored_events WHERE topic = 'market.opened.v9'")
    with structlog.testing.capture_logs() as lines:
        follow(book, EVERY, facts_per_batch=2)
    stands = {manager.name: position_of(book, manager) for manager in EVERY}
    assert stands == dict.fromkeys(stands, head) | {"abandonment": unknown_at - 1}
    paused = [line for line in lines if line["event"] == "a process manager pauses"]
    assert {(line["manager"], line["reason"].partition(":")[0]) for line in paused} == {("abandonment", "FactNotUnderstood")}
    assert book.ask("SELECT count(*) FROM open_leg") == 9


def test_a_manager_that_breaks_is_told_with_one_traceback_and_tried_again_after_growing_pauses(book: Book):
    def breaks(_: Recorded[Any]) -> Any:
        raise ZeroDivisionError("the same again")

    now = [0.0]
    broken = ABANDONMENT._replace(reactions={MarketOpened: breaks})
    with structlog.testing.capture_logs() as lines:
        projector = CaseProjector(book.url, Tail(book.url), [broken, SETTLEMENT], monotonic_s=lambda: now[0])
        with closing(projector):
            for _ in range(40):
                projector.take_turns()
                projector.project()
                now[0] += 0.05
    paused = [line for line in lines if line["event"] == "a process manager pauses"]
    assert [line["pause_s"] for line in paused[:4]] == [0.1, 0.2, 0.4, 0.8]
    assert [bool(line["exc_info"]) for line in paused] == [True, *[False] * (len(paused) - 1)]
    assert position_of(book, SETTLEMENT) == book.ask("SELECT position FROM stored_events_head")


def test_rules_of_another_version_make_the_tables_anew(book: Book):
    book.place(6, MARKETS[0])
    follow(book, [SETTLEMENT])
    with psycopg.connect(book.url) as connection:
        connection.execute("DELETE FROM open_leg")
    follow(book, [SETTLEMENT])
    assert book.ask("SELECT count(*) FROM open_leg") == 0
    follow(book, [SETTLEMENT._replace(version="2")])
    assert book.ask("SELECT count(*) FROM open_leg") == 6


def test_a_second_result_and_several_legs_of_one_bet_have_rows_of_their_own(book: Book):
    """What a corrected result and a bet with two legs on one market will need."""
    (bet_id,) = book.place(1, MARKETS[0])

    def twice(recorded: Recorded[Any]) -> Any:
        return [Waits(MARKETS[0], recorded.stream_id, part, recorded.body.account_id) for part in (0, 1)]

    def results(recorded: Recorded[Any]) -> Any:
        return [Came(recorded.stream_id, 1), Came(recorded.stream_id, 1)]

    book.result(MARKETS[0])
    manager = SETTLEMENT._replace(reactions={BetPlaced: twice, MarketResulted: results})
    follow(book, [manager])
    with psycopg.connect(book.url) as connection:
        connection.execute(
            "INSERT INTO resulted_market (market_id, number, position) SELECT market_id, 2, position + 1 FROM resulted_market"
        )
    assert book.ask("SELECT array_agg(part ORDER BY part) FROM open_leg") == [0, 1]
    assert book.ask("SELECT array_agg(number ORDER BY number) FROM resulted_market") == [1, 2]
    with closing(CaseWorker(book.url, book.dispatcher, manager, cases_per_chunk=1)) as worker:
        while worker.due_chunk():
            pass
        worker.step()
        worker.step()
    assert book.ask("SELECT (SELECT count(*) FROM open_leg) + (SELECT count(*) FROM resulted_market)") == 0
    assert [len(facts) for facts in book.settlements().values()] == [1]
    assert book.settlements().keys() == {bet_id}


# The property: the same facts come out.

FIXTURES_A_HISTORY = 3
Op = tuple[Any, ...]
legs = st.sets(st.integers(0, FIXTURES_A_HISTORY - 1), min_size=1).map(sorted)
happens = st.one_of(
    st.tuples(st.just("bet"), legs),
    st.tuples(st.sampled_from(("begin", "end", "abandon")), st.integers(0, FIXTURES_A_HISTORY - 1)),
)
befalls = st.one_of(
    st.tuples(st.just("read"), st.integers(1, 5), st.booleans()),
    st.tuples(
        st.just("work"), st.integers(0, 1), st.integers(1, 4), st.sampled_from(("", "_claimed", "_decided", "_drop_done", "_before_commit"))
    ),
    st.tuples(st.just("anew")),
)
histories = st.lists(happens | befalls, min_size=4, max_size=24)


class History:
    """Plays a history on streams of its own in a shared log, the managers driven step by step."""

    def __init__(self, book: Book, name: str) -> None:
        self.book, self.name = book, name
        self.bets = 0
        ask = book.dispatcher.call
        for number in range(FIXTURES_A_HISTORY):
            teams = (f"Reds {number}", f"Blues {name}")
            ask(ScheduleFixture(self.id("fixture", number), "football", "Cup", *teams, NOON, neutral=False, at=NOON))
            ask(OpenMarket(self.id("market", number), self.id("fixture", number), "match_result", {}, SELECTIONS, PRICES, 0, NOON))

    def id(self, kind: str, number: int) -> str:
        return derived(kind, self.name, str(number))

    def happen(self, op: Op) -> None:
        """Do what people and feeds do; what the rules refuse is refused in every run alike."""
        ask = self.book.dispatcher.try_many
        match op:
            case ("bet", numbers):
                legs_asked = tuple(AskedLeg(self.id("market", number), "home", PRICES["home"], 1) for number in numbers)
                kind = "single" if len(numbers) == 1 else "multiple"
                ask([PlaceBet(self.id("bet", self.bets), ACCOUNTS[0], 1_00, "EUR", kind, legs_asked, "exact", NOON)])
                self.bets += 1
            case ("begin", number):
                ask([KickOff(self.id("fixture", number), NOON)])
            case ("end", number):
                ask([EndFixture(self.id("fixture", number), 1, 0, 1, 0, ENDED)])
                ask([ResultMarket(self.id("market", number), ENDED)])
            case ("abandon", number):
                ask([AbandonFixture(self.id("fixture", number), "fog", ENDED)])

    def befall(self, op: Op) -> None:
        """Let managers do a step, be killed in it, or begin anew."""
        managers = (SETTLEMENT, ABANDONMENT)
        match op:
            case ("read", limit, is_killed):
                with closing(CaseProjector(self.book.url, Tail(self.book.url), managers, facts_per_batch=limit)) as projector:
                    projector.take_turns()
                    self.step(projector, "_before_commit" if is_killed else "", projector.project)
            case ("work", which, chunk, killed_at):
                with closing(CaseWorker(self.book.url, self.book.dispatcher, managers[which], cases_per_chunk=chunk)) as worker:
                    self.step(worker, killed_at, worker.due_chunk)
            case ("anew",):
                with psycopg.connect(self.book.url) as connection:
                    connection.execute(FORGET)
                    connection.execute("UPDATE process_manager_partition SET position = 0, mark = ''")

    @staticmethod
    def step(part: Any, killed_at: str, do: Callable[[], Any]) -> None:
        if killed_at:
            setattr(part, killed_at, killed)
        try:
            do()
        except Killed:
            return

    def finish(self) -> None:
        """Let every manager do what is left, kick-offs that are awaited no longer too, until nothing is."""
        for _ in range(3):
            follow(self.book, EVERY)
            for manager in EVERY:
                with closing(CaseWorker(self.book.url, self.book.dispatcher, manager)) as worker:
                    while (manager.tables.waiting and worker.due_chunk()) or worker.later_chunk():
                        pass

    def facts(self) -> dict[tuple[str, int], list[Any]]:
        """What came out, by whose it is, without its time."""
        ids = {
            self.id(kind, number): (kind, number)
            for kind in ("bet", "market", "fixture")
            for number in range(self.bets + FIXTURES_A_HISTORY)
        }
        found: dict[tuple[str, int], list[Any]] = {}
        with closing(Tail(self.book.url)) as tail:
            for recorded in tail.read(0, 1_000_000):
                body = recorded.body
                if recorded.stream_id in ids and isinstance(body, BetSettled | MarketResulted | FixtureAbandoned):
                    told = (
                        type(body),
                        getattr(body, "results", None),
                        getattr(body, "returns_minor", None),
                        getattr(body, "void_reason", None),
                    )
                    found.setdefault(ids[recorded.stream_id], []).append(told)
        return found


FORGET: LiteralString = (
    "TRUNCATE open_market, abandoned_fixture, unvoided_market, open_leg, resulted_market, unsettled_leg, unplayed_fixture, expiring_bonus"
)
numbers_of_histories = iter(range(1_000_000))


@pytest.fixture(scope="module")
def histories_book(shared_url: str) -> Iterator[Book]:
    with closing(Book(shared_url)) as opened:
        create_tables(shared_url, EVERY)
        yield opened


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ops=histories)
def test_the_same_facts_come_out_whatever_befalls_the_managers(histories_book: Book, ops: list[Op]):
    number = next(numbers_of_histories)
    plain = History(histories_book, f"plain {number}")
    for op in ops:
        plain.happen(op)
    plain.finish()
    rough = History(histories_book, f"rough {number}")
    for op in ops:
        rough.happen(op)
        rough.befall(op)
    rough.finish()
    assert rough.facts() == plain.facts()
    settled = [told for (kind, _), told in plain.facts().items() if kind == "bet"]
    assert all(len(told) == 1 for told in settled)
    assert histories_book.audited().violation is None
