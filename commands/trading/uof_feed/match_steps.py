"""What brings a match from where it stands in the log to where a feed says it is."""

from collections.abc import Iterator
from datetime import datetime

from commands.trading.uof_feed.messages import MatchTold
from domain.fixture.clock import PERIODS
from domain.fixture.commands import AbandonFixture, AdvanceClock, ChangeScore, EndFixture, FixtureCommand, KickOff
from domain.fixture.state import Fixture

HALF_TIME_MINUTE, FULL_TIME_MINUTE = 45, 90


def played(fixture_id: str, fixture: Fixture, match: MatchTold, at: datetime, actor: str) -> Iterator[FixtureCommand]:
    """Yield what brings the match from where it stands in the log to where it is told to be."""
    if fixture.status in ("ended", "abandoned") or match.stage == "before":
        return
    if match.stage == "abandoned":
        yield AbandonFixture(fixture_id, match.reason, at, actor)
        return
    if fixture.status != "live":
        yield KickOff(fixture_id, at, actor)
    goals = (fixture.home_goals, fixture.away_goals)
    if match.half_time is not None and fixture.half_time is None:
        if goals != match.half_time:
            yield ChangeScore(fixture_id, *match.half_time, HALF_TIME_MINUTE, "half_time", at, actor)
        yield AdvanceClock(fixture_id, HALF_TIME_MINUTE, "half_time", at, actor)
        goals = match.half_time
    if match.stage == "over":
        regular = match.regular or (match.home, match.away)
        yield EndFixture(fixture_id, *regular, match.home, match.away, at, actor=actor)
        return
    minute = _minute(fixture, match)
    if goals != (match.home, match.away):
        yield ChangeScore(fixture_id, match.home, match.away, minute, match.period, at, actor)
    elif (fixture.minute, fixture.period) != (minute, match.period):
        yield AdvanceClock(fixture_id, minute, match.period, at, actor)


def _minute(fixture: Fixture, match: MatchTold) -> int:
    """Return the minute that is told, or the least one of a period without a clock that is not before what the clock shows."""
    if match.minute is not None:
        return match.minute
    least = {"first_half": 0, "half_time": HALF_TIME_MINUTE, "second_half": HALF_TIME_MINUTE}.get(match.period, FULL_TIME_MINUTE)
    is_later = PERIODS.index(match.period) > PERIODS.index(fixture.period)
    return least if is_later else max(least, fixture.minute)
