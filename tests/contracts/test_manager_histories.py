"""Random histories with corrections and abandonments: whoever keeps which partition, the tables are what one fold of the log gives."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from subprocess import DEVNULL, Popen
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.accounts.open_account import OpenAccount
from commands.trading.four_eyes import AskAsTrader
from domain.account.commands import GrantRole
from domain.ids import derived
from domain.market.commands import CorrectResult
from infra.audit.log_previews import PrimaryLog
from infra.log.audit_tail import AuditTail
from infra.process_managers import create_tables
from infra.process_managers.case_projector import CaseProjector
from infra.process_managers.tables import TURN
from tests.contracts.managers_under_test import positions, read_all
from tests.contracts.test_manager_partitions import ALL, EVERY, assert_folded, projector
from tests.contracts.test_process_managers import FIXTURES_A_HISTORY, FORGET, History, happens
from tests.contracts.test_settler import ENDED, MARKETS, NOON, ROOT, SETTLE, Book, Killed, correct, killed
from tests.decisions.previewed import approval
from tests.servers import fresh_database

TRADERS = [derived("account", name) for name in ("tess", "tom")]

members = st.one_of(
    st.tuples(st.just("step"), st.integers(0, 2), st.integers(1, 6), st.sampled_from(("", "", "_before_commit"))),
    st.tuples(st.just("leave"), st.integers(0, 2)),
    st.tuples(st.just("zombie"), st.integers(1, 9)),
    st.tuples(st.just("rewind"), st.sampled_from(ALL)),
)
corrects = st.tuples(st.just("correct"), st.integers(0, FIXTURES_A_HISTORY - 1), st.integers(0, 3))


class Members:
    """Processes that share the partitions, and a zombie that keeps all of them without being asked to."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.now = 0.0
        self.projectors: dict[int, CaseProjector] = {}
        self.zombie: CaseProjector | None = None

    def befall(self, op: tuple[Any, ...]) -> None:
        self.now += 0.3
        match op:
            case ("step", number, limit, killed_at):
                member = self.projectors.get(number) or self._open(facts_per_batch=limit)
                self.projectors[number] = member
                if killed_at:
                    setattr(member, killed_at, killed)
                try:
                    member.take_turns()
                    member.project()
                except Killed:
                    self.befall(("leave", number))
            case ("leave", number):
                if (left := self.projectors.pop(number, None)) is not None:
                    left.close()
            case ("zombie", limit):
                self.zombie = self.zombie or self._open(partitions=ALL, facts_per_batch=limit)
                self.zombie.take_turns()
                self.zombie.project()
            case ("rewind", partition):
                self._begin_anew(partition)

    def _open(self, **options: Any) -> CaseProjector:
        return projector(self.book, monotonic_s=lambda: self.now, **options)

    def _begin_anew(self, partition: int) -> None:
        """As where the rules of one partition are others: whoever takes it next begins it anew."""
        with psycopg.connect(self.book.url) as connection:
            connection.execute("UPDATE process_manager_partition SET version = 'x' WHERE partition = %s", (partition,))

    def close(self) -> None:
        for each in [*self.projectors.values(), *filter(None, [self.zombie])]:
            each.close()


class CorrectedHistory(History):
    """A history in which results are corrected, too."""

    def happen(self, op: tuple[Any, ...]) -> None:
        if op[0] != "correct":
            super().happen(op)
            return
        ask = self.book.dispatcher.try_many
        correction = CorrectResult(self.id("market", op[1]), op[2], 1, "told wrong", ENDED, actor=TRADERS[0])
        (asked,) = ask([AskAsTrader(correction)])
        if hasattr(asked, "receipt"):
            with closing(AuditTail(self.book.url)) as tail:
                ask([approval(PrimaryLog(self.book.store, tail), asked.receipt.proposal_id, TRADERS[1], ENDED)])


@pytest.fixture
def book(database_url: str) -> Iterator[Book]:
    with closing(Book(database_url)) as opened:
        yield opened


@pytest.fixture(scope="module")
def shared_book(postgres_server: str) -> Iterator[Book]:
    with fresh_database(postgres_server) as url, closing(Book(url)) as opened:
        create_tables(url, EVERY)
        for number, trader in enumerate(TRADERS):
            opened.dispatcher.call(OpenAccount(trader, f"trader_{number}", f"trader{number}@example.com", "-", "EUR", NOON))
            opened.dispatcher.call(GrantRole(trader, "trader", "console", NOON))
        yield opened


numbers = iter(range(1_000_000))


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ops=st.lists(st.tuples(happens | corrects, st.lists(members, max_size=4)), min_size=3, max_size=16))
def test_the_tables_are_what_one_fold_of_the_log_gives_whoever_keeps_them(shared_book: Book, ops: Sequence[tuple[Any, list[Any]]]):
    with psycopg.connect(shared_book.url) as connection:
        connection.execute(FORGET)
        connection.execute("UPDATE process_manager_partition SET position = 0, mark = ''")
    with closing(projector(shared_book)) as first:
        read_all(first)
    history = CorrectedHistory(shared_book, f"shared {next(numbers)}")
    with closing(Members(shared_book)) as processes:
        for happened, befalls in ops:
            history.happen(happened)
            for op in befalls:
                processes.befall(op)
    with closing(projector(shared_book)) as last:
        read_all(last)
    assert_folded(shared_book)
    assert [set(positions(shared_book.url, manager.name)) for manager in EVERY] == [
        {shared_book.ask("SELECT position FROM stored_events_head")}
    ] * len(EVERY)


def test_settle_processes_that_share_the_partitions_and_are_killed_settle_every_bet_once_and_a_corrected_one_anew(book: Book):
    words = [sys.executable, "-c", SETTLE, book.url]
    settled = "SELECT count(*) FROM stored_events WHERE topic LIKE 'bet.settled.%'"
    sharing = f"SELECT count(DISTINCT pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = {TURN}"  # noqa: S608
    with ExitStack() as started:
        one, two = (started.enter_context(Popen(words, cwd=ROOT, stderr=DEVNULL)) for _ in range(2))
        try:
            for number, market_id in enumerate(MARKETS):
                book.place(40, market_id)
                book.place(20, market_id, MARKETS[number - 1])
            book.until(lambda: book.ask(sharing) == 2)
            book.result(MARKETS[0])
            book.until(lambda: book.ask(settled) >= 20)
            one.kill()
            for market_id in MARKETS[1:]:
                book.result(market_id)
            book.until_settled(180)
            correct(book, MARKETS[0], 0, 1)
            book.until(lambda: book.ask("SELECT count(*) FROM stored_events WHERE topic LIKE 'bet.settlement_reversed%'") > 0)
        finally:
            one.kill()
            two.kill()
    with book.settler():
        book.until(lambda: book.ask("SELECT (SELECT count(*) FROM resulted_market) + (SELECT count(*) FROM open_leg)") == 0)
    settlements = [[each.settlement for each in found] for found in book.settlements().values()]
    assert len(settlements) == 180
    assert all(numbers in ([1], [1, 2]) for numbers in settlements), "each settlement of a bet has a number, and none is made twice"
    assert book.audited().violation is None
