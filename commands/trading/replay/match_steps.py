"""A match laid out in time: what happens when, in seconds of simulated time since kick-off. Plain data, made from the match alone.

A minute lasts a minute, minutes 45 and 90 three of them with their stoppage time; the breaks are shortened.
"""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import msgspec

from commands.trading.replay.match import Match
from domain.fixture.clock import PERIODS
from domain.fixture.state import Fixture
from domain.pricing import MatchMoment
from domain.settling.tennis import TennisScore

MINUTE_S = 60
STOPPAGE_MINUTES = 2
REOPEN_AFTER_S = 40
"""How long markets stay suspended after a goal."""

KICK_OFFS_APART_S = 600
"""How far apart matches kick off at most, while there is room for more."""

Kind = Literal["kick_off", "minute", "goal", "point", "reopen", "half_time", "full_time", "penalties", "end"]
"""What a step is. A goal, or whatever moves prices as far, suspends betting before it is told; a point does not."""

Betting = Literal["open", "suspended", "closed"]


class Period(NamedTuple):
    """A part of play: its name, its minutes, when it begins, and how long its last minute is."""

    name: str
    first: int
    last: int
    begins_s: int
    last_minute_s: int

    def begins_at(self, minute: int) -> int:
        """Return when a minute begins."""
        return self.begins_s + (minute - self.first) * MINUTE_S

    @property
    def ends_s(self) -> int:
        """When the period ends."""
        return self.begins_at(self.last) + self.last_minute_s


_STOPPAGE_S = (1 + STOPPAGE_MINUTES) * MINUTE_S
FIRST_HALF = Period("first_half", 1, 45, 0, _STOPPAGE_S)
SECOND_HALF = Period("second_half", 46, 90, FIRST_HALF.ends_s + 3 * MINUTE_S, _STOPPAGE_S)
EXTRA_TIME_FIRST = Period("extra_time_first", 91, 105, SECOND_HALF.ends_s + 2 * MINUTE_S, MINUTE_S)
EXTRA_TIME_SECOND = Period("extra_time_second", 106, 120, EXTRA_TIME_FIRST.ends_s + MINUTE_S, MINUTE_S)
FULL_TIME_S = SECOND_HALF.ends_s
END_AFTER_S = MINUTE_S
SHOOTOUT_S = 5 * MINUTE_S


def kick_offs_apart_s(matches: int) -> float:
    """Return how far apart so many matches kick off, so that not all are at the same minute, and none waits for longer than a match."""
    return min(KICK_OFFS_APART_S, FULL_TIME_S / matches)


class Step(msgspec.Struct, frozen=True):
    """Something that happens `at_s` seconds after kick-off: clock and score as they are from then on, and whether bets are taken.

    `minutes_gone` is how much of the match is over, for the price of what is left; the clock's `minute` is the one being played.
    """

    at_s: int
    kind: Kind
    period: str
    minute: int
    home: int
    away: int
    betting: Betting
    half_time: tuple[int, int] | None = None
    """The goals at half time, once that is reached."""

    reason: str = "goal"
    """Why betting is suspended where it is."""

    tennis: TennisScore | None = None

    @property
    def minutes_gone(self) -> int:
        """Whole minutes of regular time that are over."""
        if self.kind in ("half_time", "full_time"):
            return self.minute
        return max(self.minute - 1, 0)

    @property
    def moment(self) -> MatchMoment:
        """Where the match stands, for its prices."""
        return MatchMoment(self.minutes_gone, self.home, self.away, self.half_time)


class _Event(NamedTuple):
    """A step before score and betting are known; events at one moment happen in the order of `place`."""

    at_s: int
    place: int
    kind: Kind
    period: str
    minute: int
    home: int = 0
    away: int = 0


