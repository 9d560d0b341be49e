"""What a process remembers of accounts: true within a second, whoever changed it, and never older than a session that asks."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from api.auth.current_sessions import ROLES_CACHED_S, CurrentSessions
from api.auth.tokens import Session
from api.refusals import SecondFactorRequired
from commands.accounts.sessions import AccountAccess, FindAccess, FindStaffAccess
from commands.dispatch.batch import Answer
from domain.account.sessions import EndedSession, SessionOver, Sessions
from domain.ids import derived

ANN = derived("account", "ann")
PHONE = derived("session", "phone")


class Log:
    """Answers questions about accounts when it is told to; also the clock."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.sessions = Sessions()
        self.roles: tuple[str, ...] = ("bettor",)
        self.asked: list[Any] = []
        self.waiting: list[Callable[[Any], None]] = []

    def monotonic_s(self) -> float:
        return self.now_s

    def call(self, command: Any, told: Callable[[Any], None]) -> None:
        self.asked.append(command)
        self.waiting.append(told)

    def answer(self, answer: Any = None) -> None:
        waiting, self.waiting = self.waiting, []
        for told in waiting:
            told(answer or Answer(AccountAccess(ANN, "ann", "EUR", self.roles, self.sessions), 7))


def session(version: int = 0, *, roles: tuple[str, ...] = ("bettor",), second_factor: bool = False) -> Session:
    return Session(ANN, "ann", "EUR", roles, 1_000, PHONE, version, second_factor)


@pytest.fixture
def log() -> Log:
    return Log()


def run(log: Log, steps: Callable[[CurrentSessions], Any], *, required: bool = False) -> None:
    """Take steps on an event loop with what a process remembers."""

    async def on_the_loop() -> None:
        remembered: Any = CurrentSessions(log, log, staff_need_second_factor=required)  # type: ignore[arg-type]
        await steps(remembered)

    asyncio.run(on_the_loop())


async def known(log: Log, remembered: CurrentSessions, who: Session) -> AccountAccess | None:
    """What is known after asking once."""
    remembered.ask(who, lambda _: None)
    log.answer()
    return remembered.known(who)


async def noted(remembered: CurrentSessions, *accounts: str, true_s: float) -> None:
    remembered.note(accounts, true_s)
    await asyncio.sleep(0)
    await asyncio.sleep(0)


def test_what_was_told_is_believed_for_a_second_and_as_long_as_no_change_is_noted(log: Log):
    async def steps(remembered: CurrentSessions) -> None:
        assert remembered.known(session()) is None
        assert await known(log, remembered, session()) is not None
        log.now_s += ROLES_CACHED_S - 0.01
        assert remembered.known(session()) is not None
        log.now_s += 0.02
        assert remembered.known(session()) is None
        await noted(remembered, true_s=log.now_s - 0.1)
        assert remembered.known(session()) is not None
        await noted(remembered, derived("account", "bob"), true_s=log.now_s)
        assert remembered.known(session()) is not None
        await noted(remembered, ANN, true_s=log.now_s)
        assert remembered.known(session()) is None

    run(log, steps)


def test_a_change_that_is_noted_while_the_log_is_asked_is_not_believed_away(log: Log):
    async def steps(remembered: CurrentSessions) -> None:
        remembered.ask(session(), lambda _: None)
        await noted(remembered, ANN, true_s=log.now_s)
        log.answer()
        assert remembered.known(session()) is not None
        log.now_s += ROLES_CACHED_S + 0.01
        await noted(remembered, true_s=log.now_s)
        assert remembered.known(session()) is None

    run(log, steps)


def test_a_session_newer_than_what_is_remembered_is_asked_about(log: Log):
    async def steps(remembered: CurrentSessions) -> None:
        assert await known(log, remembered, session()) is not None
        assert remembered.known(session(version=1)) is None
        log.sessions = Sessions(1)
        access = await known(log, remembered, session(version=1))
        assert access is not None
        remembered.check(session(version=1), access)
        with pytest.raises(SessionOver):
            remembered.check(session(), access)

    run(log, steps)


def test_an_answer_that_was_asked_for_before_the_session_was_opened_is_asked_for_again(log: Log):
    async def steps(remembered: CurrentSessions) -> None:
        told: list[Any] = []
        remembered.ask(session(), told.append)
        remembered.ask(session(version=1), told.append)
        log.answer()
        assert [access.sessions.version for access in told] == [0]
        log.sessions = Sessions(1)
        log.answer()
        assert [access.sessions.version for access in told] == [0, 1]
        remembered.ask(session(version=2), told.append)
        log.answer()
        log.answer()
        assert len(told) == 3
        assert len(log.asked) == 4

    run(log, steps)


def test_what_this_process_changed_is_forgotten_at_once(log: Log):
    async def steps(remembered: CurrentSessions) -> None:
        assert await known(log, remembered, session()) is not None
        remembered.forget(ANN)
        assert remembered.known(session()) is None

    run(log, steps)


def test_one_question_is_asked_however_many_wait_and_staff_asks_first(log: Log):
    async def steps(remembered: CurrentSessions) -> None:
        told: list[Any] = []
        for _ in range(3):
            remembered.ask(session(), told.append)
        assert log.asked == [FindAccess(ANN)]
        log.answer(ConnectionError("away"))
        assert [type(each) for each in told] == [ConnectionError] * 3
        assert remembered.known(session()) is None
        remembered.ask(session(roles=("bettor", "trader")), told.append)
        assert log.asked[-1] == FindStaffAccess(ANN)

    run(log, steps)


@pytest.mark.parametrize("required", [True, False])
def test_staff_without_a_second_factor_may_only_enrol_where_one_is_required(log: Log, required: bool):
    log.roles = ("bettor", "trader")

    async def steps(remembered: CurrentSessions) -> None:
        access = await known(log, remembered, session())
        assert access is not None
        remembered.check(session(), access, while_enrolling=True)
        remembered.check(session(second_factor=True), access)
        if required:
            with pytest.raises(SecondFactorRequired):
                remembered.check(session(), access)
        else:
            remembered.check(session(), access)

    run(log, steps, required=required)


def test_a_session_that_was_signed_out_alone_is_over(log: Log):
    log.sessions = Sessions(0, (EndedSession(PHONE, 10),))

    async def steps(remembered: CurrentSessions) -> None:
        access = await known(log, remembered, session())
        assert access is not None
        with pytest.raises(SessionOver):
            remembered.check(session(), access)

    run(log, steps)
