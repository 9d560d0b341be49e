"""The rules of a fixture."""

from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import msgspec
import pytest

from domain.fact import Fact
from domain.fixture.clock import PERIODS
from domain.fixture.commands import (
    AbandonFixture,
    AdvanceClock,
    ChangeScore,
    ConfirmScore,
    EndFixture,
    KickOff,
    RescheduleFixture,
    ScheduleFixture,
)
from domain.fixture.decider import (
    FIXTURE,
    AlreadyAbandoned,
    ClockMalformed,
    FixtureEndedDifferently,
    FixtureNotLive,
    FixtureUnknown,
    ScoreBelowConfirmed,
    ScoreMalformed,
)
from domain.fixture.facts import (
    ClockAdvanced,
    FixtureAbandoned,
    FixtureEnded,
    FixtureRescheduled,
    FixtureScheduled,
    KickedOff,
    ScoreChanged,
    ScoreConfirmed,
)
from domain.fixture.schedule import FixtureBegun, FixtureKeyReused, FixtureMalformed, KickOffMovedTooFar, KickOffOutOfRange
from domain.refused import Refused
from domain.settling.rules import MatchScore
from domain.text import ReasonMalformed
from tests.decisions.given import NOON, given, later

F = "fixture-1"
SCHEDULED = FixtureScheduled("football", "Friendly", "Brazil", "Norway", later(hours=1), False, NOON)
LIVE = [SCHEDULED, KickedOff(NOON)]
ENDED = [*LIVE, FixtureEnded(2, 1, 2, 1, NOON)]


def schedule(home: str = "Brazil", away: str = "Norway", sport: str = "football", hours: int = 1) -> ScheduleFixture:
    return ScheduleFixture(F, sport, "Friendly", home, away, later(hours=hours), False, NOON)


def test_a_match_is_scheduled_kicks_off_runs_scores_and_ends():
    given(FIXTURE).when(schedule()).then(SCHEDULED)
    given(FIXTURE, SCHEDULED).when(KickOff(F, NOON)).then(KickedOff(NOON))
    given(FIXTURE, *LIVE).when(AdvanceClock(F, 1, "first_half", NOON)).then(ClockAdvanced(1, "first_half", NOON))
    given(FIXTURE, *LIVE).when(ChangeScore(F, 1, 0, 7, "first_half", NOON)).then(ScoreChanged(1, 0, 7, "first_half", NOON))
    given(FIXTURE, *LIVE).when(EndFixture(F, 1, 1, 2, 1, NOON, "home")).then(FixtureEnded(1, 1, 2, 1, NOON, "home"))
    given(FIXTURE, *LIVE).when(AbandonFixture(F, "fog", NOON)).then(FixtureAbandoned("fog", NOON))


@pytest.mark.parametrize(
    ("facts", "command"),
    [
        ([SCHEDULED], schedule()),
        (LIVE, KickOff(F, NOON)),
        (LIVE, ChangeScore(F, 0, 0, 999, "", NOON)),
        ([*LIVE, ScoreChanged(1, 0, 7, "first_half", NOON)], ChangeScore(F, 1, 0, 7, "first_half", NOON)),
        ([*LIVE, ClockAdvanced(30, "second_half", NOON)], AdvanceClock(F, 30, "second_half", NOON)),
        ([*LIVE, ClockAdvanced(30, "second_half", NOON)], AdvanceClock(F, 29, "second_half", NOON)),
        ([*LIVE, ClockAdvanced(46, "second_half", NOON)], AdvanceClock(F, 47, "first_half", NOON)),
        (ENDED, EndFixture(F, 2, 1, 2, 1, later(hours=9))),
        ([*LIVE, FixtureAbandoned("fog", NOON)], AbandonFixture(F, "fog", later(hours=9))),
    ],
)
def test_a_repeat_changes_nothing_and_the_clock_never_runs_back(facts: list[Fact], command: Any):
    given(FIXTURE, *facts).when(command).nothing()


def test_a_goal_can_be_taken_back():
    given(FIXTURE, *LIVE, ScoreChanged(1, 0, 7, "first_half", NOON)).when(ChangeScore(F, 0, 0, 8, "first_half", NOON)).then(
        ScoreChanged(0, 0, 8, "first_half", NOON)
    )


def test_the_periods_follow_each_other_even_where_the_minute_is_lower():
    given(FIXTURE, *LIVE, ClockAdvanced(47, "first_half", NOON)).when(AdvanceClock(F, 46, "second_half", NOON)).then(
        ClockAdvanced(46, "second_half", NOON)
    )
    assert len(set(PERIODS)) == len(PERIODS)


