"""Bets that wait in play are struck or refused once each, not before their delay is over, whatever befalls the process managers."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from typing import Any

import pytest

from commands.audit import compare_tables, verify
from commands.betting.bet_delay import BET_DELAY
from commands.betting.end_bet_delay import EndBetDelay
from commands.betting.place_bet import PlaceBet
from commands.dispatch.batch import Answer
from commands.dispatch.dispatcher import Dispatcher
from commands.registry import USE_CASES
from domain.account_gate.commands import ExcludeSelf
from domain.bet.commands import AskedLeg
from domain.bet.facts import BetPending, BetPlaced, BetRefused
from domain.fixture.commands import KickOff
from domain.market.commands import PriceMarket, SetBetDelay, SuspendMarket
from domain.odds import Odds
from domain.wallet.facts import StakeReleased, StakeReserved
from infra.clock import Clock
from infra.log.audit_tail import AuditTail
from infra.process_managers.audited_tables import read_tables
from infra.process_managers.worker import CaseWorker
from tests.contracts.test_abandonment import FIXTURES, MANAGERS, RUN, AbandonedBook
from tests.contracts.test_settler import ACCOUNTS, MARKETS, NOON, PRICES, ROOT, STAKE_MINOR, Killed, killed

DELAY_S = 1
LONGER = PRICES | {"home": Odds(2600, 1000)}


class DelayedBook(AbandonedBook):
    """A book whose matches are in play, with markets that make bets wait for a second."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.dispatcher.call_many([KickOff(fixture_id, NOON) for fixture_id in FIXTURES])
        self.dispatcher.call_many([SetBetDelay(market_id, DELAY_S, NOON) for market_id in MARKETS[:2]])

    def places(self, bet_id: str, account: int, market_id: str, name: str = "home", accept: str = "exact") -> PlaceBet:
        leg = AskedLeg(market_id, name, PRICES[name], 1)
        return PlaceBet(bet_id, ACCOUNTS[account], STAKE_MINOR, "EUR", "single", (leg,), accept, NOON)

    def until_due(self, bets: int) -> None:
        self.until(lambda: self.ask("SELECT count(*) FROM pending_bet WHERE retry_at <= clock_timestamp()") == bets)

    def until_decided(self) -> None:
        self.until(lambda: not self.waiting())
        self.until(lambda: self.ask("SELECT count(*) FROM pending_bet") == 0)

    def waiting(self) -> set[str]:
        decided = self.of(BetPlaced).keys() | self.of(BetRefused).keys()
        return self.of(BetPending).keys() - decided

    def check(self, bets: Sequence[str]) -> None:
        """Claim that each was struck or refused once, after its delay, with the money of it moved once; and so says the audit."""
        log = self.facts()
        for bet_id in bets:
            pending, decided = (fact for fact in log if fact.stream_id == bet_id)
            assert (type(pending.body), type(decided.body) in (BetPlaced, BetRefused)) == (BetPending, True)
            assert decided.committed_us - pending.committed_us > DELAY_S * 1_000_000
            moved = [type(fact.body) for fact in log if getattr(fact.body, "bet_id", "") == bet_id]
            assert moved == [StakeReserved, *([StakeReleased] if isinstance(decided.body, BetRefused) else [])]
        tables = read_tables(self.url, MANAGERS)
        assert tables is not None
        with closing(AuditTail(self.url)) as tail:
            assert verify(tail, compare_views=[partial(compare_tables, each) for each in tables]).violation is None


@pytest.fixture
def book(database_url: str) -> Iterator[DelayedBook]:
    with closing(DelayedBook(database_url)) as opened:
        yield opened


