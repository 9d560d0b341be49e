"""Tennis, point by point: from the chance that each player wins a point on serve to the chances of game, set, tie-break and match.

Points are independent, and as likely to be won at every score: two numbers a match, one for each server. From there on all is exact.
Game and deuce are closed forms, sets and matches sums over the games and sets that may follow: P. K. Newton and J. B. Keller,
"Probability of winning at tennis I. Theory and data" (2005), sections 2 to 4; the game also as in A. J. O'Malley, "Probability formulas
and statistical analysis in tennis" (2008). Arrays have a row a match, and each match its own score.
"""

from collections.abc import Sequence
from itertools import groupby
from math import comb

import msgspec
import numpy as np
from numpy.typing import NDArray

from domain.pricing.goals import Floats, Ints

Bools = NDArray[np.bool_]

SETS = (*((6, lost) for lost in range(5)), (7, 5), (7, 6))
"""The ways to win a set, the winner's games first."""

ALL_SETS = (*SETS, *(games[::-1] for games in SETS))
"""The ways in which a set ends, home's games first; the first half is won by the home player."""

TOTAL_GAMES_MAX = 65
_SIX, _TIE_BREAK_MAX = 6, 12


class ServeChances(msgspec.Struct, frozen=True):
    """The chance that each player wins a point on serve, and how many sets win the match: 2 of best of 3, 3 of best of 5."""

    home: float
    away: float
    sets_to_win: int = 2


class TennisMoment(msgspec.Struct, frozen=True):
    """Where a match stands: sets won, games of the sets before, games of this set, points of this game, and who serves it.

    Points count up from 0, beyond 3 where it comes to deuce. In a tie-break, `home_serves` says who served its first point.
    """

    sets: tuple[int, int] = (0, 0)
    games_before: int = 0
    games: tuple[int, int] = (0, 0)
    points: tuple[int, int] = (0, 0)
    home_serves: bool = True


