"""What each type of market is: the line it needs, how many of its selections can win, and when its result is beyond change.

A result follows from the score alone, by `results_of`: the market's rules, the feed and the routes all ask it.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import msgspec

from domain.odds import Odds
from domain.settling.grading import (
    FinalScore,
    Goals,
    Lines,
    Results,
    SpecifierMalformed,
    both_teams_to_score,
    grade,
    grader_of,
    total_goals,
)
from domain.settling.racing import RACE_PLACE, RACE_WINNER, RACES, place_terms_of, places_of
from domain.settling.returns import WON
from domain.settling.tennis import BEST_OF, TENNIS_TYPES, Sets, SetsUnknown

FIRST_HALF = "first_half_"
"""The period of markets that are out at half time."""

LINE_QUARTERS_MAX = 400
"""The longest line: a hundred goals, or games."""

POINTS_QUARTERS_MAX = 2_000
"""The longest line of points: five hundred."""

Phase = Literal["before", "playing", "over", "abandoned"]


class MatchScore(msgspec.Struct, frozen=True, gc=False):
    """What a match says of its result: where it stands, and the goals of regular time so far.

    `half_time` is the score at half time, None until that is reached; then it only changes by a correction of the score to below it.
    Of tennis, `sets` are the games of each set, and `retired` says that somebody gave up.
    """

    phase: Phase = "before"
    home: int = 0
    away: int = 0
    half_time: tuple[int, int] | None = None
    sets: Sets = ()
    retired: bool = False


class Type(NamedTuple):
    """One type of market: its period ("first_half_", "second_half_" or "" for regular time) and what is asked of it."""

    period: str
    asks: str


class Overround(NamedTuple):
    """What the implied chances (1 / odds) of all selections add up to, for each one that wins: above `low`, up to `high`, in percent."""

    low_percent: int = 100
    high_percent: int = 125


LINES: dict[str, str] = {
    "total_goals": "total",
    "result_and_total": "total",
    "asian_handicap": "hcp",
    "point_spread": "hcp",
    "total_points": "total",
    "total_games": "total",
}
"""What is asked -> its line, the one specifier that it needs. `set_betting` needs `bestof`; the others need none."""

WHOLE_AND_HALF = frozenset({"point_spread", "total_points", "total_games"})
"""What is asked of which lines are whole or half, as the books of those sports have them."""

LINE_MAX = {"point_spread": POINTS_QUARTERS_MAX, "total_points": POINTS_QUARTERS_MAX}

WINNERS: dict[str, int] = {"double_chance": 2}
"""What is asked -> how many selections win, where that is not one."""

OVERROUNDS: dict[str, Overround] = {
    "result_and_total": Overround(high_percent=135),
    "half_time_full_time": Overround(high_percent=140),
    "correct_score": Overround(high_percent=160),
    "winning_margin": Overround(high_percent=135),
    RACE_WINNER: Overround(high_percent=180),
    RACE_PLACE: Overround(high_percent=180),
    "set_betting": Overround(high_percent=135),
}
"""What is asked -> the bounds of its prices, where they are not the usual ones: books on many selections take more."""

DECIDED_EARLY: dict[str, Callable[[Goals, Lines], bool]] = {
    "total_goals": lambda goals, lines: total_goals(goals, lines)["over"] == WON,
    "total_points": lambda goals, lines: total_goals(goals, lines)["over"] == WON,
    "both_teams_to_score": lambda goals, lines: both_teams_to_score(goals, lines)["yes"] == WON,
}
"""What is asked -> whether these goals decide it, whatever follows. Goals are only ever added, so nothing else is decided in play."""


def type_of(market_type: str) -> Type:
    """Return what a type of market asks of which period.

    Raises:
        MarketTypeUnknown: when no rule grades it.

    """
    if market_type == "half_time_full_time" or market_type in RACES or market_type in TENNIS_TYPES:
        return Type("", market_type)
    period, _ = grader_of(market_type)
    return Type(period, market_type.removeprefix(period))


def winners_of(market_type: str, specifiers: Mapping[str, str]) -> int:
    """Return how many selections of a market win at most, dead heats aside.

    Raises:
        MarketTypeUnknown, SpecifierMalformed: when no rule grades it.

    """
    if market_type in RACES:
        return places_of(market_type, specifiers)
    return WINNERS.get(type_of(market_type).asks, 1)


def is_exclusive(market_type: str, specifiers: Mapping[str, str]) -> bool:
    """Return whether a market pays on one of its selections alone. Of a race several may be paid: one wins, and others are void.

    Raises:
        MarketTypeUnknown, SpecifierMalformed: when no rule grades it.

    """
    return market_type not in RACES and winners_of(market_type, specifiers) == 1


def canonical_specifiers(market_type: str, specifiers: Mapping[str, str]) -> dict[str, str]:
    """Return the specifiers in the one form that they are stored in: a line as "2.5", "2" or "-0.75", a race's places as they are.

    Lines of points and games are whole or half.

    Raises:
        MarketTypeUnknown: when no rule grades the type.
        SpecifierMalformed: when there is one too many, or the type needs a line and has none that can be read.

    """
    if market_type in RACES:
        place_terms_of(market_type, specifiers)
        places_of(market_type, specifiers)
        return dict(specifiers)
    asks = type_of(market_type).asks
    if asks == "set_betting":
        if set(specifiers) != {"bestof"} or specifiers["bestof"] not in BEST_OF:
            raise SpecifierMalformed(market_type, "|".join(f"{name}={value}" for name, value in specifiers.items())[:60])
        return dict(specifiers)
    name = LINES.get(asks)
    for other in specifiers:
        if other != name:
            raise SpecifierMalformed(market_type, f"{other}={specifiers[other]}"[:60])
    if name is None:
        return {}
    quarters = Lines(market_type, specifiers).quarters(name)
    most = LINE_MAX.get(asks, LINE_QUARTERS_MAX)
    if not (1 if name == "total" else -most) <= quarters <= most or (quarters % 2 and asks in WHOLE_AND_HALF):
        raise SpecifierMalformed(market_type, f"{name}={specifiers[name]}"[:60])
    whole, rest = divmod(abs(quarters), 4)
    return {name: f"{'-' if quarters < 0 else ''}{whole}{('', '.25', '.5', '.75')[rest]}"}


def results_of(market_type: str, specifiers: Mapping[str, str], score: MatchScore) -> Results | None:
    """Return how every selection of a market came out, or None while the score does not decide it beyond change.

    That is when the match is over; for a first half from half time on; and for a total that is exceeded, or both teams having scored, at
    once. Nothing is decided before kick-off, nor on a match that was abandoned; and no race ever by its score. Tennis comes out at its end.

    Raises:
        MarketTypeUnknown, SpecifierMalformed: when no rule grades it.

    """
    if score.phase not in ("playing", "over") or market_type in RACES:
        return None
    if market_type in TENNIS_TYPES:
        try:
            final = FinalScore(score.home, score.away, None, score.sets, score.retired)
            return grade(market_type, specifiers, final) if score.phase == "over" else None
        except SetsUnknown:
            return None
    period, asks = type_of(market_type)
    is_over, knows_half_time = score.phase == "over", score.half_time is not None
    if not knows_half_time and needs_half_time(market_type) and (is_over or period != "first_half_"):
        return None
    final = FinalScore(score.home, score.away, score.half_time)
    if is_over or (knows_half_time and period == "first_half_"):
        return grade(market_type, specifiers, final)
    is_decided = DECIDED_EARLY.get(asks)
    if is_decided is None:
        return None
    if period == "first_half_":
        final = FinalScore(score.home, score.away, (score.home, score.away))
    half_home, half_away = score.half_time or (0, 0)
    goals = Goals(score.home - half_home, score.away - half_away) if period == "second_half_" else Goals(score.home, score.away)
    return grade(market_type, specifiers, final) if is_decided(goals, Lines(market_type, specifiers)) else None


def is_void(score: MatchScore) -> bool:
    """Say whether every market that has not come out by now is void: the match was abandoned, or never played."""
    return score.phase == "abandoned"


def never_played_at(kick_off: datetime, announced: datetime, within: timedelta) -> datetime:
    """Return from when on a match that has not kicked off was never played: so long after its kick-off.

    One that was announced after its kick-off should have begun when it was announced.
    """
    return max(kick_off, announced) + within


def needs_half_time(market_type: str) -> bool:
    """Say whether a type is graded on the score at half time, too.

    Raises:
        MarketTypeUnknown: when no rule grades it.

    """
    period, asks = type_of(market_type)
    return bool(period) or asks == "half_time_full_time"


def is_within_bounds(market_type: str, specifiers: Mapping[str, str], odds: Iterable[Odds]) -> bool:
    """Say whether the prices of all selections of a market, those that are not offered at present too, add up to a book.

    Raises:
        MarketTypeUnknown, SpecifierMalformed: when no rule grades it.

    """
    asks = type_of(market_type).asks
    low_percent, high_percent = OVERROUNDS.get(asks, Overround())
    winners = winners_of(market_type, specifiers)
    implied, of = 0, 1
    for price in odds:
        implied, of = implied * price.numerator + price.denominator * of, of * price.numerator
    return low_percent * winners * of < 100 * implied <= high_percent * winners * of