def timeline(match: Match) -> tuple[Step, ...]:
    """Return every step of a match in order, from kick-off to the end.

    A goal suspends betting, which comes back 40 seconds after the last goal or at half time. Betting ends with minute 90: extra time is
    played without it.
    """
    events = [_Event(0, 0, "kick_off", "first_half", 0), *_minutes(match), *_goals(match)]
    events += [
        _Event(FIRST_HALF.ends_s, 0, "half_time", "half_time", 45),
        _Event(FULL_TIME_S, 0, "full_time", "second_half", 90),
        *_finish(match),
    ]
    return tuple(_told(sorted(events)))


def _periods(match: Match) -> tuple[Period, ...]:
    return (FIRST_HALF, SECOND_HALF, EXTRA_TIME_FIRST, EXTRA_TIME_SECOND) if match.extra_time else (FIRST_HALF, SECOND_HALF)


def _minutes(match: Match) -> Iterator[_Event]:
    for period in _periods(match):
        for minute in range(period.first, period.last + 1):
            yield _Event(period.begins_at(minute), 1, "minute", period.name, minute)


def _goals(match: Match) -> Iterator[_Event]:
    """Yield the goals, those of one minute spread evenly over it, each with a reopening that `_told` drops if another goal comes first."""
    for period in _periods(match):
        for minute in sorted({goal.minute for goal in match.goals if period.first <= goal.minute <= period.last}):
            of_minute = [goal for goal in match.goals if goal.minute == minute]
            lasts_s = period.last_minute_s if minute == period.last else MINUTE_S
            for number, goal in enumerate(of_minute, start=1):
                at_s = period.begins_at(minute) + number * lasts_s // (len(of_minute) + 1)
                yield _Event(at_s, 2, "goal", period.name, minute, home=int(goal.side == "home"), away=int(goal.side == "away"))
                reopen_s = at_s + REOPEN_AFTER_S
                if reopen_s < period.ends_s and minute <= SECOND_HALF.last:
                    yield _Event(reopen_s, 3, "reopen", period.name, _minute_at(period, reopen_s))


def _minute_at(period: Period, at_s: int) -> int:
    return min(period.first + (at_s - period.begins_s) // MINUTE_S, period.last)


def _finish(match: Match) -> Iterator[_Event]:
    if not match.extra_time:
        yield _Event(FULL_TIME_S + END_AFTER_S, 0, "end", "second_half", 90)
        return
    over_s = EXTRA_TIME_SECOND.ends_s
    if match.shootout_winner:
        yield _Event(over_s, 0, "penalties", "penalties", 120)
        over_s += SHOOTOUT_S
    yield _Event(over_s + END_AFTER_S, 0, "end", "penalties" if match.shootout_winner else "extra_time_second", 120)


def _told(events: list[_Event]) -> Iterator[Step]:
    """Turn events into steps: add up the score, and keep betting suspended from a goal to the reopening after the last one."""
    home = away = 0
    half_time: tuple[int, int] | None = None
    betting: Betting = "open"
    reopen_s = 0
    for event in events:
        home, away = home + event.home, away + event.away
        if event.kind == "half_time":
            half_time = (home, away)
        if event.at_s >= FULL_TIME_S:
            betting = "closed"
        elif event.kind == "goal":
            betting, reopen_s = "suspended", event.at_s + REOPEN_AFTER_S
        elif event.kind == "half_time" or (event.kind == "reopen" and event.at_s >= reopen_s):
            betting = "open"
        elif event.kind == "reopen":
            continue
        yield Step(event.at_s, event.kind, event.period, event.minute, home=home, away=away, betting=betting, half_time=half_time)


def reached(steps: Sequence[Step], fixture: Fixture) -> int:
    """Return the index of the last step that a live fixture shows.

    It shows a step whose goals it has and whose clock it has, for both only ever grow. Full time looks like any moment of minute 90, so
    it counts only once extra time shows.
    """
    clock = (PERIODS.index(fixture.period), fixture.minute)
    goals = fixture.home_goals + fixture.away_goals
    shown = 0
    for index, step in enumerate(steps):
        if step.home + step.away > goals:
            break
        if step.kind not in ("full_time", "end") and (step.kind in ("goal", "point") or (PERIODS.index(step.period), step.minute) <= clock):
            shown = index
    return shown
