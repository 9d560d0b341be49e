"""The rules of an account's gate: tightening takes effect at once, loosening takes its time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.account_gate.commands import CloseAccount, ExcludeSelf, LeaveOffice, ReopenAccount, RequestReturn, TakeOffice, TimeOut
from domain.account_gate.decider import (
    ACCOUNT_GATE,
    DAY_US,
    AlreadyClosed,
    ExclusionNotOver,
    ExclusionNotShortened,
    ExclusionTooShort,
    NotSelfExcluded,
    TimeOutNotShortened,
    TimeOutOutOfRange,
    return_span_us,
)
from domain.account_gate.facts import AccountClosed, AccountReopened, OfficeLeft, OfficeTaken, ReturnRequested, SelfExcluded, TimedOut
from domain.account_gate.state import (
    AccountGate,
    AccountIsClosed,
    SelfExcludedNow,
    StaffDoNotBet,
    TimedOutNow,
    betting_from_us,
    status_of,
)
from domain.fact import Fact, micros
from domain.refused import Refused
from domain.text import ReasonMalformed
from tests.decisions.given import NOON, given, later

ANN = "0197a0b1-c2d3-7e4f-8a5b-6c7d8e9f0a1b"
NOW_US = micros(NOON)


def time_out(until: datetime, now: datetime = NOON) -> TimeOut:
    return TimeOut(ANN, until, ANN, NOON, micros(now))


def exclude(until: datetime | None, now: datetime = NOON) -> ExcludeSelf:
    return ExcludeSelf(ANN, until, ANN, NOON, micros(now))


def come_back(now: datetime) -> RequestReturn:
    return RequestReturn(ANN, ANN, NOON, micros(now))


def timed_out(until: datetime) -> TimedOut:
    return TimedOut(ANN, until, ANN, NOON)


def excluded(until: datetime | None) -> SelfExcluded:
    return SelfExcluded(ANN, until, ANN, NOON)


def returning(effective_from: datetime) -> ReturnRequested:
    return ReturnRequested(ANN, effective_from, ANN, NOON)


CLOSED = AccountClosed(ANN, "fraud", "boss", NOON)
TRADER = OfficeTaken(ANN, "trader", "boss", NOON)
SIX_MONTHS = datetime(2026, 12, 14, tzinfo=UTC)


def gate_after(*facts: Fact) -> AccountGate:
    state: AccountGate = given(ACCOUNT_GATE, *facts).state
    return state


def test_a_time_out_begins_at_once_can_be_lengthened_and_its_repeat_is_no_fact():
    given(ACCOUNT_GATE).when(time_out(later(days=7))).then(timed_out(later(days=7)))
    given(ACCOUNT_GATE, timed_out(later(days=7))).when(time_out(later(days=8))).then(timed_out(later(days=8)))
    given(ACCOUNT_GATE, timed_out(later(days=7))).when(time_out(later(days=7))).nothing()
    given(ACCOUNT_GATE, timed_out(later(days=7))).when(time_out(later(days=7), now=later(days=30))).nothing()


def test_after_a_time_out_another_one_may_be_taken():
    given(ACCOUNT_GATE, timed_out(later(days=7))).when(time_out(later(days=9), now=later(days=8))).then(timed_out(later(days=9)))


def test_an_exclusion_lasts_six_months_or_longer_or_for_ever_and_its_repeat_is_no_fact():
    given(ACCOUNT_GATE).when(exclude(SIX_MONTHS)).then(excluded(SIX_MONTHS))
    given(ACCOUNT_GATE).when(exclude(None)).then(excluded(None))
    given(ACCOUNT_GATE, excluded(SIX_MONTHS)).when(exclude(None)).then(excluded(None))
    given(ACCOUNT_GATE, excluded(SIX_MONTHS)).when(exclude(SIX_MONTHS)).nothing()
    given(ACCOUNT_GATE, excluded(SIX_MONTHS)).when(exclude(SIX_MONTHS, now=later(days=400))).nothing()
    given(ACCOUNT_GATE, excluded(None)).when(exclude(None)).nothing()


@pytest.mark.parametrize(
    ("now", "shortest"),
    [
        (datetime(2026, 8, 31, 23, tzinfo=UTC), datetime(2027, 2, 28, tzinfo=UTC)),
        (datetime(2027, 8, 31, tzinfo=UTC), datetime(2028, 2, 29, tzinfo=UTC)),
        (datetime(2026, 6, 30, tzinfo=UTC), datetime(2026, 12, 30, tzinfo=UTC)),
        (datetime(2026, 7, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_six_months_are_counted_by_the_calendar(now: datetime, shortest: datetime):
    given(ACCOUNT_GATE).when(exclude(shortest, now)).then(excluded(shortest))
    given(ACCOUNT_GATE).when(exclude(shortest - timedelta(microseconds=1), now)).refused(ExclusionTooShort, months_min=6)


def test_a_moment_is_told_in_utc_whatever_offset_it_came_with():
    given(ACCOUNT_GATE).when(time_out(datetime.fromisoformat("2026-06-15T14:00:00+02:00"))).then(timed_out(later(days=1)))


def test_a_return_is_asked_for_once_the_exclusion_has_ended_and_takes_a_day():
    ended = excluded(later(days=200))
    effective = later(days=201, minutes=1)
    given(ACCOUNT_GATE, ended).when(come_back(later(days=200))).then(returning(effective))
    given(ACCOUNT_GATE, ended, returning(effective)).when(come_back(later(days=200, hours=3))).nothing()
    given(ACCOUNT_GATE, ended, returning(effective)).when(come_back(later(days=300))).nothing()


def test_whoever_asked_for_a_return_may_exclude_themselves_again():
    facts = [excluded(later(days=200)), returning(later(days=201))]
    again = exclude(later(days=500), now=later(days=200, hours=1))
    given(ACCOUNT_GATE, *facts).when(again).then(excluded(later(days=500)))
    with pytest.raises(SelfExcludedNow):
        betting_from_us(gate_after(*facts, excluded(later(days=500))), micros(later(days=202)))


def test_an_account_is_closed_and_opened_again_and_an_exclusion_outlives_both():
    given(ACCOUNT_GATE).when(CloseAccount(ANN, "fraud", "boss", NOON)).then(CLOSED)
    given(ACCOUNT_GATE, CLOSED).when(CloseAccount(ANN, "fraud", "boss", NOON)).nothing()
    given(ACCOUNT_GATE, CLOSED).when(ReopenAccount(ANN, "boss", NOON)).then(AccountReopened(ANN, "boss", NOON))
    given(ACCOUNT_GATE).when(ReopenAccount(ANN, "boss", NOON)).nothing()
    gate = gate_after(excluded(None), CLOSED, AccountReopened(ANN, "boss", NOON))
    assert status_of(gate, NOW_US) == "self_excluded"


def test_an_office_is_taken_and_left_once_and_with_the_last_one_gone_the_account_bets_again():
    given(ACCOUNT_GATE).when(TakeOffice(ANN, "trader", "boss", NOON)).then(TRADER)
    given(ACCOUNT_GATE, TRADER).when(TakeOffice(ANN, "trader", "boss", NOON)).nothing()
    given(ACCOUNT_GATE, TRADER).when(LeaveOffice(ANN, "trader", "boss", NOON)).then(OfficeLeft(ANN, "trader", "boss", NOON))
    given(ACCOUNT_GATE).when(LeaveOffice(ANN, "trader", "boss", NOON)).nothing()
    auditor = OfficeTaken(ANN, "auditor", "boss", NOON)
    assert status_of(gate_after(TRADER, auditor, OfficeLeft(ANN, "trader", "boss", NOON)), NOW_US) == "staff"
    assert betting_from_us(gate_after(TRADER, OfficeLeft(ANN, "trader", "boss", NOON)), NOW_US) == 0


REFUSALS: list[tuple[str, list[Fact], Any, type[Refused], dict[str, Any]]] = [
    ("time-out: shorter", [timed_out(later(days=7))], time_out(later(days=6)), TimeOutNotShortened, {"until": later(days=7)}),
    ("time-out: shorter, in the past", [timed_out(later(days=7))], time_out(later(days=-1)), TimeOutNotShortened, {}),
    ("time-out: over before it begins", [], time_out(NOON), TimeOutOutOfRange, {"until": NOON}),
    ("time-out: too long", [], time_out(later(days=366, microseconds=1)), TimeOutOutOfRange, {"days_max": 366}),
    ("time-out: without an offset", [], time_out(datetime(2026, 6, 15)), TimeOutOutOfRange, {}),  # noqa: DTZ001
    ("exclusion: shorter", [excluded(later(days=300))], exclude(later(days=299)), ExclusionNotShortened, {"until": later(days=300)}),
    ("exclusion: no longer for ever", [excluded(None)], exclude(later(days=9_000)), ExclusionNotShortened, {"until": None}),
    ("exclusion: too short", [], exclude(later(days=182)), ExclusionTooShort, {"months_min": 6}),
    ("exclusion: beyond the calendar", [], exclude(datetime(2201, 1, 1, tzinfo=UTC)), ExclusionTooShort, {}),
    ("exclusion: without an offset", [], exclude(datetime(2027, 6, 15)), ExclusionTooShort, {}),  # noqa: DTZ001
    *[
        (f"{name}: {edge}", [], ask(datetime.fromisoformat(edge)), refusal, {})
        for name, ask, refusal in (("time-out", time_out, TimeOutOutOfRange), ("exclusion", exclude, ExclusionTooShort))
        for edge in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00")
    ],
    ("return: from nothing", [], come_back(NOON), NotSelfExcluded, {}),
    ("return: from a time-out", [timed_out(later(days=7))], come_back(later(days=8)), NotSelfExcluded, {}),
    ("return: too early", [excluded(later(days=200))], come_back(later(days=199)), ExclusionNotOver, {"until": later(days=200)}),
    ("return: from for ever", [excluded(None)], come_back(later(days=70_000)), ExclusionNotOver, {"until": None}),
    ("close: without a reason", [], CloseAccount(ANN, "", "boss", NOON), ReasonMalformed, {}),
    ("close: for another reason", [CLOSED], CloseAccount(ANN, "age", "boss", NOON), AlreadyClosed, {"reason": "fraud"}),
]


@pytest.mark.parametrize(("facts", "command", "refusal", "evidence"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_an_account_gate_refuses(facts: list[Fact], command: Any, refusal: type[Refused], evidence: dict[str, Any]):
    given(ACCOUNT_GATE, *facts).when(command).refused(refusal, **evidence)


BETTING: list[tuple[str, list[Fact], datetime, type[Refused] | datetime | None, str]] = [
    ("untouched", [], NOON, None, "active"),
    ("timed out", [timed_out(later(days=7))], later(days=7, microseconds=-1), TimedOutNow, "timed_out"),
    ("timed out, over", [timed_out(later(days=7))], later(days=7), later(days=7), "active"),
    ("excluded", [excluded(later(days=200))], NOON, SelfExcludedNow, "self_excluded"),
    ("excluded, over, no return", [excluded(later(days=200))], later(days=900), SelfExcludedNow, "self_excluded"),
    ("returning", [excluded(later(days=200)), returning(later(days=202))], later(days=201), SelfExcludedNow, "self_excluded"),
    ("returned", [excluded(later(days=200)), returning(later(days=202))], later(days=202), later(days=202), "active"),
    ("returned, timed out", [timed_out(later(days=300)), excluded(later(days=200)), returning(later(days=202))],
     later(days=202), TimedOutNow, "timed_out"),
    ("closed", [CLOSED], NOON, AccountIsClosed, "closed"),
    ("staff", [TRADER], NOON, StaffDoNotBet, "staff"),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "now", "expected", "status"), [row[1:] for row in BETTING], ids=[row[0] for row in BETTING])
def test_what_keeps_an_account_from_betting(facts: list[Fact], now: datetime, expected: Any, status: str):
    gate = gate_after(*facts)
    assert status_of(gate, micros(now)) == status
    if isinstance(expected, type):
        with pytest.raises(expected):
            betting_from_us(gate, micros(now))
    else:
        assert betting_from_us(gate, micros(now)) == (micros(expected) if expected else 0)


def test_a_return_holds_only_after_the_exclusion_and_as_long_as_it_takes_a_whole_day():
    gate = gate_after(excluded(later(days=200)))
    first_us, last_us = return_span_us(gate, come_back(later(days=300)))
    assert first_us == micros(later(days=200))
    (returned,) = ACCOUNT_GATE.decide(gate, come_back(later(days=300)))
    assert micros(returned.effective_from) == last_us + DAY_US
