"""Grades tennis on the games of each set. A match that somebody retired from is void, but for what its games had decided by then."""

from domain.calculator.scores import EventScores
from domain.settling.grading import against_line
from domain.settling.returns import LOST, VOID, WON, LegResult


def _sets_won(scores: EventScores) -> tuple[int, int] | None:
    """Return the sets that each side won; None where that is not known, or the match is level."""
    sets = scores.sets
    if sets is None:
        return None
    home, away = sum(a > b for a, b in sets), sum(b > a for a, b in sets)
    return None if home == away else (home, away)


def grade_match_winner(side: str, scores: EventScores) -> LegResult | None:
    """Grade who won the match; None while that is not known."""
    if scores.retired:
        return VOID
    won = _sets_won(scores)
    return None if won is None else WON if (won[0] > won[1]) == (side == "home") else LOST


def grade_set_betting(sets: str, scores: EventScores) -> LegResult | None:
    """Grade the result in sets, the home player's first: "2:1"."""
    if scores.retired:
        return VOID
    won = _sets_won(scores)
    return None if won is None else WON if sets.replace("-", ":") == f"{won[0]}:{won[1]}" else LOST


def grade_total_games(side: str, line_quarters: int, scores: EventScores) -> LegResult | None:
    """Grade over or under a line of games, in quarters; a retirement voids it unless the line was passed already."""
    if scores.sets is None:
        return None
    above = 4 * sum(home + away for home, away in scores.sets) - line_quarters
    if scores.retired and above < 2:
        return VOID
    return against_line(above if side == "over" else -above)