def test_a_match_of_quarters_has_a_half_time_score_and_its_overtime_counts():
    state = FIXTURE.initial
    told = [ScoreChanged(26, 20, 12, "first_quarter", NOON), ScoreChanged(50, 51, 24, "second_quarter", NOON)]
    breaks = [ClockAdvanced(24, "half_time", NOON), ClockAdvanced(48, "fourth_quarter", NOON), ClockAdvanced(48, "overtime", NOON)]
    for fact in [*LIVE, *told, *breaks, ScoreChanged(60, 51, 53, "overtime", NOON)]:
        state = FIXTURE.evolve(state, fact)
    assert (state.half_time, state.full_time, state.score.home, state.score.away) == ((50, 51), None, 60, 51)


def test_a_tennis_match_has_no_half_time():
    state = FIXTURE.initial
    for fact in [*LIVE, ClockAdvanced(1, "first_set", NOON), ClockAdvanced(40, "second_set", NOON)]:
        state = FIXTURE.evolve(state, fact)
    assert state.half_time is state.full_time is None


MOVES = [ClockAdvanced(40, "first_half", NOON), ClockAdvanced(46, "second_half", NOON), ScoreChanged(1, 0, 35, "first_half", NOON)]


@pytest.mark.parametrize("order", list(permutations(MOVES)))
def test_no_fact_takes_the_match_clock_back(order: tuple[Fact, ...]):
    """A goal of the 35th minute that is told in the 40th leaves the clock where it is, and so does whatever else an old log holds."""
    shown = [given(FIXTURE, *LIVE, *order[:n]).state.clock for n in range(4)]
    assert shown == sorted(shown, key=lambda clock: (PERIODS.index(clock.period), clock.minute))


def test_a_goal_told_late_is_recorded_with_the_clock_as_it_stands():
    given(FIXTURE, *LIVE, ClockAdvanced(40, "first_half", NOON)).when(ChangeScore(F, 1, 0, 35, "first_half", NOON)).then(
        ScoreChanged(1, 0, 40, "first_half", NOON)
    )


def half_time(*facts: Fact) -> tuple[int, int] | None:
    known: tuple[int, int] | None = given(FIXTURE, *LIVE, *facts).state.score.half_time
    return known


GOAL = ScoreChanged(1, 0, 30, "first_half", NOON)
BREAK = ClockAdvanced(45, "half_time", NOON)


def test_a_fixture_keeps_the_score_of_half_time():
    assert half_time(GOAL) is None
    assert half_time(GOAL, BREAK) == (1, 0)
    assert half_time(GOAL, BREAK, ScoreChanged(2, 0, 50, "second_half", NOON)) == (1, 0)
    assert half_time(GOAL, ScoreChanged(1, 1, 47, "second_half", NOON)) == (1, 0)
    assert half_time(GOAL, ScoreChanged(1, 1, 45, "half_time", NOON)) == (1, 1)
    assert half_time(GOAL, BREAK, ScoreChanged(0, 0, 50, "second_half", NOON)) == (0, 0)
    assert half_time(GOAL, BREAK, FixtureEnded(0, 2, 0, 2, NOON)) == (0, 0)


def test_goals_of_extra_time_do_not_count_for_markets():
    over = ClockAdvanced(91, "extra_time_first", NOON)
    score = given(FIXTURE, *LIVE, GOAL, BREAK, over, ScoreChanged(2, 0, 95, "extra_time_first", NOON)).state.score
    assert (score.phase, score.home, score.away) == ("playing", 1, 0)
    assert given(FIXTURE, *LIVE, FixtureEnded(1, 1, 2, 1, NOON)).state.score == MatchScore("over", 1, 1)


def test_a_score_that_a_market_was_graded_on_is_confirmed_once_and_only_grows():
    confirmed = ScoreConfirmed(1, 0, NOON)
    given(FIXTURE, *LIVE, GOAL).when(ConfirmScore(F, 1, 0, NOON)).then(confirmed)
    given(FIXTURE, *LIVE, GOAL, confirmed).when(ConfirmScore(F, 1, 0, NOON)).nothing()
    given(FIXTURE, *LIVE, GOAL, ScoreConfirmed(1, 0, NOON)).when(ConfirmScore(F, 0, 1, NOON)).then(ScoreConfirmed(1, 1, NOON))
    given(FIXTURE, *LIVE, GOAL, confirmed).when(ChangeScore(F, 0, 0, 31, "first_half", NOON)).refused(
        ScoreBelowConfirmed, home=0, away=0, confirmed_home=1, confirmed_away=0
    )
    given(FIXTURE, *LIVE, GOAL, confirmed).when(EndFixture(F, 0, 0, 1, 0, NOON)).refused(ScoreBelowConfirmed)


