"""Transfers that are large, many, fast or hardly played with raise an alert in their own append, and nobody tells the holder."""

import msgspec
import pytest
from hypothesis import given as every
from hypothesis import strategies as st

from commands.accounts.close_alerts import AlertsReceipt
from commands.accounts.export import actor_of
from commands.accounts.move_money import MoveMoney
from domain.account.commands import GrantRole
from domain.account.decider import ActorWithoutRole
from domain.account_gate.commands import HoldWithdrawals
from domain.account_gate.withdrawals import WithdrawalsHeld
from domain.ids import monitoring_of
from domain.monitoring.commands import AssessTransfer, CloseAlerts
from domain.monitoring.decider import MONITORING, AlertUnknown, TooManyAlerts
from domain.monitoring.facts import AlertsClosed, RuleMet, TransferAssessed
from domain.text import ReasonMalformed
from domain.unknown import AccountUnknown
from domain.wallet.decider import InsufficientFunds
from tests.decisions.given import NOON, given, later
from tests.decisions.test_use_cases import ANN, BOB, F1, M1, Book, account, bet, market

HOUR_MS = 3_600_000


def moved(direction: str, amount_minor: int, hours: float = 0, staked_minor: int = 0) -> AssessTransfer:
    return AssessTransfer(ANN, "t", direction, amount_minor, "EUR", staked_minor, later(hours=hours))


def found_in(*transfers: AssessTransfer) -> list[tuple[str, int]]:
    """Return what the last transfer is found to be, after the others."""
    state, fact = MONITORING.initial, None
    for transfer in transfers:
        (fact,) = MONITORING.decide(state, transfer)
        state = MONITORING.evolve(state, fact)
    assert isinstance(fact, TransferAssessed)
    assert bool(fact.findings) == bool(fact.alert)
    return [(each.rule, each.measured) for each in fact.findings]


def move(direction: str, amount_minor: int, reference: str) -> MoveMoney:
    return MoveMoney(direction, ANN, amount_minor, "EUR", reference, NOON)  # type: ignore[arg-type]


def book() -> Book:
    made = Book()
    made.do(account())
    return made


def raised(told: Book) -> list[int]:
    return [fact.alert for fact in told.facts(monitoring_of(ANN)) if isinstance(fact, TransferAssessed)]


def test_one_transfer_is_large_from_ten_thousand_on():
    assert found_in(moved("deposit", 9_999_99)) == []
    assert found_in(moved("deposit", 10_000_00)) == [("large", 10_000_00), ("sum", 10_000_00)]
    assert found_in(moved("withdrawal", 10_000_00)) == [("large", 10_000_00), ("sum", 10_000_00)]


@pytest.mark.parametrize(("hours", "found"), [(0, [("sum", 10_000_00)]), (24.9, [("sum", 10_000_00)]), (25, [])])
def test_parts_of_a_large_sum_are_added_up_over_a_day_and_each_way_for_itself(hours: float, found: list[tuple[str, int]]):
    assert found_in(moved("deposit", 6_000_00), moved("deposit", 4_000_00, hours)) == found
    assert found_in(moved("deposit", 6_000_00), moved("withdrawal", 500_00, hours)) == []


def test_ten_transfers_within_an_hour_are_many():
    each = [moved("deposit" if number % 2 else "withdrawal", 1, 0.5) for number in range(9)]
    assert found_in(*each) == []
    assert found_in(*each, moved("deposit", 1, 1.9)) == [("count", 10)]
    assert found_in(*each, moved("deposit", 1, 2)) == []


def test_what_comes_in_and_goes_out_within_a_week_without_being_staked_is_found():
    came, days = moved("deposit", 2_000_00), 24.0
    assert found_in(came, moved("withdrawal", 999_99, 2 * days)) == []
    assert found_in(came, moved("withdrawal", 1_000_00, 2 * days)) == [("unplayed", 1_000_00)]
    assert found_in(came, moved("withdrawal", 2_000_00, 2 * days, staked_minor=1_000_01)) == []
    assert found_in(came, moved("withdrawal", 2_000_00, 2 * days, staked_minor=500_00)) == [("unplayed", 1_500_00)]
    assert found_in(came, moved("withdrawal", 2_000_00, 8 * days)) == []
    assert found_in(came, moved("withdrawal", 600_00), moved("withdrawal", 600_00, 1)) == [("unplayed", 1_200_00)]


def test_what_was_won_goes_out_unremarked_and_what_was_staked_before_the_deposit_does_not_count():
    assert found_in(moved("deposit", 500_00, staked_minor=9_000_00), moved("withdrawal", 9_000_00, 1, 9_500_00)) == []
    came, went = moved("deposit", 3_000_00, staked_minor=9_000_00), moved("withdrawal", 3_000_00, 1, 9_000_00)
    assert found_in(came, went) == [("unplayed", 3_000_00)]


