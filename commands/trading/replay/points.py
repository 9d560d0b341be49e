"""Basketball and American football as they are played: a match by what each possession brings, laid out in time, and its prices."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from commands.trading.replay.match_steps import Betting, Kind, Step
from commands.trading.replay.offer import MatchOffer
from domain.pricing import Books, PricedMarket
from domain.pricing.other_sports import points_books, points_markets
from domain.pricing.points import AMERICAN_FOOTBALL, BASKETBALL, PointsExpected, PointsMoment, PointsRules

QUARTERS = ("first_quarter", "second_quarter", "third_quarter", "fourth_quarter")
BREAK_S, END_AFTER_S = 120, 60


class Game(NamedTuple):
    """How a game of a sport goes: how it scores, how long a quarter and an overtime are, and when a score suspends betting.

    That is so from `suspends_from_s` of the clock on, and lasts `suspended_s`: a basket in the first quarter moves prices by little.
    """

    rules: PointsRules
    quarter_s: int
    overtime_s: int
    suspends_from_s: int
    suspended_s: int

    @property
    def regular_s(self) -> int:
        """How long regular time is."""
        return len(QUARTERS) * self.quarter_s


GAMES = {
    "basketball": Game(BASKETBALL, 720, 300, suspends_from_s=2_760, suspended_s=6),
    "american_football": Game(AMERICAN_FOOTBALL, 900, 600, suspends_from_s=0, suspended_s=40),
}
"""Sport -> its game."""

Possessions = tuple[bytes, bytes]
"""The points that each possession of a period brings: home's, and away's, which follow each other in turn."""


class PointsMatch(msgspec.Struct, frozen=True, kw_only=True):
    """A match: who, the points expected of each side, and what every possession brings, in regular time and in each overtime."""

    source: str
    competition: str
    home: str
    away: str
    kick_off: datetime
    sport: str
    expected: PointsExpected
    regular: Possessions
    overtimes: tuple[Possessions, ...] = ()
    neutral: bool = False


class PointsStep(Step, frozen=True):
    """A step of such a match: `left` are the possessions that each side has left of the period."""

    left: tuple[int, int] = (0, 0)


def markets_of(match: PointsMatch, *, every: bool) -> tuple[PricedMarket, ...]:
    """Return the markets of a match, in the order they are shown."""
    return points_markets(match.expected, every=every)


def opening_books(match: PointsMatch, markets: Sequence[PricedMarket]) -> Books:
    """Return what the markets cost before the match begins."""
    rules = GAMES[match.sport].rules
    return points_books(rules, [markets], [match.expected], [PointsMoment(0, 0, rules.possessions, rules.possessions)])[0]


def books_at(moments: Sequence[tuple[MatchOffer, PointsStep]], *, every: bool) -> list[Books]:
    """Return the prices of each match at its step, all of one sport."""
    matches = [_match(offer) for offer, _ in moments]
    return points_books(
        GAMES[matches[0].sport].rules,
        [markets_of(match, every=every) for match in matches],
        [match.expected for match in matches],
        [PointsMoment(step.home, step.away, *step.left) for _, step in moments],
    )


def _match(offer: MatchOffer) -> PointsMatch:
    match = offer.match
    assert isinstance(match, PointsMatch), "an offer of points is of a match of points"
    return match


class _Period(NamedTuple):
    """A stretch of play: its name, on which second of the clock it begins and ends, when that is, and the possessions in it by turns."""

    name: str
    begins_s: int
    ends_s: int
    at_s: int


class _Event(NamedTuple):
    """A step before score and betting are known; events at one moment happen in the order of `place`."""

    at_s: int
    place: int
    kind: Kind
    period: str
    minute: int
    home: int = 0
    away: int = 0
    left: tuple[int, int] | None = None


def steps_of(match: PointsMatch) -> tuple[PointsStep, ...]:
    """Return every step of a match in order, from the first quarter to the end. Betting goes on in overtime, which counts."""
    return tuple(_told(sorted(_events(match), key=lambda event: event[:2]), GAMES[match.sport]))


def _events(match: PointsMatch) -> Iterator[_Event]:
    game = GAMES[match.sport]
    yield _Event(0, 0, "kick_off", "first_half", 0)
    quarters = [
        _Period(name, number * game.quarter_s, (number + 1) * game.quarter_s, number * (game.quarter_s + BREAK_S))
        for number, name in enumerate(QUARTERS)
    ]
    for quarter in quarters:
        yield from _minutes(quarter)
    half = quarters[1]
    yield _Event(_at(half, half.ends_s), 5, "half_time", "half_time", half.ends_s // 60)
    yield from _scores(match.regular, quarters, game)
    last = quarters[-1]
    for possessions in match.overtimes:
        last = _Period("overtime", last.ends_s, last.ends_s + game.overtime_s, _at(last, last.ends_s) + BREAK_S)
        yield _Event(last.at_s, 0, "minute", "overtime", last.begins_s // 60, left=(len(possessions[0]), len(possessions[1])))
        yield from _minutes(last)
        yield from _scores(possessions, [last], game)
    over_s = _at(last, last.ends_s)
    yield _Event(over_s, 6, "full_time", last.name, last.ends_s // 60)
    yield _Event(over_s + END_AFTER_S, 0, "end", last.name, last.ends_s // 60)


def _at(period: _Period, clock_s: int) -> int:
    """Return when the clock of a period shows a second."""
    return period.at_s + clock_s - period.begins_s


def _minutes(period: _Period) -> Iterator[_Event]:
    for clock_s in range(period.begins_s, period.ends_s, 60):
        yield _Event(_at(period, clock_s), 1, "minute", period.name, clock_s // 60)


def _scores(possessions: Possessions, periods: Sequence[_Period], game: Game) -> Iterator[_Event]:
    """Yield every possession, home's and away's in turn, spread evenly over the periods; one that brings nothing only counts down."""
    begins_s, ends_s = periods[0].begins_s, periods[-1].ends_s
    turns = [(side, points) for pair in zip(*possessions, strict=True) for side, points in enumerate(pair)]
    left = [len(possessions[0]), len(possessions[1])]
    for number, (side, points) in enumerate(turns):
        clock_s = begins_s + int((number + 0.5) * (ends_s - begins_s) / len(turns))
        period = next(one for one in periods if clock_s < one.ends_s)
        left[side] -= 1
        suspends = bool(points) and clock_s >= game.suspends_from_s
        kind: Kind = "goal" if suspends else "point" if points else "reopen"
        scored = {("home", "away")[side]: points}
        yield _Event(_at(period, clock_s), 2, kind, period.name, clock_s // 60, left=(left[0], left[1]), **scored)
        reopens_s = clock_s + game.suspended_s
        if suspends and reopens_s < period.ends_s:
            yield _Event(_at(period, reopens_s), 3, "reopen", period.name, reopens_s // 60, left=(left[0], left[1]))


def _told(events: Sequence[_Event], game: Game) -> Iterator[PointsStep]:
    """Turn events into steps: add up the score, keep betting suspended from a score to the reopening after it, and count down."""
    home = away = 0
    half_time: tuple[int, int] | None = None
    betting: Betting = "open"
    left = (game.rules.possessions, game.rules.possessions)
    suspended_until_s = 0
    for event in events:
        home, away, left = home + event.home, away + event.away, left if event.left is None else event.left
        is_break = event.kind == "half_time" or (event.kind == "minute" and event.place == 0)
        if event.kind == "half_time":
            half_time = (home, away)
        if event.kind in ("full_time", "end"):
            betting = "closed"
        elif event.kind == "goal":
            betting, suspended_until_s = "suspended", event.at_s + game.suspended_s
        elif is_break or event.at_s >= suspended_until_s:
            betting = "open"
        is_idle = event.kind == "reopen" and event.place == 2
        if is_idle:
            continue
        yield PointsStep(
            at_s=event.at_s,
            kind=event.kind,
            period=event.period,
            minute=event.minute,
            home=home,
            away=away,
            betting=betting,
            half_time=half_time,
            reason="score",
            left=left,
        )
