"""Whatever becomes of the settlers, every open bet on a resulted market is settled exactly once, and for the right amount."""

import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import structlog

from commands.accounts.move_money import MoveMoney
from commands.accounts.open_account import OpenAccount
from commands.audit import Verification, compare_tables, verify
from commands.betting.place_bet import PlaceBet
from commands.betting.settlement import SETTLEMENT
from commands.dispatch.batch import Answer, Contended, Overloaded
from commands.dispatch.dispatcher import Dispatcher
from commands.ports import Append, NewFact
from commands.registry import USE_CASES
from commands.trading.four_eyes import AskAsTrader
from domain.account.commands import GrantRole
from domain.account.facts import RoleGranted
from domain.bet.commands import AskedLeg
from domain.bet.facts import BetSettled
from domain.fixture.commands import AbandonFixture, EndFixture, KickOff, ScheduleFixture
from domain.ids import derived, gate_of
from domain.market.commands import CorrectPrice, CorrectResult, OpenMarket, RestoreBets, ResultMarket, TakeBackResult, VoidBets
from domain.market.facts import MarketOpened, MarketResulted, PriceError, Selection, VoidWindow
from domain.odds import Odds
from domain.settling import LOST, VOID, WON
from infra.audit.log_previews import PrimaryLog
from infra.clock import Clock
from infra.eventstore.recorder import GroupCommitRecorder, datastore_of
from infra.log.audit_tail import AuditTail
from infra.log.tail import Tail
from infra.process_managers import create_tables, run_process_managers
from infra.process_managers.audited_tables import read_tables
from infra.process_managers.case_projector import CaseProjector
from infra.process_managers.runner import run_with_backoff
from infra.process_managers.worker import CaseWorker, ClocksDisagree, NotNow
from tests.contracts.managers_under_test import read_all
from tests.decisions.previewed import approval

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 6, 14, 12, tzinfo=UTC)
ENDED = NOON + timedelta(hours=2)
ACCOUNTS = [derived("account", str(number)) for number in range(7)]
TESS, TOM = (derived("account", name) for name in ("tess", "tom"))
MARKETS = [derived("market", str(number)) for number in range(3)]
SELECTIONS = (Selection("home", "Home"), Selection("draw", "Draw"), Selection("away", "Away"))
NAMES = ("home", "draw", "away")
PRICES = {name: Odds(2500, 1000) for name in NAMES}
"""120 %: within the bounds of its type."""
STAKE_MINOR = 1_00
WAIT_S_MAX = 60

SETTLE = """
import sys, threading
from commands.dispatch.dispatcher import Dispatcher
from commands.registry import USE_CASES
from commands.dispatch.dispatcher import Dispatcher
from commands.betting.settlement import SETTLEMENT
from commands.registry import USE_CASES
from infra.clock import Clock
from infra.eventstore.recorder import GroupCommitRecorder, datastore_of
from infra.process_managers import run_process_managers
dispatcher = Dispatcher(GroupCommitRecorder(datastore_of(sys.argv[1])), USE_CASES).start()
run_process_managers(sys.argv[1], dispatcher, [SETTLEMENT], threading.Event(), cases_per_chunk=8)
"""


