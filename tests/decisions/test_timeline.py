"""A match is laid out in time the same way for ever."""

from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from commands.trading.replay.match import Goal, Match
from commands.trading.replay.match_steps import FIRST_HALF, FULL_TIME_S, REOPEN_AFTER_S, reached, timeline
from domain.fixture.decider import PERIODS
from domain.fixture.state import Fixture
from domain.pricing import Expectation

KICK_OFF = datetime(2022, 12, 18, 15, tzinfo=UTC)


def match_of(*goals, extra_time=False, shootout_winner=""):
    return Match(
        source="test",
        competition="FIFA World Cup",
        home="Argentina",
        away="France",
        kick_off=KICK_OFF,
        neutral=True,
        goals=tuple(sorted(goals, key=lambda goal: goal.minute)),
        expected=Expectation(1.5, 1.2),
        extra_time=extra_time,
        shootout_winner=shootout_winner,
    )


goals = st.builds(Goal, st.integers(1, 90), st.sampled_from(["home", "away"]))
late_goals = st.builds(Goal, st.integers(91, 120), st.sampled_from(["home", "away"]))
regular_matches = st.lists(goals, max_size=9).map(lambda scored: match_of(*scored))
longer_matches = st.tuples(st.lists(goals, max_size=6), st.lists(late_goals, max_size=4), st.sampled_from(["", "home", "away"])).map(
    lambda parts: match_of(*parts[0], *parts[1], extra_time=True, shootout_winner=parts[2])
)
matches = regular_matches | longer_matches


@given(matches)
def test_time_score_and_clock_never_run_backwards(match):
    for earlier, later in pairwise(timeline(match)):
        assert later.at_s >= earlier.at_s
        assert later.home >= earlier.home
        assert later.away >= earlier.away
        assert (PERIODS.index(later.period), later.minute) >= (PERIODS.index(earlier.period), earlier.minute)


@given(matches)
def test_every_goal_falls_in_its_minute_and_the_end_has_the_final_score(match):
    steps = timeline(match)
    assert [step.minute for step in steps if step.kind == "goal"] == [goal.minute for goal in match.goals]
    assert (steps[-1].home, steps[-1].away) == match.score()
    full_time = next(step for step in steps if step.kind == "full_time")
    assert (full_time.home, full_time.away) == match.score(90)
    half_time = next(step for step in steps if step.kind == "half_time")
    assert (half_time.home, half_time.away) == match.score(45)


@given(matches)
def test_each_minute_is_played_once(match):
    played = [step.minute for step in timeline(match) if step.kind == "minute"]
    assert played == list(range(1, 121 if match.extra_time else 91))


@given(matches)
def test_no_bet_is_taken_from_a_goal_until_forty_seconds_after_it_or_the_break(match):
    last_goal_s = None
    for step in timeline(match):
        if step.kind == "goal":
            last_goal_s = step.at_s
        if step.betting == "open" and last_goal_s is not None:
            assert step.at_s >= last_goal_s + REOPEN_AFTER_S or (step.kind == "half_time" and last_goal_s < FIRST_HALF.ends_s)
            last_goal_s = None


@given(matches)
def test_betting_is_open_until_minute_ninety_is_over_and_closed_ever_after(match):
    steps = timeline(match)
    assert all(step.betting != "closed" for step in steps if step.at_s < FULL_TIME_S)
    assert all(step.betting == "closed" for step in steps if step.at_s >= FULL_TIME_S)
    assert steps[0].betting == "open"
    assert next(step for step in steps if step.kind == "half_time").betting == "open"


@given(matches)
def test_a_match_is_laid_out_the_same_way_every_time(match):
    assert timeline(match) == timeline(match)


def test_two_goals_in_a_minute_reopen_betting_once():
    steps = timeline(match_of(Goal(80, "away"), Goal(80, "away")))
    around = [(step.kind, step.betting) for step in steps if step.minute in (80, 81)]
    assert around == [
        ("minute", "open"),
        ("goal", "suspended"),
        ("goal", "suspended"),
        ("minute", "suspended"),
        ("reopen", "open"),
    ]


def test_what_is_over_of_a_match_is_what_its_price_needs_to_know():
    gone = {(step.kind, step.minute): step.minutes_gone for step in timeline(match_of())}
    assert gone["kick_off", 0] == 0
    assert gone["minute", 1] == 0
    assert gone["minute", 46] == gone["half_time", 45] == 45
    assert gone["minute", 90] == 89
    assert gone["full_time", 90] == 90


def test_a_shootout_comes_after_extra_time_and_changes_no_score():
    steps = timeline(match_of(Goal(23, "home"), Goal(118, "away"), extra_time=True, shootout_winner="home"))
    assert [step.kind for step in steps][-2:] == ["penalties", "end"]
    assert (steps[-1].period, steps[-1].home, steps[-1].away) == ("penalties", 1, 1)


@given(matches, st.data())
def test_a_fixture_that_was_cut_off_anywhere_is_gone_on_with_and_no_goal_is_left_out_or_told_again(match, data):
    steps = timeline(match)
    cut = data.draw(st.integers(0, len(steps) - 2))
    fixture = Fixture("live", period="first_half")
    clock = (PERIODS.index("first_half"), 0)
    for step in steps[: cut + 1]:
        if step.kind not in ("kick_off", "goal"):
            clock = max(clock, (PERIODS.index(step.period), step.minute))
    fixture = Fixture("live", minute=clock[1], period=PERIODS[clock[0]], home_goals=steps[cut].home, away_goals=steps[cut].away)
    again = reached(steps, fixture)
    assert (steps[again].home, steps[again].away) == (steps[cut].home, steps[cut].away)
    assert [step.kind for step in steps[min(again, cut) : max(again, cut) + 1]].count("goal") <= 1
    assert abs(steps[again].at_s - steps[cut].at_s) <= 5 * 60
