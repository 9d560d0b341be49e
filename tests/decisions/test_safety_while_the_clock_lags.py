"""While the database's clock lags the log's time, whatever stops betting passes: every command of the safety lane, but what loosens."""

from typing import Any

import pytest

from commands.accounts.sessions import FindStaffAccess
from commands.dispatch.lanes import Lane
from commands.ports import Verdict
from commands.registry import USE_CASES
from commands.trading.abandon_unplayed import AbandonUnplayed, KickOffAwaited
from commands.trading.propose_abandonment import AskAbandonment
from domain.account.commands import GrantRole, RevokeRole
from domain.account_gate.commands import (
    CloseAccount,
    ExcludeSelf,
    HoldWithdrawals,
    ReleaseWithdrawals,
    RemoveLimit,
    ReopenAccount,
    RequestReturn,
    SetLimit,
    SetStakeFactor,
    TimeOut,
)
from domain.fact import micros
from domain.fixture.commands import AbandonFixture, ChangeScore, EndFixture, KickOff
from domain.fixture_limit.commands import LimitFixturePayout
from domain.gate.commands import StopBetting
from domain.market.commands import CloseMarket, LimitPayout, SuspendMarket
from infra.eventstore.memory import MemoryEventStore
from tests.decisions.given import NOON, later
from tests.decisions.test_four_eyes import TOM
from tests.decisions.test_use_cases import ANN, BOB, F1, F2, M1, M2, Book, account, market

NOW = later(days=201)
SAFETY = [
    KickOff(F2, NOON),
    ChangeScore(F2, 1, 0, 5, "first_half", NOON),
    EndFixture(F2, 1, 0, 1, 0, NOON),
    SuspendMarket(M1, "goal", NOON),
    LimitPayout(M1, 100_00, "a rumour", NOON, TOM),
    LimitFixturePayout(F1, 100_00, "a rumour", NOON, TOM),
    CloseMarket(M1, NOON),
    StopBetting("fixture", (F1,), "fog", NOON),
    AskAbandonment(F1, "fog", NOON, TOM),
    AbandonUnplayed(F1, 24.0, NOON),
    AbandonFixture(F1, "not played within 24 hours", NOON),
    FindStaffAccess(TOM),
    RevokeRole(TOM, "trader", "console", NOON),
    SetLimit(BOB, "stake", "day", 50_00, BOB, NOON),
    SetStakeFactor(BOB, "0.5", "arbitrage", "console", NOON),
    HoldWithdrawals(BOB, "A deposit is checked.", "console", NOON),
    ReleaseWithdrawals(BOB, "console", NOON),
    TimeOut(BOB, later(days=210), BOB, NOON),
    ExcludeSelf(BOB, None, BOB, NOON),
    CloseAccount(BOB, "fraud", "console", NOON),
    ReopenAccount(BOB, "console", NOON),
]
"""One of each, in an order in which each does something, and a kick-off before what needs one."""

LOOSENS = {RequestReturn, RemoveLimit}
"""What waits until the log's time goes on again, since it has a span that ends."""


class LaggingBook(Book):
    """The use cases over a log whose clock a test sets back."""

    def __init__(self) -> None:
        super().__init__()
        self.clock_us = micros(NOON)
        self.store = MemoryEventStore(clock_us=lambda: self.clock_us)

    def verdict(self, command: Any) -> Verdict:
        _, append = self.decide(command)
        return self.store.append_many([append]).verdicts[0]


@pytest.fixture
def book() -> LaggingBook:
    """Return a log whose last commit was at `NOW`, by a clock that was set back by an hour since."""
    book = LaggingBook()
    book.do(*market(M1, F1), *market(M2, F2))
    for account_id, name in ((ANN, "ann"), (BOB, "bob"), (TOM, "tom")):
        book.do(account(account_id, name, f"{name}@example.org"))
    book.do(GrantRole(TOM, "trader", "console", NOON), ExcludeSelf(ANN, later(days=200), ANN, NOON))
    book.now_us = book.clock_us = micros(NOW)
    book.do(TimeOut(ANN, later(days=205), ANN, NOON))
    book.clock_us -= 3_600_000_000
    return book


def test_every_command_of_the_safety_lane_passes_while_the_clock_lags(book: LaggingBook):
    assert {kind for kind, use_case in USE_CASES.items() if use_case.lane is Lane.SAFETY} == {*map(type, SAFETY[1:])} | LOOSENS
    for command in SAFETY:
        assert book.verdict(command).accepted, command
    assert book.facts(F1)[-1].reason == "not played within 24 hours"


def test_a_limit_is_removed_no_earlier_while_the_clock_lags(book: LaggingBook):
    book.do(SetLimit(BOB, "stake", "day", 50_00, BOB, NOON))
    removing = RemoveLimit(BOB, "stake", "day", BOB, NOON)
    assert book.verdict(removing).why == "clock"
    book.clock_us = book.now_us = micros(NOW) + 1
    assert book.verdict(removing).accepted


def test_what_loosens_waits_while_the_clock_lags(book: LaggingBook):
    returning = RequestReturn(ANN, ANN, NOON)
    assert book.verdict(returning).why == "clock"
    book.clock_us = book.now_us = micros(NOW) + 1
    assert book.verdict(returning).accepted


@pytest.mark.parametrize("hours", [24.0 * 201 - 1, 24.0 * 201, 24.0 * 201 + 1])
def test_a_match_is_given_up_as_never_played_no_earlier_by_a_clock_that_lags(book: LaggingBook, hours: float):
    abandonment = AbandonUnplayed(F1, hours, NOON)
    if hours > 24.0 * 201:
        book.refused(KickOffAwaited, abandonment)
    else:
        assert book.verdict(abandonment).accepted
