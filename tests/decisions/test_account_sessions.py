"""Which sessions of an account count: each that was opened at the present version and not signed out."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from commands.accounts.open_account import OpenAccount
from commands.accounts.sessions import FindAccess
from domain.account.commands import (
    ChangePassword,
    ConfirmSecondFactor,
    EndSession,
    EndSessions,
    GrantRole,
    RemoveSecondFactor,
    SignIn,
)
from domain.account.decider import ACCOUNT, ActorWithoutRole
from domain.account.facts import (
    AccountRegistered,
    PasswordChanged,
    SecondFactorConfirmed,
    SecondFactorRemoved,
    SessionEnded,
    SessionsEnded,
)
from domain.account.sessions import ENDED_REMEMBERED_MAX, SecondFactorStands, SecondFactorUnknown, SessionOver, SignInOutdated
from domain.ids import derived, email_claim_of
from domain.unknown import AccountUnknown
from tests.decisions.given import NOON, given, later
from tests.decisions.test_use_cases import Book

ANN = derived("account", "ann")
PHONE, LAPTOP = derived("session", "phone"), derived("session", "laptop")
FACTOR, OTHER = derived("factor", "one"), derived("factor", "other")
REGISTERED = AccountRegistered("ann", "", "argon2", "EUR", NOON, email_claim_of("ann@example.org"))
TOMORROW = later(days=1)
ENDED = SessionEnded(ANN, PHONE, TOMORROW, NOON)
ALL_ENDED = SessionsEnded(1, "sign_out", ANN, NOON)
CONFIRMED = SecondFactorConfirmed(FACTOR, NOON)


def sign_out(session_id: str = PHONE, version: int = 0) -> EndSession:
    return EndSession(ANN, session_id, version, TOMORROW, NOON)


def sign_out_everywhere(session_id: str = PHONE, version: int = 0) -> EndSessions:
    return EndSessions(ANN, session_id, version, ANN, NOON)


def test_one_session_is_signed_out_once():
    given(ACCOUNT, REGISTERED).when(sign_out()).then(ENDED)
    given(ACCOUNT, REGISTERED, ENDED).when(sign_out()).nothing()
    given(ACCOUNT, REGISTERED, ENDED).when(sign_out(LAPTOP)).then(SessionEnded(ANN, LAPTOP, TOMORROW, NOON))
    given(ACCOUNT, REGISTERED, ALL_ENDED).when(sign_out()).nothing()


def test_signing_out_everywhere_raises_the_version_and_a_repeat_does_not():
    given(ACCOUNT, REGISTERED).when(sign_out_everywhere()).then(ALL_ENDED)
    given(ACCOUNT, REGISTERED, ALL_ENDED).when(sign_out_everywhere()).nothing()
    given(ACCOUNT, REGISTERED, ALL_ENDED).when(sign_out_everywhere(version=1)).then(SessionsEnded(2, "sign_out", ANN, NOON))


def test_a_session_that_was_signed_out_ends_no_others():
    given(ACCOUNT, REGISTERED, ENDED).when(sign_out_everywhere(PHONE)).refused(SessionOver)
    given(ACCOUNT, REGISTERED, ENDED).when(sign_out_everywhere(LAPTOP)).then(ALL_ENDED)


def test_so_many_single_sign_outs_are_remembered_and_the_next_ends_all_while_those_that_ran_out_are_forgotten():
    many = [SessionEnded(ANN, derived("session", str(number)), TOMORROW, NOON) for number in range(ENDED_REMEMBERED_MAX)]
    given(ACCOUNT, REGISTERED, *many).when(sign_out()).then(ALL_ENDED)
    late = EndSession(ANN, PHONE, 0, later(days=3), later(days=2))
    given(ACCOUNT, REGISTERED, *many).when(late).then(SessionEnded(ANN, PHONE, later(days=3), later(days=2)))
    assert len(given(ACCOUNT, REGISTERED, *many, SessionEnded(ANN, PHONE, later(days=3), later(days=2))).state.sessions.ended) == 1


def test_a_password_is_changed_with_all_sessions_unless_another_was_meanwhile():
    changed = (PasswordChanged("new", NOON), SessionsEnded(1, "password", ANN, NOON))
    given(ACCOUNT, REGISTERED).when(ChangePassword(ANN, "argon2", "new", NOON)).then(*changed)
    given(ACCOUNT, REGISTERED, *changed).when(ChangePassword(ANN, "argon2", "new", NOON)).nothing()
    given(ACCOUNT, REGISTERED, *changed).when(ChangePassword(ANN, "argon2", "newer", NOON)).refused(SignInOutdated)
    assert given(ACCOUNT, REGISTERED, *changed).state.password_hash == "new"


def test_a_second_factor_comes_and_goes_with_all_sessions():
    confirmed = (CONFIRMED, SessionsEnded(1, "second_factor", ANN, NOON))
    removed = (SecondFactorRemoved(FACTOR, "console", NOON), SessionsEnded(2, "second_factor", "console", NOON))
    given(ACCOUNT, REGISTERED).when(ConfirmSecondFactor(ANN, FACTOR, NOON)).then(*confirmed)
    given(ACCOUNT, REGISTERED, *confirmed).when(ConfirmSecondFactor(ANN, FACTOR, NOON)).nothing()
    given(ACCOUNT, REGISTERED, *confirmed).when(ConfirmSecondFactor(ANN, OTHER, NOON)).refused(SecondFactorStands)
    given(ACCOUNT, REGISTERED, *confirmed).when(RemoveSecondFactor(ANN, OTHER, ANN, NOON)).refused(SecondFactorUnknown)
    given(ACCOUNT, REGISTERED, *confirmed).when(RemoveSecondFactor(ANN, FACTOR, "console", NOON)).then(*removed)
    given(ACCOUNT, REGISTERED, *confirmed, *removed).when(RemoveSecondFactor(ANN, FACTOR, "console", NOON)).nothing()


@pytest.fixture
def book() -> Book:
    book = Book()
    book.do(OpenAccount(ANN, "ann", "ann@example.org", "argon2", "EUR", NOON))
    return book


def test_a_session_is_not_opened_with_a_password_or_a_factor_that_no_longer_stands(book: Book):
    book.do(ChangePassword(ANN, "argon2", "new", NOON))
    book.refused(SignInOutdated, SignIn(ANN, "argon2", "", NOON))
    book.do(ConfirmSecondFactor(ANN, FACTOR, NOON))
    book.refused(SignInOutdated, SignIn(ANN, "new", "", NOON))
    assert book.do(SignIn(ANN, "new", FACTOR, NOON)).sessions.version == 2


def test_nobody_but_the_account_and_the_console_ends_its_sessions(book: Book):
    other = derived("account", "bob")
    book.refused(ActorWithoutRole, EndSessions(ANN, "", 0, other, NOON))
    book.refused(ActorWithoutRole, RemoveSecondFactor(ANN, FACTOR, other, NOON))
    assert book.do(EndSessions(ANN, "", 0, "console", NOON)).sessions.version == 1
    book.refused(AccountUnknown, EndSessions(other, "", 0, "console", NOON))


class SessionsMachine(RuleBasedStateMachine):
    """Whatever is opened and ended in whatever order, exactly the sessions that a person would say count do."""

    def __init__(self) -> None:
        super().__init__()
        self.book = Book()
        self.now = NOON
        self.number = 0
        self.hash, self.factor = "argon2", ""
        self.live: set[tuple[str, int]] = set()
        self.over: set[tuple[str, int]] = set()

    @initialize()
    def register(self) -> None:
        self.book.do(OpenAccount(ANN, "ann", "ann@example.org", "argon2", "EUR", NOON))

    def end_all(self) -> None:
        self.over |= self.live
        self.live = set()

    def new(self) -> str:
        self.number += 1
        return derived("machine", str(self.number))

    @rule()
    def sign_in(self) -> None:
        access = self.book.do(SignIn(ANN, self.hash, self.factor, self.now))
        self.live.add((self.new(), access.sessions.version))

    @rule(data=st.data(), ended=st.booleans())
    def sign_out(self, data: st.DataObject, ended: bool) -> None:
        among = sorted(self.over if ended else self.live)
        if among:
            session = data.draw(st.sampled_from(among))
            before = self.book.do(FindAccess(ANN)).sessions.version
            self.book.do(EndSession(ANN, *session, self.now + timedelta(days=1), self.now))
            self.live.discard(session)
            self.over.add(session)
            if self.book.do(FindAccess(ANN)).sessions.version > before:
                self.end_all()

    @rule(data=st.data())
    def sign_out_everywhere(self, data: st.DataObject) -> None:
        if self.live:
            self.book.do(EndSessions(ANN, *data.draw(st.sampled_from(sorted(self.live))), ANN, self.now))
            self.end_all()

    @rule(data=st.data())
    def ask_with_a_session_that_is_over(self, data: st.DataObject) -> None:
        if self.over:
            facts = len(self.book.facts(ANN))
            command = EndSessions(ANN, *data.draw(st.sampled_from(sorted(self.over))), ANN, self.now)
            with suppress(SessionOver):
                self.book.do(command)
            assert len(self.book.facts(ANN)) == facts

    @rule()
    def change_password(self) -> None:
        before, self.hash = self.hash, self.new()
        self.book.do(ChangePassword(ANN, before, self.hash, self.now))
        self.end_all()

    @rule()
    def change_factor(self) -> None:
        factor = "" if self.factor else self.new()
        command: Any = ConfirmSecondFactor(ANN, factor, self.now) if factor else RemoveSecondFactor(ANN, self.factor, ANN, self.now)
        self.book.do(command)
        self.factor = factor
        self.end_all()

    @rule(role=st.sampled_from(["trader", "auditor"]))
    def grant(self, role: str) -> None:
        self.book.do(GrantRole(ANN, role, "console", self.now))

    @invariant()
    def exactly_those_count_that_were_not_ended(self) -> None:
        sessions = self.book.do(FindAccess(ANN)).sessions if self.book.facts(ANN) else None
        if sessions is not None:
            assert all(sessions.counts(*session) for session in self.live)
            assert not any(sessions.counts(*session) for session in self.over)


TestSessions = SessionsMachine.TestCase
