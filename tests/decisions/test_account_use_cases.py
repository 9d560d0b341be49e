"""Accounts, roles and sign-ins: which facts on which streams become one append."""

from typing import Any

import pytest

from commands.accounts.open_account import OpenAccount
from commands.accounts.sessions import AccountAccess
from commands.dispatch.state_cache import StateCache
from commands.ports import Verdict
from commands.registry import USE_CASES
from domain.account.commands import GrantRole, RevokeRole, SignIn
from domain.account.decider import ActorWithoutRole, RoleUnknown
from domain.account.facts import AccountRegistered, EmailClaimed, RoleGranted, RoleRevoked, SessionOpened
from domain.account.sessions import Sessions
from domain.account_gate.commands import CloseAccount, ExcludeSelf, ReopenAccount, RequestReturn, TimeOut
from domain.account_gate.facts import AccountClosed, AccountReopened, OfficeLeft, OfficeTaken
from domain.fact import micros
from domain.ids import account_gate_of, derived, email_claim_of, sign_ins_of
from domain.unknown import AccountUnknown
from infra.eventstore.memory import MemoryEventStore
from tests.decisions.given import NOON, later
from tests.decisions.loading import handled
from tests.decisions.test_use_cases import Book

ANN, BOB = derived("account", "ann"), derived("account", "bob")
GATE = account_gate_of(ANN)


def account(account_id: str = ANN, handle: str = "ann", email: str = "ann@example.org") -> OpenAccount:
    return OpenAccount(account_id, handle, email, "argon2", "EUR", NOON)


@pytest.fixture
def book() -> Book:
    book = Book()
    book.do(account())
    return book


def test_a_role_and_its_office_are_granted_in_one_append_and_a_repeat_is_none(book: Book):
    grant = GrantRole(ANN, "trader", "console", NOON)
    receipt, append = book.decide(grant)
    assert receipt.roles == ("bettor", "trader")
    assert [fact.body for fact in append.facts] == [OfficeTaken(ANN, "trader", "console", NOON), RoleGranted("trader", "console", NOON)]
    book.do(grant)
    assert book.decide(grant)[1].facts == []


def test_a_role_and_its_office_are_revoked_in_one_append_and_a_repeat_is_none(book: Book):
    revoke = RevokeRole(ANN, "trader", "console", NOON)
    assert book.decide(revoke)[1].facts == []
    book.do(GrantRole(ANN, "trader", "console", NOON))
    receipt, append = book.decide(revoke)
    assert receipt.roles == ("bettor",)
    assert [fact.body for fact in append.facts] == [OfficeLeft(ANN, "trader", "console", NOON), RoleRevoked("trader", "console", NOON)]


def test_a_role_of_nobody_and_no_role_are_refused(book: Book):
    book.refused(AccountUnknown, GrantRole(BOB, "trader", "console", NOON))
    book.refused(RoleUnknown, GrantRole(ANN, "king", "console", NOON))
    book.refused(RoleUnknown, RevokeRole(ANN, "bettor", "console", NOON))


def test_roles_are_given_and_taken_by_an_admin_or_the_console_alone(book: Book):
    book.do(account(BOB, "bob", "bob@example.org"))
    for ask in (GrantRole(ANN, "trader", BOB, NOON), RevokeRole(ANN, "trader", BOB, NOON), GrantRole(ANN, "trader", "nobody", NOON)):
        book.refused(ActorWithoutRole, ask, role="admin")
    book.do(GrantRole(BOB, "admin", "console", NOON), GrantRole(ANN, "trader", BOB, NOON), RevokeRole(ANN, "trader", BOB, NOON))
    book.do(RevokeRole(BOB, "admin", "slipstream up", NOON))
    book.refused(ActorWithoutRole, GrantRole(ANN, "trader", BOB, NOON), actor=BOB)


