"""Tennis: a score of sets, games and points, and how its markets come out.

After a retirement the winner and the result in sets are void, since the match was not played to its end; a line of games is void, too,
unless the games that were played have passed it already. A walkover is an abandoned match: everything is void.
"""

from collections.abc import Callable, Mapping

import msgspec

from domain.refused import Refused
from domain.settling.returns import LOST, VOID, WON, LegResult

Pair = tuple[int, int]
"""Home and away."""

Sets = tuple[Pair, ...]
"""The games of each set, in order; the last is the one that is played, or the last that was."""

TENNIS_TYPES = ("match_winner", "set_betting", "total_games")
BEST_OF = {"3": 2, "5": 3}
"""Specifier `bestof` of `set_betting` -> the sets that win the match."""

POINTS_MAX = 200
SETS_MAX = 5
TIE_BREAK_GAMES = 6


class SetsUnknown(Refused):
    """The market is graded on the games of every set, and those of a match that was played to its end are not known."""

    market_type: str


class TennisScore(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True, gc=False):
    """Where a tennis match stands. `points` are those won in the game that is played, as they count: 3 is forty, and deuce goes on upward.

    `serving` is "home", "away", or empty where it is not known; `retired` the side that gave up, else empty.
    """

    sets: Sets
    points: Pair = (0, 0)
    serving: str = ""
    retired: str = ""

    @property
    def sets_won(self) -> Pair:
        """The sets that each side won: those that were played out."""
        return sets_won(self.sets)


def sets_won(sets: Sets) -> Pair:
    """Return the sets that each side won: those that were played out."""
    over = [games for games in sets if is_set_over(games)]
    return sum(home > away for home, away in over), sum(away > home for home, away in over)


def is_set_over(games: Pair) -> bool:
    """Say whether so many games end a set: six with a lead of two, or seven."""
    more, fewer = max(games), min(games)
    return (more == TIE_BREAK_GAMES and more - fewer >= 2) or (more == TIE_BREAK_GAMES + 1 and fewer in (5, 6))


def is_tennis_score(score: TennisScore) -> bool:
    """Say whether a match can stand so: every set but the last was played out, and none goes on after it; points are those of a game."""
    sets = score.sets
    if not 1 <= len(sets) <= SETS_MAX or not all(_is_set(games) for games in sets) or not all(is_set_over(games) for games in sets[:-1]):
        return False
    known = score.serving in ("", "home", "away") and score.retired in ("", "home", "away")
    points_max = 0 if is_set_over(sets[-1]) else POINTS_MAX
    return known and max(score.sets_won) <= BEST_OF["5"] and all(type(one) is int and 0 <= one <= points_max for one in score.points)


def are_sets(sets: Sets, home: int, away: int) -> bool:
    """Say whether a match can have these sets, and so many of them won by each side."""
    return is_tennis_score(TennisScore(sets)) and sets_won(sets) == (home, away)


def _is_set(games: Pair) -> bool:
    home, away = games
    if not (type(home) is int is type(away) and min(games) >= 0):
        return False
    return is_set_over(games) or max(games) <= TIE_BREAK_GAMES


def tennis_selections(market_type: str, specifiers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the selections of a market of `TENNIS_TYPES`, whose specifiers are those of its type."""
    if market_type == "set_betting":
        wins = BEST_OF[specifiers["bestof"]]
        return (*(f"{wins}-{lost}" for lost in range(wins)), *(f"{lost}-{wins}" for lost in reversed(range(wins))))
    return ("over", "under") if market_type == "total_games" else ("home", "away")


def grade_tennis(
    market_type: str,
    specifiers: Mapping[str, str],
    sets: Sets,
    line_quarters: Callable[[], int],
    *,
    retired: bool,
    against_line: Callable[[int], LegResult],
) -> dict[str, LegResult]:
    """Return how every selection of a tennis market came out, on the games of all sets.

    Raises:
        SetsUnknown: when the sets are not those of a match that was played out, and nobody retired.

    """
    selections = tennis_selections(market_type, specifiers)
    won = sets_won(sets)
    if not sets or (not retired and won[0] == won[1]):
        raise SetsUnknown(market_type)
    if market_type == "total_games":
        above = 4 * sum(map(sum, sets)) - line_quarters()
        if retired and above < 2:
            return dict.fromkeys(selections, VOID)
        return {"over": against_line(above), "under": against_line(-above)}
    if retired:
        return dict.fromkeys(selections, VOID)
    winner = f"{won[0]}-{won[1]}" if market_type == "set_betting" else "home" if won[0] > won[1] else "away"
    if winner not in selections:
        raise SetsUnknown(market_type)
    return {selection: WON if selection == winner else LOST for selection in selections}