@every(st.lists(st.tuples(st.sampled_from(["deposit", "withdrawal"]), st.integers(1, 6_000_00), st.integers(0, 30)), max_size=40))
def test_hours_that_no_rule_looks_at_are_forgotten_and_change_nothing(steps: list[tuple[str, int, int]]):
    state, hour, all_moves = MONITORING.initial, 0, []
    for way, amount_minor, hours in steps:
        hour += hours
        all_moves.append((way, amount_minor, hour))
        (fact,) = MONITORING.decide(state, moved(way, amount_minor, hour))
        state = MONITORING.evolve(state, fact)
        assert len(state.hours) <= 7 * 24 + 1
        sums = {each.rule: each.measured for each in fact.findings}
        expected_minor = sum(minor for direction, minor, at in all_moves if direction == way and at >= hour - 24)
        assert sums.get("sum", 0) == (expected_minor if expected_minor >= 10_000_00 else 0)


def test_a_transfer_and_its_assessment_are_one_append_of_as_many_facts_whatever_is_found():
    told = book()
    _, small = told.decide(move("deposit", 1, "small"))
    _, large = told.decide(move("deposit", 20_000_00, "large"))
    assert [type(new.body) for new in small.facts] == [type(new.body) for new in large.facts]
    assert TransferAssessed in [type(new.body) for new in large.facts]


def test_two_parts_of_a_sum_cannot_pass_one_another():
    told = book()
    told.do(move("deposit", 1, "first"))
    appends = [told.decide(move("deposit", 5_000_00, reference))[1] for reference in ("left", "right")]
    assert [verdict.accepted for verdict in told.store.append_many(appends).verdicts] == [True, False]


def test_the_windows_go_by_the_logs_time_and_the_commit_falls_into_that_hour():
    told = book()
    told.do(move("deposit", 6_000_00, "one"))
    told.wait(25 * HOUR_MS)
    told.do(move("deposit", 6_000_00, "two"))
    told.do(msgspec.structs.replace(move("deposit", 4_000_00, "three"), at=later(days=9)))
    assert raised(told) == [0, 0, 1]
    _, append = told.decide(move("deposit", 1, "late"))
    told.wait(HOUR_MS)
    assert not told.store.append_many([append]).verdicts[0].accepted


def test_a_bet_between_deposit_and_withdrawal_counts_as_played():
    played, unplayed = betting(), betting()
    played.do(bet(stake_minor=600_00))
    for told in (played, unplayed):
        told.do(move("withdrawal", 1_400_00, "out"))
    assert (raised(played), raised(unplayed)) == ([0, 0], [0, 1])


def betting() -> Book:
    told = book()
    told.do(move("deposit", 2_000_00, "in"), *market(M1, F1))
    return told


def test_a_repeat_and_a_refused_transfer_are_not_assessed():
    told = book()
    told.do(move("deposit", 20_000_00, "in"), move("deposit", 20_000_00, "in"))
    told.refused(InsufficientFunds, move("withdrawal", 20_000_01, "out"))
    assert raised(told) == [1]


def test_what_is_told_of_a_transfer_says_nothing_of_what_was_found():
    told = book()
    small, large = told.do(move("deposit", 1, "small")), told.do(move("deposit", 20_000_00, "large"))
    assert set(msgspec.to_builtins(small)) == set(msgspec.to_builtins(large))
    told.do(CloseAlerts(ANN, 1, "a flat was sold", "console", NOON))
    assert {actor_of(fact) for fact in told.facts(monitoring_of(ANN))} == {""}, "the export goes by that"


def test_alerts_are_closed_up_to_the_one_that_was_looked_at_by_compliance_alone():
    told = book()
    told.do(account(BOB, "bob", "bob@example.org"))
    told.do(*[move("deposit", 10_000_00, f"in {number}") for number in range(3)])
    close = CloseAlerts(ANN, 2, "a flat was sold", BOB, NOON)
    for actor in (BOB, ANN):
        told.refused(ActorWithoutRole, msgspec.structs.replace(close, actor=actor), role="compliance")
    told.do(GrantRole(BOB, "support", "console", NOON))
    told.refused(ActorWithoutRole, close, role="compliance")
    told.do(GrantRole(BOB, "compliance", "console", NOON))
    assert told.do(close) == AlertsReceipt(ANN, 2, 1)
    assert told.facts(monitoring_of(ANN))[-1] == AlertsClosed(1, 2, "a flat was sold", BOB, NOON)
    assert told.decide(close)[1].facts == []
    told.refused(AccountUnknown, msgspec.structs.replace(close, account_id=monitoring_of(ANN)))
    told.do(HoldWithdrawals(ANN, "We are checking where a deposit came from.", BOB, NOON))
    told.refused(WithdrawalsHeld, move("withdrawal", 1, "out"))


def test_what_is_not_raised_is_not_closed_and_not_everything_at_once():
    assessed = [
        TransferAssessed(ANN, "t", "deposit", 10_000_00, "EUR", 0, 1, NOON, number, (RuleMet("large", 10_000_00, 10_000_00),))
        for number in range(1, 103)
    ]
    story = given(MONITORING, *assessed)
    story.when(CloseAlerts(ANN, 103, "why", "console", NOON)).refused(AlertUnknown, number=103)
    story.when(CloseAlerts(ANN, 101, "why", "console", NOON)).refused(TooManyAlerts, number_max=100)
    story.when(CloseAlerts(ANN, 100, "", "console", NOON)).refused(ReasonMalformed)
    story.when(CloseAlerts(ANN, 100, "why", "console", NOON)).then(AlertsClosed(1, 100, "why", "console", NOON))
    given(MONITORING).when(CloseAlerts(ANN, 1, "why", "console", NOON)).refused(AlertUnknown, number=1)
