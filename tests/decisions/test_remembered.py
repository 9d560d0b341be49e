"""What bets depend on is remembered while no gate, producer or limit moves, and never a moment longer."""

from collections.abc import Callable
from typing import Any

import pytest

from commands.audit.verify import verify
from commands.dispatch.batch import Answer
from domain.account_gate.commands import SetLimit
from domain.account_gate.limits import LOOSENING_AFTER_US, LOOSENING_MARGIN_US
from domain.fact import micros
from domain.fixture_limit.commands import LimitFixturePayout
from domain.gate.commands import ReopenBetting, StopBetting
from domain.gate.decider import BettingSuspended
from domain.ids import derived
from domain.market.commands import PriceMarket
from domain.market.state import PricesAwaited
from domain.odds import parse
from domain.producer.commands import Beat
from domain.wallet.usage import StakeLimitReached
from infra.eventstore.memory import MemoryEventStore
from tests.decisions.given import NOON
from tests.decisions.test_following import Process
from tests.decisions.test_use_cases import ANN, F1, M1, account, bet, deposit, market

LEASE_MS = 10_000
GATES = [("fixture", (F1,)), ("competition", ("football", "Friendly")), ("sport", ("football",))]


class Book:
    """A log with a clock of the test's own, two processes, and a market that was bet on, so that its conditions are remembered."""

    def __init__(self, *, producer: str = "") -> None:
        self.now_us, self.ahead_us = micros(NOON), 0
        self.log = MemoryEventStore(clock_us=lambda: self.now_us)
        self.one, self.other = self.process(), self.process()
        self.bets = 0
        self.one.do(account(), deposit(), Beat("feed", LEASE_MS, NOON), *market(M1, F1))
        self.version = 1
        self.price(self.one, "2.2", producer)
        assert isinstance(self.bet(self.one), Answer)
        assert isinstance(self.bet(self.one), Answer)
        assert isinstance(self.bet(self.other), Answer)

    def process(self) -> Process:
        return Process(self.log, monotonic_ns=lambda: (self.now_us + self.ahead_us) * 1000)

    def price(self, process: Process, odds: str, producer: str = "") -> None:
        (told,) = process.do(PriceMarket(M1, {"yes": parse(odds), "no": parse("1.7")}, NOON, producer=producer))
        assert isinstance(told, Answer), told
        self.version, self.odds = told.receipt.version, odds

    def bet(self, process: Process, stake_minor: int = 1_00) -> Any:
        self.bets += 1
        return process.do(bet(derived("bet", str(self.bets)), stake_minor, odds=self.odds, version=self.version))[0]


BY = pytest.mark.parametrize("by", [lambda book: book.one, lambda book: book.other], ids=["the same process", "another process"])


@pytest.mark.parametrize(("scope", "subject"), GATES)
@BY
def test_a_gate_that_stops_is_noticed_by_the_next_bet(scope: str, subject: tuple[str, ...], by: Callable[[Book], Process]):
    book = Book()
    assert isinstance(by(book).do(StopBetting(scope, subject, "doubt", NOON))[0], Answer)
    assert isinstance(book.bet(book.one), BettingSuspended)
    assert isinstance(by(book).do(ReopenBetting(scope, subject, NOON))[0], Answer)
    assert isinstance(book.bet(book.one), PricesAwaited)
    book.price(book.other, "2.3")
    assert isinstance(book.bet(book.one), Answer)


@BY
def test_a_limit_of_a_match_that_was_set_lowered_or_lifted_counts_for_the_next_bet(by: Callable[[Book], Process]):
    book = Book()
    for payout_minor_max, taken_minor in ((4_40, 2_00), (2_20, 1_00), (None, 5_00)):
        assert isinstance(by(book).do(LimitFixturePayout(F1, payout_minor_max, "a rumour", NOON))[0], Answer)
        for _ in range(2):
            if payout_minor_max is not None:
                assert book.bet(book.one, taken_minor + 1).stake_minor_max == taken_minor
            assert isinstance(book.bet(book.one, taken_minor), Answer)


