"""Staff hold withdrawals: no money goes out until they are released, and nothing else is kept from the account."""

from typing import Any

import pytest
from hypothesis import given as every
from hypothesis import strategies as st

from commands.accounts.hold_withdrawals import FindWithdrawals, HoldReceipt
from commands.accounts.move_money import MoveMoney
from commands.trading.limit_stakes import FindRestrictions, Restriction
from domain.account.commands import GrantRole
from domain.account.decider import ActorWithoutRole
from domain.account_gate.commands import HoldWithdrawals, ReleaseWithdrawals
from domain.account_gate.decider import ACCOUNT_GATE
from domain.account_gate.facts import WithdrawalHoldPlaced, WithdrawalHoldReleased
from domain.account_gate.withdrawals import HeldForAnotherReason, WithdrawalsHeld
from domain.refused import Refused
from domain.text import ReasonMalformed
from domain.unknown import AccountUnknown
from tests.decisions.given import NOON, given, later
from tests.decisions.test_use_cases import ANN, BOB, Book, account

WHY = "We are checking where a deposit came from."
HOLD, RELEASE = HoldWithdrawals(ANN, WHY, "console", later(hours=1)), ReleaseWithdrawals(ANN, "console", later(hours=2))
OUT = MoveMoney("withdrawal", ANN, 1_00, "EUR", "out", NOON)
STEPS = [
    HOLD,
    HoldWithdrawals(ANN, "Another reason.", "console", NOON),
    RELEASE,
    OUT,
    MoveMoney("withdrawal", ANN, 1_00, "EUR", "again", NOON),
    MoveMoney("withdrawal", ANN, 1_00, "EUR", "by a provider", NOON, by_provider=True),
    MoveMoney("deposit", ANN, 2_00, "EUR", "in", NOON),
]


def book() -> Book:
    made = Book()
    made.do(account())
    made.do(MoveMoney("deposit", ANN, 50_00, "EUR", "first", NOON))
    return made


def test_a_hold_and_its_release_are_facts_a_repeat_is_none_and_a_second_reason_is_refused():
    held, released = WithdrawalHoldPlaced(ANN, WHY, "console", later(hours=1)), WithdrawalHoldReleased(ANN, "console", later(hours=2))
    given(ACCOUNT_GATE).when(HOLD).then(held)
    given(ACCOUNT_GATE).when(RELEASE).then()
    given(ACCOUNT_GATE, held).when(HOLD).then()
    given(ACCOUNT_GATE, held).when(RELEASE).then(released)
    given(ACCOUNT_GATE, held).when(HoldWithdrawals(ANN, "Another.", "console", NOON)).refused(HeldForAnotherReason, reason=WHY)
    given(ACCOUNT_GATE, held, released).when(HoldWithdrawals(ANN, "", "console", NOON)).refused(ReasonMalformed)


@pytest.mark.parametrize("by_provider", [False, True])
def test_a_withdrawal_is_refused_while_they_are_held_with_why_and_since_when(*, by_provider: bool):
    told = book()
    told.do(HOLD)
    out = MoveMoney("withdrawal", ANN, 1_00, "EUR", "out", NOON, by_provider=by_provider)
    told.refused(WithdrawalsHeld, out, reason=WHY, since=later(hours=1))
    told.do(MoveMoney("deposit", ANN, 1_00, "EUR", "bets and deposits go on", NOON))
    told.do(RELEASE)
    told.do(out)


def test_a_withdrawal_that_was_made_before_the_hold_is_answered_as_it_was():
    told = book()
    first = told.do(OUT)
    told.do(HOLD)
    assert told.do(OUT) == first


def test_withdrawals_are_held_by_compliance_admin_and_the_console_alone():
    told = book()
    told.do(account(BOB, "bob", "bob@example.org"))
    for ask in (HoldWithdrawals(ANN, WHY, BOB, NOON), ReleaseWithdrawals(ANN, BOB, NOON), HoldWithdrawals(ANN, WHY, ANN, NOON)):
        told.refused(ActorWithoutRole, ask, role="compliance")
    told.do(GrantRole(BOB, "support", "console", NOON))
    told.refused(ActorWithoutRole, HoldWithdrawals(ANN, WHY, BOB, NOON), role="compliance")
    told.do(GrantRole(BOB, "compliance", "console", NOON), HoldWithdrawals(ANN, WHY, BOB, NOON), ReleaseWithdrawals(ANN, BOB, NOON))
    told.refused(AccountUnknown, HoldWithdrawals("01946f2a-7c00-7a31-9b1e-3f0e7a4d2c11", WHY, "console", NOON))


def test_the_holder_is_told_of_the_hold_beside_what_else_is_restricted():
    told = book()
    assert told.do(FindWithdrawals(ANN)).hold is None
    told.do(HOLD)
    assert told.do(FindWithdrawals(ANN)).hold == HoldReceipt(WHY, later(hours=1))
    assert told.do(FindRestrictions(ANN)).restrictions == (Restriction("withdrawal_hold", None, later(hours=1), WHY),)


@every(st.lists(st.sampled_from(STEPS), max_size=14))
def test_whatever_is_done_in_whatever_order_money_goes_out_only_while_nothing_is_held(steps: list[Any]):
    told, held, made = book(), False, set[str]()
    for step in steps:
        refused = refusal_of(told, step)
        if isinstance(step, MoveMoney):
            is_new_withdrawal = step.direction == "withdrawal" and step.reference not in made
            assert isinstance(refused, WithdrawalsHeld) == (held and is_new_withdrawal)
            made |= set() if refused else {step.reference}
        elif refused is None:
            held = isinstance(step, HoldWithdrawals)
        assert (told.do(FindWithdrawals(ANN)).hold is not None) == held


def refusal_of(told: Book, step: Any) -> Refused | None:
    try:
        told.do(step)
    except Refused as refused:
        return refused
    return None