class Book:
    """Accounts with funds, three markets, and a dispatcher for them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._recorders: list[GroupCommitRecorder] = []
        self._dispatchers: list[Dispatcher] = []
        self.store = self._recorder()
        self.store.create_table()
        create_tables(url, [SETTLEMENT])
        self.dispatcher = self.another_dispatcher()
        ask = self.dispatcher.call_many
        ask([OpenAccount(account, f"bettor_{n}", f"{n}@example.com", "-", "EUR", NOON) for n, account in enumerate(ACCOUNTS)])
        ask([MoveMoney("deposit", account, 1_000_00, "EUR", "first", NOON) for account in ACCOUNTS])
        fixtures = [derived("fixture", market_id) for market_id in MARKETS]
        ask([ScheduleFixture(f, "football", "Cup", f"Reds {n}", "Blues", NOON, neutral=False, at=NOON) for n, f in enumerate(fixtures)])
        ask([OpenMarket(m, f, "match_result", {}, SELECTIONS, PRICES, 0, NOON) for m, f in zip(MARKETS, fixtures, strict=True)])

    def _recorder(self) -> GroupCommitRecorder:
        self._recorders.append(GroupCommitRecorder(datastore_of(self.url)))
        return self._recorders[-1]

    def another_dispatcher(self) -> Dispatcher:
        self._dispatchers.append(Dispatcher(self._recorder(), USE_CASES).start())
        return self._dispatchers[-1]

    def place(self, count: int, *markets: str) -> list[str]:
        """Place bets on the markets named, selections and accounts in turn; return their ids."""
        kind = "single" if len(markets) == 1 else "multiple"
        commands = []
        for number in range(count):
            account, name = ACCOUNTS[number % len(ACCOUNTS)], NAMES[number % 3]
            legs = tuple(AskedLeg(market_id, name, PRICES[name], 1) for market_id in markets)
            bet_id = derived("bet", *markets, str(number))
            commands.append(PlaceBet(bet_id, account, STAKE_MINOR, "EUR", kind, legs, "exact", NOON))
        self.dispatcher.call_many(commands)
        return [command.bet_id for command in commands]

    def result(self, market_id: str, score: tuple[int, int] = (1, 0), void_reason: str = "") -> None:
        """End the fixture of a market with a score, or abandon it, and result the market."""
        fixture_id = derived("fixture", market_id)
        self.dispatcher.call(KickOff(fixture_id, NOON))
        self.dispatcher.call(AbandonFixture(fixture_id, "fog", ENDED) if void_reason else EndFixture(fixture_id, *score, *score, ENDED))
        self.dispatcher.call(ResultMarket(market_id, ENDED, void_reason))

    def settlements(self) -> dict[str, list[BetSettled]]:
        found: dict[str, list[BetSettled]] = {}
        with closing(Tail(self.url)) as tail:
            for recorded in tail.read(0, 1_000_000):
                if isinstance(recorded.body, BetSettled):
                    found.setdefault(recorded.stream_id, []).append(recorded.body)
        return found

    def ask(self, question: str) -> Any:
        with psycopg.connect(self.url) as connection:
            return connection.execute(question).fetchone()[0]

    def until(self, holds: Callable[[], bool]) -> None:
        deadline_s = time.monotonic() + WAIT_S_MAX
        while not holds():
            assert time.monotonic() < deadline_s, "it never came to hold"
            time.sleep(0.02)

    def until_settled(self, bets: int) -> None:
        self.until(lambda: self.ask("SELECT count(*) FROM stored_events WHERE topic LIKE 'bet.settled.%'") >= bets)
        self.until(lambda: self.ask("SELECT count(*) FROM resulted_market") == 0)

    def audited(self) -> Verification:
        (tables,) = read_tables(self.url, [SETTLEMENT])
        with closing(AuditTail(self.url)) as tail:
            return verify(tail, compare_views=[partial(compare_tables, tables)])

    @contextmanager
    def settler(self, dispatcher: Dispatcher | None = None, **options: int) -> Iterator[None]:
        """Run the role in this process for a while."""
        stop = threading.Event()
        arguments = (self.url, dispatcher or self.dispatcher, [SETTLEMENT], stop)
        thread = threading.Thread(target=run_process_managers, args=arguments, kwargs=options)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def project_all(self) -> None:
        with closing(self.projector()) as projector:
            read_all(projector)

    def projector(self) -> CaseProjector:
        return CaseProjector(self.url, Tail(self.url), [SETTLEMENT])

    def worker(self, dispatcher: Dispatcher | None = None, **options: Any) -> CaseWorker:
        return CaseWorker(self.url, dispatcher or self.dispatcher, SETTLEMENT, **options)

    def close(self) -> None:
        for dispatcher in self._dispatchers:
            dispatcher.stop()
        for recorder in self._recorders:
            recorder.close()
            recorder.datastore.close()


@pytest.fixture
def book(database_url: str) -> Iterator[Book]:
    with closing(Book(database_url)) as opened:
        yield opened


def assert_settled_once(book: Book, bets: Sequence[str], outcomes: dict[str, int], *, wrong: str = "") -> None:
    settlements = book.settlements()
    assert {bet_id: len(settled) for bet_id, settled in settlements.items()} == dict.fromkeys(bets, 1)
    assert Counter(settled[0].outcome for settled in settlements.values()) == outcomes
    found = book.audited().violation
    assert (found.name if found is not None else "") == wrong


def test_every_open_bet_on_a_resulted_market_is_settled_once_and_the_others_stay_open(book: Book):
    bets, open_bets = book.place(60, MARKETS[0]), book.place(9, MARKETS[1])
    book.result(MARKETS[0])
    with book.settler():
        book.until_settled(60)
    assert_settled_once(book, bets, {"won": 20, "lost": 40})
    assert book.audited().bets_open == len(open_bets)
    assert book.ask("SELECT count(*) FROM open_leg") == len(open_bets)


def test_bets_are_settled_while_more_are_placed_on_other_markets(book: Book):
    with book.settler():
        first = book.place(30, MARKETS[0])
        book.result(MARKETS[0])
        second = book.place(30, MARKETS[1])
        book.result(MARKETS[1])
        book.until_settled(60)
    assert_settled_once(book, first + second, {"won": 20, "lost": 40})


def test_a_settlement_says_when_it_was_made_and_not_when_the_result_was_known(book: Book):
    (bet_id,) = book.place(1, MARKETS[0])
    book.result(MARKETS[0])
    with book.settler():
        book.until_settled(1)
    assert book.settlements()[bet_id][0].at > ENDED + timedelta(days=1)


def test_a_void_market_gives_every_stake_back(book: Book):
    bets = book.place(21, MARKETS[0])
    book.result(MARKETS[0], void_reason="abandoned")
    with book.settler():
        book.until_settled(21)
    assert_settled_once(book, bets, {"void": 21})
    totals = book.audited().totals["EUR"]
    assert (totals.reserved_minor, totals.house_minor) == (0, 0)


def test_a_multiple_stays_open_until_its_last_market_came_out(book: Book):
    bets = book.place(12, MARKETS[0], MARKETS[1])
    book.result(MARKETS[0])
    with book.settler():
        book.until(lambda: book.ask("SELECT count(*) FROM resulted_market") + book.ask("SELECT count(*) FROM open_leg") == 12)
        assert book.settlements() == {}
        book.result(MARKETS[1])
        book.until_settled(12)
    assert_settled_once(book, bets, {"won": 4, "lost": 8})
    assert {settled.returns_minor for (settled,) in book.settlements().values()} == {0, 6_25}


def test_markets_of_one_multiple_that_come_out_together_settle_it_once(book: Book):
    bets = book.place(40, MARKETS[0], MARKETS[1])
    with book.settler(cases_per_chunk=4), book.settler(book.another_dispatcher(), cases_per_chunk=4):
        book.result(MARKETS[0])
        book.result(MARKETS[1])
        book.until_settled(40)
    assert_settled_once(book, bets, {"won": 14, "lost": 26})


def test_two_settlers_at_once_share_the_work_and_settle_nothing_twice(book: Book):
    bets = book.place(300, MARKETS[0])
    book.result(MARKETS[0])
    with book.settler(cases_per_chunk=8), book.settler(book.another_dispatcher(), cases_per_chunk=8):
        book.until_settled(300)
    assert_settled_once(book, bets, {"won": 100, "lost": 200})


def correct(book: Book, market_id: str, home: int, away: int) -> None:
    """Have two traders correct a result."""
    make_traders(book)
    propose_and_approve(book, CorrectResult(market_id, home, away, "told wrong", ENDED, actor=TESS))


def take_back(book: Book, market_id: str) -> None:
    """Have two traders take the last result back."""
    propose_and_approve(book, TakeBackResult(market_id, 0, "it was right", ENDED, TESS))


def make_traders(book: Book) -> None:
    for number, trader in enumerate((TESS, TOM)):
        book.dispatcher.call(OpenAccount(trader, f"trader_{number}", f"trader{number}@example.com", "-", "EUR", NOON))
        book.dispatcher.call(GrantRole(trader, "trader", "console", NOON))


def propose_and_approve(book: Book, command: Any) -> None:
    """Have one trader ask, and another one agree."""
    proposal = book.dispatcher.call(AskAsTrader(command)).receipt
    with closing(AuditTail(book.url)) as tail:
        book.dispatcher.call(approval(PrimaryLog(book.store, tail), proposal.proposal_id, TOM, ENDED))


def settled_last(book: Book) -> Counter[tuple[int, str]]:
    return Counter((settled[-1].settlement, settled[-1].outcome) for settled in book.settlements().values())


def test_a_corrected_result_settles_every_bet_on_its_market_anew_though_the_tables_had_forgotten_them(book: Book):
    book.place(30, MARKETS[0])
    book.place(12, MARKETS[0], MARKETS[1])
    book.place(6, MARKETS[1])
    book.result(MARKETS[0])
    with book.settler():
        book.until_settled(30)
        book.result(MARKETS[1])
        book.until_settled(48)
    assert book.ask("SELECT count(*) FROM open_leg") == 0
    correct(book, MARKETS[0], 0, 1)
    with book.settler():
        book.until_settled(48 + 20 + 8)
    assert settled_last(book) == {(2, "won"): 10, (2, "lost"): 18, (1, "won"): 2, (1, "lost"): 18}
    take_back(book, MARKETS[0])
    with book.settler(cases_per_chunk=4):
        book.until(lambda: book.ask("SELECT count(*) FROM stored_events WHERE topic LIKE 'bet.settled.%'") > 48 + 28 + 4)
    with book.settler():
        book.until_settled(48 + 28 + 28)
    assert settled_last(book) == {(3, "won"): 14, (3, "lost"): 14, (1, "won"): 2, (1, "lost"): 18}
    found = book.audited()
    assert (found.violation, found.bets_open) == (None, 0)


def test_a_leg_of_an_open_multiple_is_told_of_a_correction_and_settled_once(book: Book):
    book.place(12, MARKETS[0], MARKETS[1])
    book.result(MARKETS[0])
    with book.settler():
        book.until(lambda: book.ask("SELECT count(*) FROM resulted_market") + book.ask("SELECT count(*) FROM open_leg") == 12)
        correct(book, MARKETS[0], 0, 1)
        book.until(lambda: book.ask("SELECT count(*) FROM stored_events WHERE topic LIKE 'bet.leg_resulted.%'") == 12 + 8)
        book.result(MARKETS[1], (0, 1))
        book.until_settled(12)
    assert settled_last(book) == {(1, "won"): 4, (1, "lost"): 8}
    assert book.audited().violation is None


def test_bets_of_a_window_or_at_a_wrong_price_are_found_by_settlers_however_long_ago_they_were_settled(book: Book):
    book.place(12, MARKETS[0], MARKETS[1])
    window = VoidWindow(NOON - timedelta(days=3650), Clock().now())
    book.place(9, MARKETS[0])
    make_traders(book)
    propose_and_approve(book, VoidBets(MARKETS[0], window, "unseen", ENDED, TESS))
    book.result(MARKETS[0])
    book.result(MARKETS[1])
    with book.settler():
        book.until_settled(21)
    assert settled_last(book) == {(1, "won"): 7, (1, "lost"): 14}
    assert Counter(settled.results[0] == VOID for (settled,) in book.settlements().values()) == {True: 12, False: 9}
    propose_and_approve(book, RestoreBets(MARKETS[0], window, "it was seen", ENDED, TESS))
    with book.settler():
        book.until_settled(21 + 12)
    assert settled_last(book) == {(2, "won"): 4, (2, "lost"): 8, (1, "won"): 3, (1, "lost"): 6}
    error = PriceError("home", 1, 1, PRICES["home"], Odds(1500, 1000))
    propose_and_approve(book, CorrectPrice(MARKETS[0], error, "others stood at 1.50", ENDED, TESS))
    with book.settler():
        book.until_settled(21 + 12 + 7)
    assert settled_last(book) == {(3, "won"): 4, (2, "lost"): 8, (2, "won"): 3, (1, "lost"): 6}
    assert {settled[-1].repriced[:1] for settled in book.settlements().values() if settled[-1].outcome == "won"} == {(error.right,)}
    found = book.audited()
    assert (found.violation, found.bets_open) == (None, 0)


@pytest.mark.parametrize("step", ["_before_commit", "_recalled"])
def test_a_projector_killed_while_it_recalls_the_bets_of_a_corrected_market_leaves_none_out(book: Book, step: str):
    book.place(30, MARKETS[0])
    book.result(MARKETS[0])
    with book.settler():
        book.until_settled(30)
    correct(book, MARKETS[0], 0, 1)
    with closing(book.projector()) as projector:
        setattr(projector, step, killed)
        with pytest.raises(Killed):
            projector.step()
    with book.settler():
        book.until_settled(30 + 20)
    assert settled_last(book) == {(2, "won"): 10, (2, "lost"): 10, (1, "lost"): 10}


class Killed(Exception):  # noqa: N818
    pass


def killed(*_: Any, **__: Any) -> Any:
    raise Killed


class BrokenAnswers(Dispatcher):
    """Settles what it is asked, and is killed before anybody hears of it."""

    def try_many(self, commands: Sequence[Any], timeout_s: float = 30.0) -> list[Answer | BaseException]:
        super().try_many(commands, timeout_s)
        raise Killed


@pytest.mark.parametrize("step", ["_claimed", "_decided", "_drop_done", "_before_commit"])
def test_a_worker_killed_at_any_step_leaves_nothing_undone_and_nothing_done_twice(book: Book, step: str):
    bets = book.place(30, MARKETS[0])
    book.result(MARKETS[0])
    book.project_all()
    with closing(book.worker(book.dispatcher, cases_per_chunk=10)) as worker:
        assert worker.due_chunk() == 10
        setattr(worker, step, killed)
        with pytest.raises(Killed):
            worker.due_chunk()
    assert book.ask("SELECT count(*) FROM open_leg") == 20
    with book.settler():
        book.until_settled(30)
    assert_settled_once(book, bets, {"won": 10, "lost": 20})


def test_a_worker_killed_between_the_settlement_and_its_answer_settles_nothing_twice(book: Book):
    bets = book.place(30, MARKETS[0])
    book.result(MARKETS[0])
    book.project_all()
    deaf = BrokenAnswers(book.another_dispatcher()._store, USE_CASES).start()
    with closing(book.worker(deaf)) as worker, pytest.raises(Killed):
        worker.due_chunk()
    deaf.stop()
    assert len(book.settlements()) == 30
    assert book.ask("SELECT count(*) FROM open_leg") == 30
    with book.settler():
        book.until_settled(30)
    assert_settled_once(book, bets, {"won": 10, "lost": 20})


@pytest.mark.parametrize("step", ["_before_commit", "_write"])
def test_a_projector_killed_at_any_step_neither_skips_nor_repeats_a_leg(book: Book, step: str):
    bets = book.place(30, MARKETS[0])
    with closing(book.projector()) as legs:
        setattr(legs, step, killed)
        with pytest.raises(Killed):
            legs.step()
    assert book.ask("SELECT position FROM process_manager_position") == 0
    book.result(MARKETS[0])
    book.project_all()
    assert book.ask("SELECT count(*) FROM open_leg") == 30
    with book.settler():
        book.until_settled(30)
    assert_settled_once(book, bets, {"won": 10, "lost": 20})


def test_another_projector_waits_for_its_turn_and_takes_over_when_the_first_is_gone(book: Book):
    first, second = book.projector(), book.projector()
    first.step()
    first.project()
    book.place(5, MARKETS[0])
    second.step()
    assert book.ask("SELECT count(*) FROM open_leg") == 0
    first.close()

    def taken_over() -> bool:
        second.step()
        return bool(book.ask("SELECT count(*) FROM open_leg") == 5)

    book.until(taken_over)
    second.close()


POISON = "a\0b\u2028"


def test_a_market_whose_selections_postgres_cannot_hold_as_text_is_settled_beside_all_others(book: Book):
    """No rule lets such a market in any more; a log from before may hold it."""
    market_id, opened = derived("market", "poisoned"), {POISON: PRICES["home"], "x": PRICES["away"]}
    selections = (Selection(POISON, "A"), Selection("x", "B"))
    fixture_id = derived("fixture", MARKETS[0])
    fact = MarketOpened(fixture_id, "winner", {}, selections, opened, 0, NOON, gates=(gate_of("fixture", fixture_id),), marks=(0,))
    (verdict,) = book.store.append_many([Append([NewFact(market_id, 1, fact)])]).verdicts
    assert verdict.accepted
    legs = (AskedLeg(market_id, POISON, opened[POISON], 1),)
    poisoned = derived("bet", "poisoned")
    ask = PlaceBet(poisoned, ACCOUNTS[0], STAKE_MINOR, "EUR", "single", legs, "exact", NOON)
    book.dispatcher.call(ask)
    bets = book.place(30, MARKETS[0])
    resulted = MarketResulted({POISON: WON, "x": LOST}, 0, 0, ENDED)
    assert book.store.append_many([Append([NewFact(market_id, 2, resulted)])]).verdicts[0].accepted
    book.result(MARKETS[0])
    with book.settler():
        book.until_settled(31)
    assert_settled_once(book, [poisoned, *bets], {"won": 11, "lost": 20}, wrong="value-not-allowed")


EARLIER = (
    "ALTER TABLE open_leg DROP CONSTRAINT open_leg_pkey, DROP part, ADD PRIMARY KEY (market_id, position)",
    "ALTER TABLE open_leg ADD selection bytea NOT NULL DEFAULT ''",
    "ALTER TABLE resulted_market DROP CONSTRAINT resulted_market_pkey, DROP number, ADD PRIMARY KEY (market_id)",
    "ALTER TABLE resulted_market ADD results bytea NOT NULL DEFAULT '', ADD at timestamptz NOT NULL DEFAULT 'epoch'",
    "CREATE TABLE open_leg_position AS SELECT true AS only_row, position FROM process_manager_position",
    "DROP VIEW process_manager_position",
    "DROP TABLE unsettled_leg, process_manager_partition",
)
"""What brings the tables back to what they were when a leg had no index and settlement a position of its own kind."""


def test_tables_of_an_earlier_version_are_carried_over_with_what_they_hold(book: Book):
    bets, doubles = book.place(30, MARKETS[0]), book.place(3, MARKETS[0], MARKETS[1])
    book.result(MARKETS[0])
    book.project_all()
    held = "SELECT json_agg(leg ORDER BY position, part) FROM (SELECT market_id, position, part, bet_id FROM open_leg) AS leg"
    before, position = book.ask(held), book.ask("SELECT position FROM process_manager_position")
    with psycopg.connect(book.url) as connection:
        for statement in EARLIER:
            connection.execute(statement)
    create_tables(book.url, [SETTLEMENT])
    assert book.ask(held) == before
    assert {leg["part"] for leg in before} == {0, 1}
    assert book.ask("SELECT position FROM process_manager_position") == position
    with book.settler():
        book.until_settled(30)
        book.result(MARKETS[1])
        book.until_settled(33)
    assert_settled_once(book, bets + doubles, {"won": 11, "lost": 22})
    assert book.ask("SELECT count(*) FROM unsettled_leg") == 0


def test_tables_that_are_there_are_not_created_by_whoever_may_not(book: Book):
    user = urlsplit(book.url)
    with psycopg.connect(book.url, autocommit=True) as connection:
        connection.execute("CREATE ROLE settles LOGIN PASSWORD 'settles'")
        try:
            connection.execute("GRANT SELECT ON open_leg, resulted_market, unsettled_leg, process_manager_partition TO settles")
            create_tables(book.url.replace(f"{user.username}:{user.password}@", "settles:settles@"), [SETTLEMENT])
        finally:
            connection.execute("DROP OWNED BY settles")
            connection.execute("DROP ROLE settles")


def forge_leg(book: Book, market_id: str, position: int, bet_id: str) -> None:
    with psycopg.connect(book.url) as connection:
        row = (market_id, position, bet_id, ACCOUNTS[0])
        connection.execute("INSERT INTO open_leg (market_id, position, bet_id, account_id) VALUES (%s, %s, %s, %s)", row)


def test_a_leg_that_cannot_be_settled_is_set_aside_with_an_alarm_and_retried_and_holds_up_no_other(book: Book):
    bets = book.place(30, MARKETS[0])
    open_bets = book.place(3, MARKETS[1])
    book.result(MARKETS[0])
    book.project_all()
    forge_leg(book, MARKETS[0], 1, derived("bet", "unknown"))
    forge_leg(book, MARKETS[0], 2, open_bets[0])
    with psycopg.connect(book.url) as connection:
        connection.execute("INSERT INTO resulted_market (market_id, position) VALUES (%s, 3)", (MARKETS[1],))
    with structlog.testing.capture_logs() as lines, closing(book.worker(book.dispatcher, cases_per_chunk=7)) as worker:
        while worker.due_chunk():
            pass
        reasons = "SELECT array_agg(DISTINCT split_part(reason, ':', 1) ORDER BY split_part(reason, ':', 1)) FROM unsettled_leg"
        assert book.ask(reasons) == ["BetUnknown", "LegUnknown", "MarketNotResulted"]
        with psycopg.connect(book.url) as connection:
            connection.execute("UPDATE unsettled_leg SET retry_at = clock_timestamp() + interval '1 hour'")
        assert worker.later_chunk() == 0, "not due yet"
        with psycopg.connect(book.url) as connection:
            connection.execute("UPDATE unsettled_leg SET retry_at = clock_timestamp() - interval '1 second'")
        tried_at = book.ask("SELECT clock_timestamp()")
        assert worker.later_chunk() == 5
    assert_settled_once(book, bets, {"won": 10, "lost": 20}, wrong="table-differs")
    assert book.ask("SELECT count(*) FROM open_leg") == 0
    assert book.ask("SELECT array_agg(DISTINCT tries) FROM unsettled_leg") == [2]
    assert book.ask("SELECT min(retry_at) FROM unsettled_leg") >= tried_at + timedelta(seconds=2)
    told = [line for line in lines if line["event"] == "cases are set aside"]
    assert {(line["reason"].partition(":")[0], line["cases"]) for line in told} == {
        ("BetUnknown", 1),
        ("LegUnknown", 1),
        ("MarketNotResulted", 3),
    }
    assert all(line["log_level"] == "error" for line in told)


def test_a_leg_that_was_set_aside_is_settled_once_its_result_is_there(book: Book):
    bets = book.place(6, MARKETS[0])
    book.project_all()
    with psycopg.connect(book.url) as connection:
        connection.execute("INSERT INTO resulted_market (market_id, position) VALUES (%s, 3)", (MARKETS[0],))
    with closing(book.worker(book.dispatcher)) as worker:
        assert worker.due_chunk() == 6
        book.result(MARKETS[0])
        with psycopg.connect(book.url) as connection:
            connection.execute("UPDATE unsettled_leg SET retry_at = clock_timestamp()")
        assert worker.later_chunk() == 6
    assert book.ask("SELECT count(*) FROM unsettled_leg") == 0
    assert_settled_once(book, bets, {"won": 2, "lost": 4})


class Contending(Dispatcher):
    """A dispatcher whose every third command loses against others each time it is tried."""

    def try_many(self, commands: Sequence[Any], timeout_s: float = 30.0) -> list[Answer | BaseException]:
        return [Contended(4) if nth % 3 == 0 else answer for nth, answer in enumerate(super().try_many(commands, timeout_s))]


def test_a_bet_that_others_contend_for_is_counted_and_tried_again_and_is_no_error(book: Book):
    bets = book.place(9, MARKETS[0])
    book.result(MARKETS[0])
    book.project_all()
    contending = Contending(book._recorder(), USE_CASES).start()
    with structlog.testing.capture_logs() as lines, closing(book.worker(contending)) as worker:
        assert worker.due_chunk() == 9
        assert worker.contended == 3
        assert book.ask("SELECT count(*) FROM open_leg") == 3
        worker.step()
    contending.stop()
    assert [(line["event"], line["log_level"], line["cases"]) for line in lines] == [
        ("cases with conflicting writes are retried", "info", 3)
    ]
    assert book.ask("SELECT count(*) FROM unsettled_leg") == 0
    with book.settler():
        book.until_settled(9)
    assert_settled_once(book, bets, {"won": 3, "lost": 6})


class Refusing(Dispatcher):
    """A dispatcher that has no room."""

    def try_many(self, commands: Sequence[Any], timeout_s: float = 30.0) -> list[Answer | BaseException]:
        del timeout_s
        return [Overloaded(20_000) for _ in commands]


def test_a_dispatcher_without_room_makes_a_settler_pause_and_sets_no_leg_aside(book: Book):
    book.place(9, MARKETS[0])
    book.result(MARKETS[0])
    book.project_all()
    with closing(book.worker(Refusing(book.store, USE_CASES))) as worker, pytest.raises(NotNow, match="Overloaded"):
        worker.step()
    assert book.ask("SELECT count(*) FROM open_leg") == 9


class Shifted(Clock):
    def now(self) -> datetime:
        return super().now() + timedelta(seconds=6)


def test_a_settler_whose_clock_is_too_far_from_the_databases_settles_nothing(book: Book):
    book.place(3, MARKETS[0])
    book.result(MARKETS[0])
    book.project_all()
    with closing(book.worker(book.dispatcher, clock=Shifted())) as worker, pytest.raises(ClocksDisagree, match=r"[56]\.\d+ s ahead"):
        worker.step()
    assert book.settlements() == {}


def test_what_befalls_a_part_again_and_again_is_told_with_one_traceback():
    class Broken:
        def step(self) -> None:
            raise ZeroDivisionError("the same again")

        def close(self) -> None:
            pass

    stop = threading.Event()
    with structlog.testing.capture_logs() as lines:
        thread = threading.Thread(target=run_with_backoff, args=("broken", Broken, stop))
        thread.start()
        while len(lines) < 3:
            time.sleep(0.01)
        stop.set()
        thread.join()
    assert [bool(line["exc_info"]) for line in lines] == [True, *[False] * (len(lines) - 1)]
    assert [line["pause_s"] for line in lines[:3]] == [0.1, 0.2, 0.4]


def write_raw(book: Book, topic: str, state: bytes) -> None:
    """Write a fact as a newer process would, under a name that nobody here knows."""
    stream_id = derived("newer", topic)
    (verdict,) = book.store.append_many([Append([NewFact(stream_id, 1, RoleGranted("trader", "console", NOON))])]).verdicts
    assert verdict.accepted
    with psycopg.connect(book.url) as connection:
        connection.execute("UPDATE stored_events SET topic = %s, state = %s WHERE originator_id = %s", (topic, state, stream_id))


def test_kinds_of_facts_that_a_newer_process_writes_are_passed_over_unless_they_are_bets_or_results(book: Book):
    bets = book.place(6, MARKETS[0])
    write_raw(book, "slip.shared.v1", b'{"fact":"slip.shared.v1"}')
    write_raw(book, "market.limited.v1", b'{"fact":"market.limited.v1"}')
    book.result(MARKETS[0])
    with book.settler():
        book.until_settled(6)
    assert len(book.settlements()) == len(bets)


def test_settlement_stays_before_a_bet_in_a_form_it_does_not_know_and_goes_on_with_what_is_before(book: Book):
    bets = book.place(6, MARKETS[0])
    book.result(MARKETS[0])
    write_raw(book, "bet.placed.v10", b'{"fact":"bet.placed.v10"}')
    unknown_at = book.ask("SELECT max(notification_id) FROM stored_events")
    book.place(3, MARKETS[1])
    with structlog.testing.capture_logs() as lines, book.settler():
        book.until_settled(6)
        book.until(lambda: any("FactNotUnderstood: bet.placed.v10" in line.get("reason", "") for line in lines))
        assert book.ask("SELECT position FROM process_manager_position") == unknown_at - 1
    assert len(book.settlements()) == len(bets)
    assert not any(line.get("exc_info") for line in lines)


def test_tables_of_another_log_are_told_and_begun_anew(book: Book):
    bets = book.place(6, MARKETS[0])
    book.project_all()
    forge_leg(book, MARKETS[0], 1, derived("bet", "of another log"))
    with psycopg.connect(book.url) as connection:
        connection.execute("UPDATE process_manager_partition SET mark = gen_random_uuid() || ':0123456789abcdef'")
    book.result(MARKETS[0])
    with structlog.testing.capture_logs() as lines, book.settler():
        book.until_settled(6)
    (line,) = [line for line in lines if line["event"] == "the tables of a process manager belong to another log and are rebuilt"]
    assert (line["why"], line["log_level"]) == ("the table is of another log", "error")
    assert book.ask("SELECT count(*) FROM open_leg") + book.ask("SELECT count(*) FROM unsettled_leg") == 0
    assert_settled_once(book, bets, {"won": 2, "lost": 4})


def test_tables_newer_than_a_log_that_was_restored_are_told_and_begun_anew(book: Book):
    book.place(6, MARKETS[0])
    book.project_all()
    with psycopg.connect(book.url) as connection:
        connection.execute(
            "UPDATE process_manager_partition SET position = position + 1000, mark = split_part(mark, ':', 1) || ':0123456789abcdef'"
        )
    with structlog.testing.capture_logs() as lines:
        book.project_all()
    (line,) = [line for line in lines if line["event"] == "the tables of a process manager belong to another log and are rebuilt"]
    assert line["why"] == "the table is newer than the log, which was restored or cut"
    assert book.ask("SELECT count(*) FROM open_leg") == 6


def test_settlers_whose_connections_are_cut_again_and_again_finish_the_work(book: Book):
    bets = book.place(300, MARKETS[0])
    book.result(MARKETS[0])
    cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE 'slipstream process managers%'"
    with book.settler(cases_per_chunk=8):
        for done in (1, 100, 200):
            book.until(lambda done=done: len(book.settlements()) >= done)
            book.ask(cut)
        book.until_settled(300)
    assert_settled_once(book, bets, {"won": 100, "lost": 200})


def test_settlers_killed_with_signal_nine_again_and_again_settle_everything_once(book: Book):
    bets = book.place(400, MARKETS[0])
    book.result(MARKETS[0])
    for done in (1, 100, 250):
        with subprocess.Popen([sys.executable, "-c", SETTLE, book.url], cwd=ROOT, stderr=subprocess.DEVNULL) as process:
            book.until(lambda done=done: book.ask("SELECT count(*) FROM stored_events WHERE topic LIKE 'bet.settled.%'") >= done)
            process.kill()
    with book.settler():
        book.until_settled(400)
    assert_settled_once(book, bets, {"won": 134, "lost": 266})


def test_a_changed_row_of_the_tables_pays_nobody_what_the_log_does_not_say(book: Book):
    """The tables only say which bets to look at, and an account there only which wallet is likely to be needed."""
    bets = book.place(30, MARKETS[0])
    book.result(MARKETS[0])
    book.project_all()
    with psycopg.connect(book.url) as connection:
        connection.execute("UPDATE open_leg SET account_id = %s", (ACCOUNTS[0],))
    with book.settler():
        book.until_settled(30)
    assert_settled_once(book, bets, {"won": 10, "lost": 20})
