"""Reality checks: an interval is chosen by the account itself, and the next check counts from the last that was read."""

from datetime import timedelta

from hypothesis import given as forall
from hypothesis import strategies as st

from domain.account.commands import AcknowledgeRealityCheck, SetRealityCheck
from domain.account.decider import ACCOUNT
from domain.account.facts import AccountRegistered, RealityCheckAcknowledged, RealityCheckSet
from domain.account.reality_checks import INTERVALS_MINUTES, RealityCheckIntervalUnknown, RealityChecks, due_at
from domain.fact import micros
from domain.unknown import AccountUnknown
from tests.decisions.given import NOON, given, later

ANN = "0197a0b1-c2d3-7e4f-8a5b-6c7d8e9f0a1b"
REGISTERED = AccountRegistered("ann", "", "$argon2id$1", "EUR", NOON, ANN)
SET = RealityCheckSet(30, ANN, NOON)
READ = RealityCheckAcknowledged(ANN, later(minutes=30))


def test_an_interval_is_chosen_and_a_repeat_is_no_fact():
    given(ACCOUNT, REGISTERED).when(SetRealityCheck(ANN, 30, ANN, NOON)).then(SET)
    given(ACCOUNT, REGISTERED, SET).when(SetRealityCheck(ANN, 30, ANN, NOON)).nothing()
    given(ACCOUNT, REGISTERED, SET).when(SetRealityCheck(ANN, 0, ANN, NOON)).then(RealityCheckSet(0, ANN, NOON))
    given(ACCOUNT, REGISTERED).when(SetRealityCheck(ANN, 0, ANN, NOON)).then(RealityCheckSet(0, ANN, NOON))
    given(ACCOUNT).when(SetRealityCheck(ANN, 30, ANN, NOON)).refused(AccountUnknown)


@forall(st.integers().filter(lambda minutes: minutes not in INTERVALS_MINUTES))
def test_an_interval_that_is_not_offered_is_refused(minutes):
    refused = given(ACCOUNT, REGISTERED).when(SetRealityCheck(ANN, minutes, ANN, NOON))
    refused.refused(RealityCheckIntervalUnknown, interval_minutes=minutes)


def test_a_check_is_read_once_however_many_tabs_say_so():
    read = AcknowledgeRealityCheck(ANN, NOON, ANN, later(minutes=30))
    given(ACCOUNT, REGISTERED).when(read).then(READ)
    given(ACCOUNT, REGISTERED, READ).when(read).nothing()
    again = AcknowledgeRealityCheck(ANN, READ.at, ANN, later(minutes=60))
    given(ACCOUNT, REGISTERED, READ).when(again).then(RealityCheckAcknowledged(ANN, later(minutes=60)))


@forall(st.sampled_from((None, *INTERVALS_MINUTES)), st.sampled_from(INTERVALS_MINUTES), st.integers(-600, 600))
def test_a_check_is_due_an_interval_after_the_session_began_or_the_last_was_read_or_never(chosen, default, read_after):
    read_at = NOON + timedelta(minutes=read_after)
    due = due_at(RealityChecks(chosen, micros(read_at)), default, NOON)
    minutes = default if chosen is None else chosen
    assert due == (max(NOON, read_at) + timedelta(minutes=minutes) if minutes else None)
    assert due_at(RealityChecks(chosen), default, NOON) == (NOON + timedelta(minutes=minutes) if minutes else None)


def test_choosing_an_interval_keeps_what_was_read_last():
    state = given(ACCOUNT, REGISTERED, READ, SET)
    state.when(AcknowledgeRealityCheck(ANN, NOON, ANN, later(minutes=40))).nothing()