def test_bets_that_wait_are_struck_or_refused_by_what_holds_at_the_end_and_the_others_at_once(book: DelayedBook):
    waiting, refused, excluded, at_once = (f"0197a0b1-c2d3-7e4f-8a5b-00000000000{number}" for number in range(4))
    asks = [
        book.places(waiting, 0, MARKETS[0], accept="better"),
        book.places(refused, 1, MARKETS[1]),
        book.places(excluded, 2, MARKETS[0], "draw"),
        book.places(at_once, 3, MARKETS[2]),
    ]
    with book.managed():
        book.dispatcher.call_many(asks)
        now = Clock().now()
        book.dispatcher.call(ExcludeSelf(ACCOUNTS[2], None, ACCOUNTS[2], now))
        book.dispatcher.call_many([PriceMarket(MARKETS[0], LONGER, NOON), SuspendMarket(MARKETS[1], "goal", NOON)])
        book.until_decided()
    assert book.of(BetPlaced)[waiting][0].legs[0].odds == LONGER["home"]
    assert {bet_id: fact.reason for bet_id, (fact,) in book.of(BetRefused).items()} == {
        refused: "market-suspended-now",
        excluded: "self-excluded-now",
    }
    assert book.of(BetPending).keys() == {waiting, refused, excluded}
    book.check([waiting, refused, excluded])
    again = book.dispatcher.call_many(asks)
    assert [type(answer.receipt.placed) for answer in again] == [BetPending, BetPending, BetPending, BetPlaced]


def test_nobody_ends_a_delay_early_whatever_the_tables_say(book: DelayedBook):
    bet_id = book.place(1, MARKETS[0])[0]
    book.dispatcher.try_many([EndBetDelay(bet_id, NOON)] * 3)
    book.follow()
    book.ask("UPDATE pending_bet SET retry_at = clock_timestamp() - interval '1 hour' RETURNING 1")
    with book.managed():
        book.until_decided()
    book.check([bet_id])


@pytest.mark.parametrize("step", ["_claimed", "_decided", "_before_commit"])
def test_a_worker_killed_at_any_step_leaves_nothing_pending_and_decides_nothing_twice(book: DelayedBook, step: str):
    bets = book.place(21, MARKETS[0])
    book.dispatcher.call(PriceMarket(MARKETS[0], LONGER, NOON))
    book.follow()
    book.until_due(21)
    with closing(CaseWorker(book.url, book.dispatcher, BET_DELAY)) as worker:
        setattr(worker, step, killed)
        with pytest.raises(Killed):
            worker.later_chunk()
    with book.managed():
        book.until_decided()
    assert (len(book.of(BetPlaced)), len(book.of(BetRefused))) == (14, 7)
    book.check(bets)


class Deaf(Dispatcher):
    """Does what it is asked, and is killed before anybody hears of it."""

    def try_many(self, commands: Sequence[Any], timeout_s: float = 30.0) -> list[Answer | BaseException]:
        super().try_many(commands, timeout_s)
        raise Killed


def test_a_worker_killed_between_the_decision_and_its_answer_decides_nothing_twice(book: DelayedBook):
    bets = book.place(9, MARKETS[0])
    book.dispatcher.call(SuspendMarket(MARKETS[0], "goal", NOON))
    book.follow()
    book.until_due(9)
    deaf = Deaf(book._recorder(), USE_CASES).start()
    with closing(CaseWorker(book.url, deaf, BET_DELAY)) as worker, pytest.raises(Killed):
        worker.later_chunk()
    deaf.stop()
    assert (len(book.of(BetRefused)), book.ask("SELECT count(*) FROM pending_bet")) == (9, 9)
    with book.managed():
        book.until_decided()
    book.check(bets)


def test_managers_killed_with_signal_nine_beside_others_decide_everything_once(book: DelayedBook):
    command = [sys.executable, "-c", RUN, book.url, "1000000"]
    decided = (
        "SELECT count(*) FROM stored_events WHERE originator_version > 1 AND (topic LIKE 'bet.placed.%' OR topic LIKE 'bet.refused.%')"
    )
    bets = book.place(60, MARKETS[0])
    with book.managed(book.another_dispatcher(), cases_per_chunk=4):
        for done, command_asked in ((1, PriceMarket(MARKETS[0], LONGER, NOON)), (40, SuspendMarket(MARKETS[1], "goal", NOON))):
            with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
                book.dispatcher.call(command_asked)
                book.until(lambda done=done: book.ask(decided) >= done)
                process.kill()
        book.until_decided()
    book.check(bets)


def test_the_tables_made_anew_twice_decide_nothing_twice(book: DelayedBook):
    bets = book.place(12, MARKETS[0])
    for _ in range(2):
        book.ask("WITH gone AS (DELETE FROM pending_bet RETURNING 1) SELECT count(*) FROM gone")
        book.ask("UPDATE process_manager_partition SET position = 0, mark = '' RETURNING 1")
        with book.managed(cases_per_chunk=3):
            book.until_decided()
    book.check(bets)