class TennisOutlook(msgspec.Struct, frozen=True):
    """How matches end: the chances of each result in sets, and of each number of games.

    Shaped (match, result): home's wins first, the fewest lost sets first, then away's, the fewest last, as the selections of
    `set_betting` are; and (match, games), from 0 to 65.
    """

    results: Floats
    games: Floats

    @property
    def home(self) -> Floats:
        """The chance that the home player wins the match."""
        return np.asarray(self.results[:, : self.results.shape[1] // 2].sum(axis=1), dtype=np.float64)


def game_chance(serve: Floats, points: Ints | None = None) -> Floats:
    """Return the chance that the server wins a game, from points of (server, receiver), shaped (match, 2), or from its beginning.

    With p the chance of a point, q = 1 - p and (a, b) the points: the server wins without deuce while the receiver wins 0 or more points
    below three; three all is reached in comb(6 - a - b, 3 - a) ways, and won from there with p^2 / (p^2 + q^2).
    """
    p, q = serve, 1.0 - serve
    deuce = p**2 / (p**2 + q**2)
    if points is None:
        return _before_deuce(p, q, deuce, 0, 0)
    ahead = points[:, 0] - points[:, 1]
    chances = np.where(ahead == 0, deuce, np.where(ahead > 0, p + q * deuce, p * deuce))
    early = points.min(axis=1) < 3
    for won, lost in {(won, lost) for won, lost in points[early].tolist() if max(won, lost) <= 3}:
        here = (points[:, 0] == won) & (points[:, 1] == lost)
        chances[here] = _before_deuce(p[here], q[here], deuce[here], won, lost)
    return chances


def _before_deuce(p: Floats, q: Floats, deuce: Floats, won: int, lost: int) -> Floats:
    clean = np.zeros_like(p)
    for more in range(3 - lost):
        clean += comb(3 - won + more, more) * q**more
    return clean * p ** (4 - won) + comb(6 - won - lost, 3 - won) * p ** (3 - won) * q ** (3 - lost) * deuce


def tie_break_chance(home: Floats, away: Floats, home_first: Bools, points: Ints | None = None) -> Floats:
    """Return the chance that the home player wins a tie-break to seven, from points of (home, away) or from its beginning.

    The first server has one point, then both have two in turn. From six all on each pair of points has one serve of each: the home player
    wins it by home * (1 - away) against away * (1 - home).
    """
    won, lost = home * (1.0 - away), away * (1.0 - home)
    level = won / (won + lost)
    on_serve = [np.where(home_first, home, 1.0 - away), np.where(home_first, 1.0 - away, home)]
    table = np.empty((len(home), _SIX + 1, _SIX + 1), dtype=np.float64)
    table[:, _SIX, _SIX] = level
    for total in range(_TIE_BREAK_MAX - 1, -1, -1):
        point = on_serve[(total + 1) // 2 % 2]
        for one in range(max(total - _SIX, 0), min(total, _SIX) + 1):
            wins = 1.0 if one == _SIX else table[:, one + 1, total - one]
            loses = 0.0 if total - one == _SIX else table[:, one, total - one + 1]
            table[:, one, total - one] = point * wins + (1.0 - point) * loses
    if points is None:
        return table[:, 0, 0]
    ahead, total_points = points[:, 0] - points[:, 1], points.sum(axis=1)
    point = np.where(_second_serves(total_points) == 1, on_serve[1], on_serve[0])
    late = np.where(ahead == 0, level, np.where(ahead > 0, point + (1.0 - point) * level, point * level))
    early = np.minimum(points, _SIX)
    return np.where(points.min(axis=1) >= _SIX, late, table[np.arange(len(home)), early[:, 0], early[:, 1]])


def _second_serves(points_played: Ints) -> Ints:
    """Return 1 where the second server has the next point of a tie-break, 0 where the first has."""
    return np.asarray((points_played + 1) // 2 % 2, dtype=np.int64)


def set_chances(chances: tuple[Floats, Floats], home_first: Bools, games: Ints | None = None, current: Floats | None = None) -> Floats:
    """Return the chance of each of `ALL_SETS`, shaped (match, 14), of sets that one serves first, from their beginning or from games on.

    `games` are those of (home, away), shaped (match, 2); `current` is the chance that home wins the game that is played, of its points.
    """
    home, away = chances
    holds = game_chance(home), game_chance(away)
    on_first = np.where(home_first, holds[0], 1.0 - holds[1])
    on_second = np.where(home_first, 1.0 - holds[1], holds[0])
    in_tie_break = tie_break_chance(home, away, home_first)
    start = np.zeros((len(home), 2), dtype=np.int64) if games is None else games
    reach = np.zeros((len(home), 8, 8), dtype=np.float64)
    for total in range(_TIE_BREAK_MAX + 1):
        for one in range(max(total - _SIX, 0), min(total, _SIX) + 1):
            other = total - one
            if (one, other) in ALL_SETS:
                continue
            begins = (start[:, 0] == one) & (start[:, 1] == other)
            wins = in_tie_break if total == _TIE_BREAK_MAX else on_second if total % 2 else on_first
            if current is not None:
                wins = np.where(begins, current, wins)
            mass = reach[:, one, other] + begins
            reach[:, one + 1, other] += mass * wins
            reach[:, one, other + 1] += mass * (1.0 - wins)
    return np.stack([reach[:, one, other] for one, other in ALL_SETS], axis=1)


def tennis_outlook(chances: Sequence[ServeChances], moments: Sequence[TennisMoment]) -> TennisOutlook:
    """Return how matches end, from where each stands; all of them of as many sets."""
    sets_to_win = chances[0].sets_to_win
    assert all(one.sets_to_win == sets_to_win for one in chances), "matches of one call are best of as many sets"
    results = np.zeros((len(chances), 2 * sets_to_win), dtype=np.float64)
    games = np.zeros((len(chances), TOTAL_GAMES_MAX + 1), dtype=np.float64)
    order = sorted(range(len(moments)), key=lambda row: moments[row].sets)
    for sets, group in groupby(order, key=lambda row: moments[row].sets):
        rows = list(group)
        found = _of_sets(sets, sets_to_win, [chances[row] for row in rows], [moments[row] for row in rows])
        results[rows] = found.results
        for row, of_match in zip(rows, found.games, strict=True):
            before = moments[row].games_before
            games[row, before:] = of_match[: TOTAL_GAMES_MAX + 1 - before]
    return TennisOutlook(results, games)


def _of_sets(sets: tuple[int, int], wins: int, chances: Sequence[ServeChances], moments: Sequence[TennisMoment]) -> TennisOutlook:
    """Return how matches end that have the same sets; games are counted from the beginning of the set that is played."""
    results = np.zeros((len(chances), 2 * wins), dtype=np.float64)
    total = np.zeros((len(chances), TOTAL_GAMES_MAX + 1), dtype=np.float64)
    if wins in sets:
        results[:, _result(sets, wins)], total[:, 0] = 1.0, 1.0
        return TennisOutlook(results, total)
    serve = np.array([one.home for one in chances]), np.array([one.away for one in chances])
    games = np.array([one.games for one in moments], dtype=np.int64)
    home_first = np.array([one.home_serves for one in moments]) ^ (games.sum(axis=1) % 2 == 1)
    fresh = [set_chances(serve, home_first), set_chances(serve, ~home_first)]
    now = set_chances(serve, home_first, games, _current(serve, moments, games, home_first))
    begun = np.zeros_like(total)
    begun[:, 0] = 1.0
    standing = {(sets, 0): begun}
    for played in range(sum(sets), 2 * wins - 1):
        for (at, turned), mass in [each for each in standing.items() if sum(each[0][0]) == played and wins not in each[0][0]]:
            of_set = now if played == sum(sets) else fresh[turned]
            for number, ends in enumerate(ALL_SETS):
                after = (at[0] + 1, at[1]) if number < len(SETS) else (at[0], at[1] + 1)
                count = sum(ends)
                key = after, turned ^ (count % 2)
                into = standing.setdefault(key, np.zeros_like(total))
                into[:, count:] += mass[:, :-count] * of_set[:, number, None]
    for (at, _), mass in standing.items():
        if wins in at:
            results[:, _result(at, wins)] += mass.sum(axis=1)
            total += mass
    return TennisOutlook(results, total)


def _current(serve: tuple[Floats, Floats], moments: Sequence[TennisMoment], games: Ints, home_first: Bools) -> Floats:
    """Return the chance that home wins the game that is played, a tie-break too, from its points on."""
    points = np.array([one.points for one in moments], dtype=np.int64)
    serving = np.array([one.home_serves for one in moments])
    own = np.where(serving[:, None], points, points[:, ::-1])
    of_server = game_chance(np.where(serving, serve[0], serve[1]), own)
    in_game = np.where(serving, of_server, 1.0 - of_server)
    return np.where(games.min(axis=1) == _SIX, tie_break_chance(*serve, home_first, points), in_game)


def _result(sets: tuple[int, int], wins: int) -> int:
    """Return the number of a result in sets: home's wins first, the closest ones in the middle."""
    return sets[1] if sets[0] == wins else 2 * wins - 1 - sets[0]
