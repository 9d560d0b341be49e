"""How a market's selections came out, from the score.

A market is graded on the goals of its period: 90 minutes with stoppage time unless its type begins with a half. Extra time and
shootouts never count here. Markets on points, of basketball and American football, are graded on the score with overtime; a money line
that is level after it gives the stakes back. Tennis is graded on the games of its sets (`domain.settling.tennis`).
"""

import re
from collections.abc import Callable, Mapping
from itertools import product
from typing import NamedTuple

import msgspec

from domain.refused import Refused
from domain.settling.returns import HALF_LOST, HALF_WON, LOST, VOID, WON, LegResult
from domain.settling.tennis import BEST_OF, TENNIS_TYPES, Sets, grade_tennis, tennis_selections

Results = dict[str, LegResult]

_LINE = re.compile(r"([+-]?)([0-9]{1,3})(?:\.(0|00|25|5|50|75))?")
_QUARTERS = {None: 0, "0": 0, "00": 0, "25": 1, "5": 2, "50": 2, "75": 3}


class MarketTypeUnknown(Refused):
    """There is no rule that grades this type of market."""

    market_type: str


class SpecifierMalformed(Refused):
    """A specifier of the market is missing or not as its type needs it: a line such as "2.5" or "-0.75", the best of 3 or 5 sets."""

    market_type: str
    specifier: str


class HalfTimeScoreUnknown(Refused):
    """The market is graded on one half, and the half-time score is not known."""

    market_type: str


class FinalScore(msgspec.Struct, frozen=True):
    """Goals after 90 minutes, stoppage time included and extra time not, and at half time where that is known.

    Of sports with points, the points with overtime; of tennis, the sets won, with the games of each in `sets`, and whether somebody
    `retired` before the end.
    """

    home: int
    away: int
    half_time: tuple[int, int] | None = None
    sets: Sets = ()
    retired: bool = False


class Goals(NamedTuple):
    """Goals of one period."""

    home: int
    away: int


def grade(market_type: str, specifiers: Mapping[str, str], score: FinalScore) -> Results:
    """Return how every selection of the market came out.

    Types are those of `GRADERS`, each also with `first_half_` or `second_half_` before it, `half_time_full_time` and `TENNIS_TYPES`.

    Raises:
        MarketTypeUnknown: for any other type.
        SpecifierMalformed: when the type needs a line and has none that can be read.
        HalfTimeScoreUnknown: when a half is asked for and only the final score is known.
        SetsUnknown: when it is tennis and the sets are not known.

    """
    if market_type in TENNIS_TYPES:
        lines = Lines(market_type, specifiers)
        _check_best_of(lines)
        return grade_tennis(
            market_type,
            specifiers,
            score.sets,
            lambda: lines.quarters("total"),
            retired=score.retired,
            against_line=against_line,
        )
    if market_type == "half_time_full_time":
        halves = _winner(_goals("first_half_", market_type, score)), _winner(Goals(score.home, score.away))
        return _one_of([f"{half}/{full}" for half, full in product(_RESULTS, _RESULTS)], "/".join(halves))
    period, grader = grader_of(market_type)
    return grader(_goals(period, market_type, score), Lines(market_type, specifiers))


def grader_of(market_type: str) -> "tuple[str, Callable[[Goals, Lines], Results]]":
    """Return the period of a type of market, "first_half_", "second_half_" or empty, and the rule that grades its goals.

    Raises:
        MarketTypeUnknown: when there is none.

    """
    for period in ("first_half_", "second_half_", ""):
        grader = GRADERS.get(market_type.removeprefix(period)) if market_type.startswith(period) else None
        if grader is not None:
            return period, grader
    raise MarketTypeUnknown(market_type[:60])


