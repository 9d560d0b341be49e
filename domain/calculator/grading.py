"""How one selection of any market came out, of any sport: the question that a bettor with a slip in the hand has.

The line is the selection's own: away at +0.25 is `line` 0.25 on `away`. Names of markets that other books use for ours are understood.
"""

import re
from collections.abc import Callable, Mapping

import msgspec

from domain.calculator.racing import grade_runner
from domain.calculator.scores import EventScores, Pair
from domain.calculator.tennis import grade_match_winner, grade_set_betting, grade_total_games
from domain.refused import Refused
from domain.settling.folds import Ratio
from domain.settling.grading import LISTED_GOALS_MAX, Lines, MarketTypeUnknown, against_line
from domain.settling.returns import HALF_LOST, HALF_WON, LOST, VOID, WON, LegResult

UNDECIDED = "undecided"
NAMES: dict[LegResult, str] = {WON: "won", LOST: "lost", VOID: "void", HALF_WON: "half_won", HALF_LOST: "half_lost"}

OTHER_NAMES = {
    "result": "match_result",
    "goals_over_under": "total_goals",
    "over_under": "total_goals",
    "goals": "total_goals",
    "goals_odd_even": "odd_even",
    "result_total_goals": "result_and_total",
    "to_win_match": "match_winner",
    "spread": "point_spread",
    "handicap": "point_spread",
    "moneyline": "money_line",
    "10_minute_result": "ten_minute_result",
}
"""What others call a market -> what it is called here."""

_PERIODS = (("first_half_", r"(?:first_half|1st_half|half_time)_(?!full_time)"), ("second_half_", r"(?:second_half|2nd_half)_"))
_PERIODS_BEHIND = (("first_half_", "_in_1st_half"), ("second_half_", "_in_2nd_half"))
_SIDES = {"1": "home", "x": "draw", "2": "away"}
_SCORE = re.compile(r"([0-9]{1,3})[:-]([0-9]{1,3})")
_MARGIN = re.compile(r"(home|away)(?:_by)?_([0-9]{1,3})(_plus|\+)?")
_WITH_LINE = re.compile(r"(.*?)_?([+-]?[0-9]{1,3}(?:\.[0-9]{1,2})?)")


class GradedSelectionUnknown(Refused):
    """The market has no such selection."""

    market: str
    selection: str


class AskedGrade(msgspec.Struct, frozen=True, gc=False):
    """A selection to grade: `in_play_from` is the score when the bet was struck, which Asian handicaps are counted from."""

    market: str
    selection: str
    scores: EventScores
    line: str = ""
    in_play_from: Pair = (0, 0)

    def unknown(self) -> GradedSelectionUnknown:
        """Return the refusal of the selection."""
        return GradedSelectionUnknown(self.market[:60], self.selection[:60])

    def quarters(self) -> int:
        """Return the line in quarters; `SpecifierMalformed` where there is none."""
        return Lines(self.market[:60], {"line": self.line}).quarters("line")


class Graded(msgspec.Struct, frozen=True, gc=False):
    """How a selection came out; `dead_heat` is how many tied, and for how many places."""

    result: str
    dead_heat: Ratio = (1, 1)


def grade_selection(asked: AskedGrade) -> Graded:
    """Return how a selection came out: won, lost, void, half_won, half_lost, placed, or undecided where the scores do not say.

    Raises:
        MarketTypeUnknown: when no rule grades the market.
        GradedSelectionUnknown: when the market has no such selection.
        SpecifierMalformed: when the market needs a line and there is none that can be read.

    """
    period, market = _named(asked.market)
    asked = msgspec.structs.replace(asked, selection=_tidied(asked.selection) if market not in AS_WRITTEN else asked.selection)
    if market in RACING and not period:
        return Graded(*grade_runner(market, asked.selection, asked.scores) or (UNDECIDED,))
    if market in WHOLE_EVENT and not period:
        result = WHOLE_EVENT[market](asked)
    elif market in OF_A_PERIOD:
        score = asked.scores.of(period)
        result = OF_A_PERIOD[market](asked, score or (0, 0))  # a selection that does not exist is refused whatever the score
        result = None if score is None else result
    else:
        raise MarketTypeUnknown(asked.market[:60])
    return Graded(UNDECIDED if result is None else NAMES[result])