def test_accounts_are_closed_by_support_and_admin_alone_and_nobody_excludes_another(book: Book):
    book.do(account(BOB, "bob", "bob@example.org"))
    close, reopen = CloseAccount(ANN, "fraud", BOB, NOON), ReopenAccount(ANN, BOB, NOON)
    for ask in (close, reopen):
        book.refused(ActorWithoutRole, ask, actor=BOB, role="support")
    for ask in (TimeOut(ANN, later(days=1), BOB, NOON), ExcludeSelf(ANN, None, BOB, NOON), RequestReturn(ANN, BOB, NOON)):
        book.refused(ActorWithoutRole, ask, actor=BOB)
    for role in ("support", "admin"):
        book.do(GrantRole(BOB, role, "console", NOON), close, reopen, RevokeRole(BOB, role, "console", NOON))
    assert [type(fact) for fact in book.facts(GATE)] == [AccountClosed, AccountReopened] * 2


def test_sign_ins_stand_in_a_stream_of_the_account_and_the_day_so_that_its_own_does_not_grow(book: Book):
    book.do(SignIn(ANN, "argon2", "", NOON), SignIn(ANN, "argon2", "", NOON), SignIn(ANN, "argon2", "", later(days=1)))
    assert book.facts(sign_ins_of(ANN, "2026-06-14")) == [SessionOpened(ANN, NOON)] * 2
    assert book.facts(sign_ins_of(ANN, "2026-06-15")) == [SessionOpened(ANN, later(days=1))]
    assert [type(fact) for fact in book.facts(ANN)] == [AccountRegistered]
    book.refused(AccountUnknown, SignIn(BOB, "argon2", "", NOON))


def test_a_role_of_an_old_log_takes_its_office_at_the_next_sign_in(book: Book):
    old = book.decide(GrantRole(ANN, "trader", "console", NOON))[1]
    book.record(fact for fact in old.facts if isinstance(fact.body, RoleGranted))
    assert book.do(SignIn(ANN, "argon2", "", NOON)) == AccountAccess(ANN, "ann", "EUR", ("bettor", "trader"), Sessions())
    assert book.facts(GATE) == [OfficeTaken(ANN, "trader", ANN, NOON)]
    assert [type(fact.body) for fact in book.decide(SignIn(ANN, "argon2", "", NOON))[1].facts] == [SessionOpened]


def test_an_address_composed_and_decomposed_is_one_address():
    book = Book()
    book.do(account(email="jos\u00e9@example.org"))
    assert not any(isinstance(fact.body, EmailClaimed) for fact in book.decide(account(BOB, "bob", "JOSE\u0301@example.org"))[1].facts)
    book.do(account(BOB, "bob", "jose@example.org"))
    assert book.facts(BOB)[0].email_claim_id == email_claim_of("jose@example.org")
    opened = next(
        fact.body for fact in Book().decide(account(email="jose\u0301@example.org"))[1].facts if isinstance(fact.body, AccountRegistered)
    )
    assert opened.email_claim_id == email_claim_of("jos\u00e9@example.org")


def test_what_tightens_passes_while_the_databases_clock_lags_and_what_loosens_waits():
    clock = [micros(NOON)]
    book = Book()
    book.store = MemoryEventStore(clock_us=lambda: clock[0])

    def verdict(command: Any) -> Verdict:
        outcome, streams = handled(USE_CASES[type(command)], command, StateCache(book.store), clock[0])
        return book.store.append_many([streams.append(outcome.key)]).verdicts[0]

    assert verdict(account()).accepted
    assert verdict(ExcludeSelf(ANN, later(days=200), ANN, NOON)).accepted
    clock[0] = micros(later(days=201))
    assert verdict(TimeOut(ANN, later(days=300), ANN, NOON)).accepted
    clock[0] = micros(later(days=200, hours=23))
    assert verdict(TimeOut(ANN, later(days=301), ANN, NOON)).accepted
    assert verdict(CloseAccount(ANN, "fraud", "console", NOON)).accepted
    assert verdict(RequestReturn(ANN, ANN, NOON)).why == "clock"
    clock[0] = micros(later(days=202))
    assert verdict(RequestReturn(ANN, ANN, NOON)).accepted
    assert verdict(ExcludeSelf(ANN, None, ANN, NOON)).accepted
