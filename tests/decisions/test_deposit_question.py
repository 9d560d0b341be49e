"""Before the first deposit a person says to what deposits are limited, or confirms that they are not; nothing passes that."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.accounts.limit_account import FindLimits
from commands.accounts.move_money import MoveMoney
from domain.account.decider import ActorWithoutRole
from domain.account_gate.commands import DeclineDepositLimit, RemoveLimit, SetLimit
from domain.account_gate.facts import DepositLimitDeclined
from domain.account_gate.limits import DeclineNotConfirmed, DepositLimitUnanswered
from domain.ids import account_gate_of, derived
from domain.refused import Refused
from domain.unknown import AccountUnknown
from tests.decisions.given import NOON
from tests.decisions.test_use_cases import ANN, Book, account

BEN = derived("account", "nobody")
FIRST = MoveMoney("deposit", ANN, 5_00, "EUR", "first", NOON, asks_first=True)
DECLINE = DeclineDepositLimit(ANN, confirmed=True, actor=ANN, at=NOON)
LIMIT = SetLimit(ANN, "deposit", "week", 20_00, ANN, NOON)
STEPS = [
    FIRST,
    FIRST,
    MoveMoney("deposit", ANN, 3_00, "EUR", "second", NOON, asks_first=True),
    MoveMoney("withdrawal", ANN, 1_00, "EUR", "out", NOON),
    DECLINE,
    DeclineDepositLimit(ANN, confirmed=False, actor=ANN, at=NOON),
    LIMIT,
    SetLimit(ANN, "stake", "day", 20_00, ANN, NOON),
    RemoveLimit(ANN, "deposit", "week", ANN, NOON),
]


def book() -> Book:
    made = Book()
    made.do(account())
    return made


@pytest.mark.parametrize("answer", [DECLINE, LIMIT])
def test_the_first_deposit_waits_for_an_answer_and_what_is_no_answer_changes_nothing(answer: Any):
    told = book()
    for no_answer in (SetLimit(ANN, "stake", "day", 1, ANN, NOON), SetLimit(ANN, "loss", "day", 1, ANN, NOON)):
        told.do(no_answer)
    with pytest.raises(DeclineNotConfirmed):
        told.do(DeclineDepositLimit(ANN, confirmed=False, actor=ANN, at=NOON))
    with pytest.raises(DepositLimitUnanswered):
        told.do(FIRST)
    told.do(answer)
    told.do(FIRST)


def test_who_answered_once_is_asked_no_more_and_who_brought_money_in_before_never_is():
    told = book()
    told.do(LIMIT)
    told.do(DECLINE)
    assert declined(told) == 0, "a limit was the answer"
    old = book()
    old.do(MoveMoney("deposit", ANN, 5_00, "EUR", "before there was a question", NOON))
    old.do(FIRST)


def test_nobody_answers_for_somebody_else():
    told = book()
    with pytest.raises(ActorWithoutRole):
        told.do(DeclineDepositLimit(ANN, confirmed=True, actor=BEN, at=NOON))
    with pytest.raises(AccountUnknown):
        told.do(DeclineDepositLimit(BEN, confirmed=True, actor=BEN, at=NOON))


@given(st.lists(st.sampled_from(STEPS), max_size=12))
def test_whatever_is_done_in_whatever_order_no_first_deposit_comes_before_an_answer(steps: list[Any]):
    told, answered, came_in = book(), False, False
    for step in steps:
        waits = told.do(FindLimits(ANN)).first_deposit_waits
        assert waits == (not answered and not came_in)
        before, is_deposit = declined(told), isinstance(step, MoveMoney) and step.direction == "deposit"
        refused = refusal_of(told, step)
        assert isinstance(refused, DepositLimitUnanswered) == (is_deposit and waits)
        assert declined(told) - before == (step == DECLINE and waits)
        answered = answered or (refused is None and step in (DECLINE, LIMIT))
        came_in = came_in or (refused is None and is_deposit)


def refusal_of(told: Book, step: Any) -> Refused | None:
    try:
        told.do(step)
    except Refused as refused:
        return refused
    return None


def declined(told: Book) -> int:
    return sum(isinstance(fact, DepositLimitDeclined) for fact in told.facts(account_gate_of(ANN)))