def _named(text: str) -> tuple[str, str]:
    """Return the period and the type of market that a name stands for."""
    name = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    for period, behind in _PERIODS_BEHIND:
        if name.endswith(behind):
            return period, OTHER_NAMES.get(name.removesuffix(behind), name.removesuffix(behind))
    for period, before in _PERIODS:
        if found := re.match(before, name):
            name = name[found.end() :]
            return period, OTHER_NAMES.get(name, name)
    return "", OTHER_NAMES.get(name, name)


def _tidied(selection: str) -> str:
    """Return a selection in the form that rules read: "Home - Draw" is home/draw, "Draw or Away" is draw_or_away, "X" is draw."""
    text = re.sub(r"\s*(?:\s-\s|/|&)\s*", "/", selection.strip().lower())
    text = re.sub(r"\s+", "_", text)
    return _SIDES.get(text, text)


def _won(won: bool) -> LegResult:
    return WON if won else LOST


def _winner(score: Pair) -> str:
    return "home" if score[0] > score[1] else "away" if score[0] < score[1] else "draw"


def _match_result(asked: AskedGrade, score: Pair) -> LegResult:
    if asked.selection not in ("home", "draw", "away"):
        raise asked.unknown()
    return _won(asked.selection == _winner(score))


def _double_chance(asked: AskedGrade, score: Pair) -> LegResult:
    short = re.fullmatch("[1x2]{2}", asked.selection)
    sides = {_SIDES[each] for each in asked.selection} if short else set(asked.selection.split("_or_"))
    if len(sides) != 2 or not sides <= {"home", "draw", "away"}:
        raise asked.unknown()
    return _won(_winner(score) in sides)


def _lead(asked: AskedGrade, score: Pair) -> int:
    """Return by how much the selected side is ahead."""
    if asked.selection not in ("home", "away"):
        raise asked.unknown()
    lead = score[0] - score[1]
    return lead if asked.selection == "home" else -lead


def _draw_no_bet(asked: AskedGrade, score: Pair) -> LegResult:
    return against_line(4 * _lead(asked, score))


def _asian_handicap(asked: AskedGrade, score: Pair) -> LegResult:
    side, (home, away) = _split_line(asked), asked.in_play_from
    return against_line(4 * _lead(side, (score[0] - home, score[1] - away)) + side.quarters())


def _point_spread(asked: AskedGrade, score: Pair) -> LegResult:
    side = _split_line(asked)
    return against_line(4 * _lead(side, score) + side.quarters())


def _split_line(asked: AskedGrade) -> AskedGrade:
    """Take the line from the selection where it is written there: "over 2.5", "home -0.75"."""
    found = None if asked.line else _WITH_LINE.fullmatch(asked.selection)
    return asked if found is None else msgspec.structs.replace(asked, selection=found[1], line=found[2])


def _over_or_under(asked: AskedGrade, total: int) -> LegResult:
    side = _split_line(asked)
    if side.selection not in ("over", "under"):
        raise asked.unknown()
    above = 4 * total - side.quarters()
    return against_line(above if side.selection == "over" else -above)


def _both_teams_to_score(asked: AskedGrade, score: Pair) -> LegResult:
    if asked.selection not in ("yes", "no"):
        raise asked.unknown()
    return _won((asked.selection == "yes") == bool(min(score)))


def _odd_even(asked: AskedGrade, score: Pair) -> LegResult:
    if asked.selection not in ("odd", "even"):
        raise asked.unknown()
    return _won((asked.selection == "odd") == bool(sum(score) % 2))


def _correct_score(asked: AskedGrade, score: Pair) -> LegResult:
    if asked.selection == "other":
        return _won(max(score) > LISTED_GOALS_MAX)
    found = _SCORE.fullmatch(asked.selection)
    if found is None:
        raise asked.unknown()
    return _won((int(found[1]), int(found[2])) == score)