def selections_of(market_type: str, specifiers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the selections that a market of this type has, in the order they are shown.

    Raises:
        MarketTypeUnknown, SpecifierMalformed: as `grade`.

    """
    if market_type in TENNIS_TYPES:
        lines = Lines(market_type, specifiers)
        _check_best_of(lines)
        if market_type == "total_games":
            lines.quarters("total")
        return tennis_selections(market_type, specifiers)
    return tuple(grade(market_type, specifiers, FinalScore(0, 0, (0, 0))))


def _check_best_of(lines: "Lines") -> None:
    best_of = lines.specifiers.get("bestof", "")
    if lines.market_type == "set_betting" and best_of not in BEST_OF:
        raise SpecifierMalformed(lines.market_type, f"bestof={best_of[:20]}")


def _goals(period: str, market_type: str, score: FinalScore) -> Goals:
    if not period:
        return Goals(score.home, score.away)
    if score.half_time is None:
        raise HalfTimeScoreUnknown(market_type)
    home, away = score.half_time
    return Goals(home, away) if period == "first_half_" else Goals(score.home - home, score.away - away)


class Lines(NamedTuple):
    """The lines of a market of some type, read from its specifiers."""

    market_type: str
    specifiers: Mapping[str, str]

    def quarters(self, name: str) -> int:
        """Return a line in quarter goals: "2.5" is 10.

        Raises:
            SpecifierMalformed: when there is none that can be read.

        """
        text = self.specifiers.get(name, "")
        found = _LINE.fullmatch(text)
        if found is None:
            raise SpecifierMalformed(self.market_type, f"{name}={text[:20]}")
        quarters = 4 * int(found[2]) + _QUARTERS[found[3]]
        return -quarters if found[1] == "-" else quarters


_RESULTS = ("home", "draw", "away")

LISTED_GOALS_MAX = 4
"""Every score up to so many goals a side is a selection of `correct_score`; all that are higher are its selection "other"."""

MARGIN_MAX = 4
"""A lead of so many goals and more is one selection of `winning_margin`."""

_SCORES = (*(f"{home}-{away}" for home, away in product(range(LISTED_GOALS_MAX + 1), repeat=2)), "other")
_MARGINS = tuple(f"{side}_by_{lead}" for side in ("home", "away") for lead in (*range(1, MARGIN_MAX), f"{MARGIN_MAX}_plus"))
_MARGINS = (*_MARGINS[:MARGIN_MAX], "draw", *_MARGINS[MARGIN_MAX:])


def _match_result(goals: Goals, _: Lines) -> Results:
    return _one_of(_RESULTS, _winner(goals))


def _double_chance(goals: Goals, _: Lines) -> Results:
    winner = _winner(goals)
    pairs = (("home", "draw"), ("home", "away"), ("draw", "away"))
    return {f"{one}_or_{other}": _won(winner in (one, other)) for one, other in pairs}


def _draw_no_bet(goals: Goals, _: Lines) -> Results:
    lead = goals.home - goals.away
    return _sides("home", "away", 4 * lead)


def _asian_handicap(goals: Goals, lines: Lines) -> Results:
    return _sides("home", "away", 4 * (goals.home - goals.away) + lines.quarters("hcp"))


def total_goals(goals: Goals, lines: Lines) -> Results:
    """Grade over and under a line."""
    return _sides("over", "under", 4 * (goals.home + goals.away) - lines.quarters("total"))


def both_teams_to_score(goals: Goals, _: Lines) -> Results:
    """Grade whether both sides scored."""
    return _one_of(("yes", "no"), "yes" if min(goals) else "no")


def _odd_even(goals: Goals, _: Lines) -> Results:
    return _one_of(("odd", "even"), "odd" if sum(goals) % 2 else "even")


def _result_and_total(goals: Goals, lines: Lines) -> Results:
    totals = total_goals(goals, lines)
    winner = _winner(goals)
    return {f"{result}/{total}": totals[total] if result == winner else LOST for result, total in product(_RESULTS, totals)}


def _correct_score(goals: Goals, _: Lines) -> Results:
    listed = goals.home <= LISTED_GOALS_MAX and goals.away <= LISTED_GOALS_MAX
    return _one_of(_SCORES, f"{goals.home}-{goals.away}" if listed else "other")


def _winning_margin(goals: Goals, _: Lines) -> Results:
    lead = abs(goals.home - goals.away)
    side = "home" if goals.home > goals.away else "away"
    return _one_of(_MARGINS, f"{side}_by_{MARGIN_MAX}_plus" if lead >= MARGIN_MAX else f"{side}_by_{lead}" if lead else "draw")


GRADERS: dict[str, Callable[[Goals, Lines], Results]] = {
    "match_result": _match_result,
    "total_goals": total_goals,
    "both_teams_to_score": both_teams_to_score,
    "asian_handicap": _asian_handicap,
    "double_chance": _double_chance,
    "draw_no_bet": _draw_no_bet,
    "odd_even": _odd_even,
    "result_and_total": _result_and_total,
    "correct_score": _correct_score,
    "winning_margin": _winning_margin,
    "money_line": _draw_no_bet,
    "point_spread": _asian_handicap,
    "total_points": total_goals,
}
"""Market type -> its rule. Lines: `total` of `total_goals`, `total_points` and `result_and_total`, `hcp` (the home side's) of
`asian_handicap` and `point_spread`."""


def _winner(goals: Goals) -> str:
    if goals.home == goals.away:
        return "draw"
    return "home" if goals.home > goals.away else "away"


def _one_of(selections: tuple[str, ...] | list[str], winner: str) -> Results:
    return {selection: _won(selection == winner) for selection in selections}


def _won(won: bool) -> LegResult:
    return WON if won else LOST


def _sides(one: str, other: str, margin_quarters: int) -> Results:
    """Grade two sides of a line, `one` being ahead of it by a margin in quarter goals.

    A quarter line is two half stakes on the lines a quarter to either side, so a margin of one quarter wins one half and voids the other.
    """
    return {one: against_line(margin_quarters), other: against_line(-margin_quarters)}


def against_line(margin_quarters: int) -> LegResult:
    """Return the result of a side that is ahead of its line by a margin in quarters: of goals, points or games."""
    if margin_quarters >= 2:
        return WON
    if margin_quarters <= -2:
        return LOST
    return (VOID, HALF_WON, HALF_LOST)[margin_quarters]