def test_a_match_is_moved_until_it_begins_and_not_further_than_its_bets_stand():
    moved = FixtureRescheduled(later(hours=73), later(hours=1), NOON)
    given(FIXTURE, SCHEDULED).when(RescheduleFixture(F, later(hours=73), NOON)).then(moved)
    given(FIXTURE, SCHEDULED, moved).when(RescheduleFixture(F, later(hours=73), NOON)).nothing()
    given(FIXTURE, SCHEDULED).when(RescheduleFixture(F, later(hours=1), NOON)).nothing()
    back = FixtureRescheduled(later(hours=1), later(hours=73), NOON)
    given(FIXTURE, SCHEDULED, moved).when(RescheduleFixture(F, later(hours=1), NOON)).then(back)
    given(FIXTURE, SCHEDULED, moved).when(RescheduleFixture(F, later(hours=74), NOON)).refused(
        KickOffMovedTooFar, fixture_id=F, until=later(hours=73)
    )
    given(FIXTURE, *LIVE).when(RescheduleFixture(F, later(hours=2), NOON)).refused(FixtureBegun, fixture_id=F, status="live")
    given(FIXTURE).when(RescheduleFixture(F, later(hours=2), NOON)).refused(FixtureUnknown)
    given(FIXTURE, SCHEDULED, moved).when(schedule()).nothing()
    assert given(FIXTURE, SCHEDULED, moved).state.announced == moved