def _winning_margin(asked: AskedGrade, score: Pair) -> LegResult:
    if asked.selection == "draw":
        return _won(score[0] == score[1])
    found = _MARGIN.fullmatch(asked.selection)
    if found is None or not int(found[2]):
        raise asked.unknown()
    lead, wanted = score[0] - score[1] if found[1] == "home" else score[1] - score[0], int(found[2])
    return _won(lead >= wanted if found[3] else lead == wanted)


def _result_and_total(asked: AskedGrade, score: Pair) -> LegResult:
    result, _, total = asked.selection.partition("/")
    won = _match_result(msgspec.structs.replace(asked, selection=result), score)
    of_total = _over_or_under(msgspec.structs.replace(asked, selection=total), sum(score))
    return of_total if won == WON else LOST


def _half_time_full_time(asked: AskedGrade) -> LegResult | None:
    half, _, full = asked.selection.partition("/")
    asked_of = [msgspec.structs.replace(asked, selection=side) for side in (half, full)]
    scores = (asked.scores.half_time, asked.scores.full_time)
    results = [_match_result(each, score or (0, 0)) for each, score in zip(asked_of, scores, strict=True)]
    return None if None in scores else _won(results == [WON, WON])


def _ten_minute_result(asked: AskedGrade) -> LegResult | None:
    score = asked.scores.first_ten_minutes
    result = _match_result(asked, score or (0, 0))
    return None if score is None else result


def _goalscorer(which: str) -> Callable[[AskedGrade], LegResult | None]:
    def graded(asked: AskedGrade) -> LegResult | None:
        scorers = asked.scores.scorers
        if scorers is None:
            return None
        counted = {"first": scorers[:1], "last": scorers[-1:], "anytime": scorers}[which]
        return _won(asked.selection.casefold() in [name.casefold() for name in counted])

    return graded


def _of_sets(rule: Callable[[str, EventScores], LegResult | None]) -> Callable[[AskedGrade], LegResult | None]:
    def graded(asked: AskedGrade) -> LegResult | None:
        if asked.selection not in ("home", "away") and _SCORE.fullmatch(asked.selection) is None:
            raise asked.unknown()
        return rule(asked.selection, asked.scores)

    return graded


def _total_games(asked: AskedGrade) -> LegResult | None:
    side = _split_line(asked)
    _over_or_under(side, 0)
    return grade_total_games(side.selection, side.quarters(), asked.scores)


OF_A_PERIOD: Mapping[str, Callable[[AskedGrade, Pair], LegResult]] = {
    "match_result": _match_result,
    "double_chance": _double_chance,
    "draw_no_bet": _draw_no_bet,
    "money_line": _draw_no_bet,
    "asian_handicap": _asian_handicap,
    "point_spread": _point_spread,
    "total_goals": lambda asked, score: _over_or_under(asked, sum(score)),
    "total_points": lambda asked, score: _over_or_under(asked, sum(score)),
    "home_total_points": lambda asked, score: _over_or_under(asked, score[0]),
    "away_total_points": lambda asked, score: _over_or_under(asked, score[1]),
    "both_teams_to_score": _both_teams_to_score,
    "odd_even": _odd_even,
    "correct_score": _correct_score,
    "winning_margin": _winning_margin,
    "result_and_total": _result_and_total,
}
"""Market -> its rule, of the whole match or of either half."""

WHOLE_EVENT: Mapping[str, Callable[[AskedGrade], LegResult | None]] = {
    "half_time_full_time": _half_time_full_time,
    "ten_minute_result": _ten_minute_result,
    "first_goalscorer": _goalscorer("first"),
    "last_goalscorer": _goalscorer("last"),
    "anytime_goalscorer": _goalscorer("anytime"),
    "match_winner": _of_sets(grade_match_winner),
    "set_betting": _of_sets(grade_set_betting),
    "total_games": _total_games,
}
"""Market -> its rule, of the whole event alone."""

RACING = ("win", "place", "each_way")
AS_WRITTEN = (*RACING, "first_goalscorer", "last_goalscorer", "anytime_goalscorer")
"""Markets whose selections are names of people or horses."""