@BY
def test_limits_of_an_account_count_from_the_next_bet_on_and_what_loosens_from_its_moment_on(by: Callable[[Book], Process]):
    book = Book()
    assert isinstance(by(book).do(SetLimit(ANN, "stake", "day", 4_00, ANN, NOON))[0], Answer)
    assert isinstance(book.bet(book.one), Answer)
    assert isinstance(book.bet(book.one), StakeLimitReached)
    assert isinstance(by(book).do(SetLimit(ANN, "stake", "day", 6_00, ANN, NOON))[0], Answer)
    book.now_us += LOOSENING_AFTER_US + LOOSENING_MARGIN_US - 1
    assert isinstance(book.bet(book.one, 4_00), Answer), "another day"
    assert isinstance(book.bet(book.one), StakeLimitReached)
    book.now_us += 1
    assert isinstance(book.bet(book.one, 2_00), Answer)
    assert isinstance(book.bet(book.one), StakeLimitReached)


def test_a_lease_that_ran_out_is_noticed_though_nothing_moved():
    book = Book(producer="feed")
    book.now_us += LEASE_MS * 1000
    assert isinstance(book.bet(book.one), Answer)
    book.now_us += 1
    assert isinstance(book.bet(book.one), PricesAwaited)


def test_a_heartbeat_of_another_process_keeps_the_prices_standing():
    book = Book(producer="feed")
    for _ in range(3):
        book.now_us += (LEASE_MS - 1) * 1000
        book.other.do(Beat("feed", LEASE_MS, NOON))
        assert isinstance(book.bet(book.one), Answer)


def test_a_session_that_began_anew_voids_prices_that_were_remembered():
    book = Book(producer="feed")
    book.now_us += (LEASE_MS + 1) * 1000
    book.other.do(Beat("feed", LEASE_MS, NOON))
    assert isinstance(book.bet(book.one), PricesAwaited)
    book.price(book.other, "2.3", "feed")
    assert isinstance(book.bet(book.one), Answer)


def test_a_session_does_not_begin_within_the_lease_though_a_process_believes_that_it_has_lapsed():
    """A process counts on from the last commit; where the database's clock was set back meanwhile, that is ahead of the log's time."""
    book = Book(producer="feed")
    book.ahead_us = (LEASE_MS + 1) * 1000
    assert book.other.do(Beat("feed", LEASE_MS, NOON))[0].receipt.session == 1
    assert isinstance(book.bet(book.one), Answer)


def test_a_process_that_saw_a_time_at_which_nothing_was_committed_goes_on_where_the_clock_was_set_back_to():
    book, far_us = Book(producer="feed"), (LEASE_MS + 1) * 1000
    book.now_us += far_us
    assert isinstance(book.bet(book.other), PricesAwaited)
    book.now_us, book.ahead_us = book.now_us - far_us, far_us
    assert book.other.do(Beat("feed", LEASE_MS, NOON))[0].receipt.session == 1
    assert isinstance(book.bet(book.other), Answer)


def test_a_bet_on_a_session_that_another_process_cut_short_is_in_its_lease_and_the_audit_agrees():
    book = Book(producer="feed")
    assert isinstance(book.bet(book.one), Answer)
    book.now_us += LEASE_MS * 1000
    assert book.other.do(Beat("feed", LEASE_MS // 2, NOON))[0].receipt.session == 2
    assert isinstance(book.bet(book.one), Answer), "the other process has told nothing yet"
    assert isinstance(book.bet(book.one), PricesAwaited)
    assert verify(book.log).violation is None


def test_nothing_is_remembered_beyond_what_is_kept_in_memory():
    book = Book()
    book.one.dispatcher._states.clear()
    book.other.do(StopBetting("sport", ("football",), "doubt", NOON))
    assert isinstance(book.bet(book.one), BettingSuspended)