OFF = [SCHEDULED, FixtureAbandoned("fog", NOON)]
REFUSALS: list[tuple[str, list[Fact], Any, type[Refused], dict[str, Any]]] = [
    ("schedule: other teams", [SCHEDULED], schedule(home=""), FixtureKeyReused, {"fixture_id": F}),
    ("schedule: other kick-off", [SCHEDULED], schedule(hours=2), FixtureKeyReused, {"fixture_id": F}),
    ("schedule: other sport", [SCHEDULED], schedule(sport="futsal"), FixtureKeyReused, {}),
    ("schedule: other competition", [SCHEDULED], msgspec.structs.replace(schedule(), competition="Cup"), FixtureKeyReused, {}),
    ("schedule: neutral ground", [SCHEDULED], msgspec.structs.replace(schedule(), neutral=True), FixtureKeyReused, {}),
    ("schedule: an unprintable name", [], schedule(home="Bra\0zil"), FixtureMalformed, {"home": "Bra\0zil"}),
    ("schedule: no name", [], schedule(home=""), FixtureMalformed, {"home": "", "away": "Norway"}),
    ("schedule: long name", [], schedule(away="x" * 121), FixtureMalformed, {"away": "x" * 120}),
    ("schedule: no sport", [], schedule(sport=""), FixtureMalformed, {}),
    ("schedule: itself", [], schedule(away="Brazil"), FixtureMalformed, {"home": "Brazil", "away": "Brazil"}),
    ("kick off: unknown", [], KickOff(F, NOON), FixtureUnknown, {"fixture_id": F}),
    ("kick off: ended", ENDED, KickOff(F, NOON), FixtureNotLive, {"fixture_id": F, "status": "ended"}),
    ("clock: unknown fixture", [], AdvanceClock(F, -1, "", NOON), FixtureUnknown, {}),
    ("clock: unknown period", [SCHEDULED], AdvanceClock(F, 1, "innings", NOON), ClockMalformed, {"minute": 1, "period": "innings"}),
    ("clock: before the start", [SCHEDULED], AdvanceClock(F, -1, "first_half", NOON), ClockMalformed, {"minute": -1}),
    ("clock: endless", [SCHEDULED], AdvanceClock(F, 201, "first_half", NOON), ClockMalformed, {"minute": 201}),
    ("clock: not live", [SCHEDULED], AdvanceClock(F, 1, "first_half", NOON), FixtureNotLive, {"status": "scheduled"}),
    ("score: not live", ENDED, ChangeScore(F, -1, 0, 1, "", NOON), FixtureNotLive, {"status": "ended"}),
    ("score: clock", LIVE, ChangeScore(F, -1, 0, 1, "", NOON), ClockMalformed, {"period": ""}),
    ("score: negative", LIVE, ChangeScore(F, -1, 0, 1, "first_half", NOON), ScoreMalformed, {"home": -1, "away": 0}),
    ("score: a cricket score", LIVE, ChangeScore(F, 0, 201, 1, "first_half", NOON), ScoreMalformed, {"away": 201}),
    ("clock: half a minute", LIVE, AdvanceClock(F, 7.5, "first_half", NOON), ClockMalformed, {"minute": 7.5}),  # type: ignore[arg-type]
    ("score: half a goal", LIVE, ChangeScore(F, 1.5, 0, 1, "first_half", NOON), ScoreMalformed, {"home": 1.5}),  # type: ignore[arg-type]
    ("end: half a goal", LIVE, EndFixture(F, 0, 1.5, 0, 2, NOON), ScoreMalformed, {"away": 1.5}),  # type: ignore[arg-type]
    ("end: not live", [SCHEDULED], EndFixture(F, -1, 0, 0, 0, NOON), FixtureNotLive, {"status": "scheduled"}),
    ("end: another score after it ended", ENDED, EndFixture(F, 2, 2, 2, 2, NOON), FixtureEndedDifferently, {"home": 2, "away": 1}),
    ("end: another shootout after it ended", ENDED, EndFixture(F, 2, 1, 2, 1, NOON, "home"), FixtureEndedDifferently, {"fixture_id": F}),
    ("end: negative", LIVE, EndFixture(F, -1, 0, 0, 0, NOON), ScoreMalformed, {"home": -1}),
    ("end: negative in the end", LIVE, EndFixture(F, 0, 0, 0, -1, NOON), ScoreMalformed, {"away": -1}),
    ("end: fewer in the end", LIVE, EndFixture(F, 2, 0, 1, 0, NOON), ScoreMalformed, {"home": 1}),
    ("end: a third winner", LIVE, EndFixture(F, 1, 1, 1, 1, NOON, "referee"), ScoreMalformed, {}),
    ("abandon: unknown", [], AbandonFixture(F, "fog", NOON), FixtureUnknown, {}),
    ("abandon: ended", ENDED, AbandonFixture(F, "fog", NOON), FixtureNotLive, {"status": "ended"}),
    ("abandon: for another reason", OFF, AbandonFixture(F, "rain", NOON), AlreadyAbandoned, {"fixture_id": F, "reason": "fog"}),
    ("abandon: endless reason", LIVE, AbandonFixture(F, "x" * 999, NOON), ReasonMalformed, {"reason": "x" * 120}),
    ("abandon: unprintable reason", LIVE, AbandonFixture(F, "fog\0", NOON), ReasonMalformed, {"reason": "fog\0"}),
    ("abandon: no reason", LIVE, AbandonFixture(F, "", NOON), ReasonMalformed, {}),
    ("kick off: abandoned", OFF, KickOff(F, NOON), FixtureNotLive, {"status": "abandoned"}),
]


@pytest.mark.parametrize(("facts", "command", "refusal", "evidence"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_a_fixture_refuses(facts: list[Fact], command: Any, refusal: type[Refused], evidence: dict[str, Any]):
    given(FIXTURE, *facts).when(command).refused(refusal, **evidence)


@pytest.mark.parametrize(
    "kick_off",
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "1899-12-31T23:59:59Z", "2201-01-01T00:00:00Z", "2026-06-14T12:00:00"],
)
def test_a_kick_off_at_the_edge_of_the_calendar_or_of_no_place_is_refused(kick_off: str):
    asked = msgspec.structs.replace(schedule(), kick_off=datetime.fromisoformat(kick_off))
    given(FIXTURE).when(asked).refused(KickOffOutOfRange, kick_off=asked.kick_off.isoformat())


def test_a_kick_off_is_kept_in_utc_and_told_again_in_any_zone_is_a_repeat():
    elsewhere = msgspec.structs.replace(schedule(), kick_off=datetime.fromisoformat("2026-06-14T15:00:00+02:00"))
    (fact,) = FIXTURE.decide(FIXTURE.initial, elsewhere)
    assert fact == SCHEDULED
    assert isinstance(fact, FixtureScheduled)
    assert fact.kick_off.tzinfo is UTC
    given(FIXTURE, SCHEDULED).when(elsewhere).nothing()


def test_a_fixture_is_scheduled_once():
    with pytest.raises(AssertionError):
        given(FIXTURE, SCHEDULED, SCHEDULED)
