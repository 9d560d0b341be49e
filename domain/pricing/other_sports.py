"""What a match of tennis, basketball or American football is offered as, and its prices at any moment."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from domain.pricing.goals import Floats, cleared
from domain.pricing.grid import PricedMarket
from domain.pricing.margin import with_margin
from domain.pricing.markets import Books, books_at
from domain.pricing.points import PointsExpected, PointsMoment, PointsRules, beside, points_outlook
from domain.pricing.tennis import ServeChances, TennisMoment, tennis_outlook

TENNIS_LINES = {sets: tuple(f"{first + number / 2:g}" for number in range(18)) for sets, first in ((2, 18), (3, 34))}
"""Sets that win a match -> its lines of games, whole and half; the tenth of them, a half line, is on the board."""

MAIN_LINE = 9
POINTS_APART = {
    "point_spread": (-12.0, -9.0, -6.0, -3.5, -2.0, 2.5, 6.0, 9.0, 12.0),
    "total_points": (-14.0, -10.0, -7.0, -4.5, 5.5, 7.0, 10.0, 14.0),
}
"""Type -> its other lines, by how far they are from the main one, which is a half line; so whole lines are among them."""


@lru_cache(maxsize=8_192)
def tennis_markets(chances: ServeChances, *, every: bool) -> tuple[PricedMarket, ...]:
    """Return the markets of a tennis match: those on the board, or every one."""
    lines = TENNIS_LINES[chances.sets_to_win]
    first = PricedMarket("match_winner"), PricedMarket("total_games", ("total", lines[MAIN_LINE]))
    others = (PricedMarket("total_games", ("total", line)) for line in lines if line != lines[MAIN_LINE])
    return (*first, PricedMarket("set_betting", ("bestof", str(2 * chances.sets_to_win - 1))), *others) if every else first


@lru_cache(maxsize=8_192)
def points_markets(expected: PointsExpected, *, every: bool) -> tuple[PricedMarket, ...]:
    """Return the markets of a match of points: money line, spreads and totals around what is expected of it; the main lines first."""
    mains = {"point_spread": _half(expected.away - expected.home), "total_points": _half(expected.home + expected.away)}
    names = {"point_spread": "hcp", "total_points": "total"}
    first = [PricedMarket(kind, (names[kind], _text(line))) for kind, line in mains.items()]
    others = [
        PricedMarket(kind, (names[kind], _text(line + apart)))
        for kind, line in mains.items()
        for apart in POINTS_APART[kind]
        if kind == "point_spread" or line + apart >= 1
    ]
    return (PricedMarket("money_line"), *first, *(others if every else ()))


def _half(points: float) -> float:
    """Return the half line nearest to an expectation."""
    return float(np.floor(points)) + 0.5


def _text(line: float) -> str:
    return f"{line:g}"


def tennis_chances(
    of_matches: Sequence[Sequence[PricedMarket]], chances: Sequence[ServeChances], moments: Sequence[TennisMoment]
) -> Floats:
    """Return the chance of each selection, a row a match; where a line may give the stake back, that of winning among those that do not."""
    outlook = tennis_outlook(chances, moments)
    over, under = beside(np.cumsum(outlook.games, axis=1), _lines(of_matches))
    columns = []
    for place, market in enumerate(of_matches[0]):
        match market.type:
            case "match_winner":
                columns.append(np.stack([outlook.home, 1.0 - outlook.home], axis=1))
            case "set_betting":
                columns.append(outlook.results)
            case _:
                columns.append(_fair(over[:, place], under[:, place]))
    return cleared(np.concatenate(columns, axis=1))


def points_chances(
    rules: PointsRules, of_matches: Sequence[Sequence[PricedMarket]], expected: Sequence[PointsExpected], moments: Sequence[PointsMoment]
) -> Floats:
    """Return the same of matches of points."""
    outlook, lines = points_outlook(rules, expected, moments), _lines(of_matches)
    lead = np.array([[one.home - one.away] for one in moments], dtype=np.float64)
    points = np.array([[one.home + one.away] for one in moments], dtype=np.float64)
    of_total = np.array([market.type == "total_points" for market in of_matches[0]])
    totals, leads = outlook.total_above(lines - points), outlook.lead_above(-lines - lead)
    ahead, behind = (np.where(of_total, total, by_lead) for total, by_lead in zip(totals, leads, strict=True))
    return cleared(_fair(ahead, behind).reshape(len(moments), -1))


def _lines(of_matches: Sequence[Sequence[PricedMarket]]) -> Floats:
    """Return the lines of the markets, shaped (match, place); 0 where they have none."""
    return np.array([_of_markets(tuple(own)) for own in of_matches])


@lru_cache(maxsize=8_192)
def _of_markets(markets: tuple[PricedMarket, ...]) -> tuple[float, ...]:
    return tuple(float(market.line[1]) if market.line else 0.0 for market in markets)


def _fair(one: Floats, other: Floats) -> Floats:
    """Return the chances of two sides where neither gets the stake back, on a last axis of two; both 0 where all do."""
    either = one + other
    return np.stack([one, other], axis=-1) / np.where(either < 1e-12, np.inf, either)[..., None]


def tennis_books(
    of_matches: Sequence[Sequence[PricedMarket]], chances: Sequence[ServeChances], moments: Sequence[TennisMoment]
) -> list[Books]:
    """Return the books of tennis matches of as many sets, from where each stands."""
    of_selections = tennis_chances(of_matches, chances, moments)
    return books_at(of_matches, of_selections, with_margin(of_selections))


def points_books(
    rules: PointsRules, of_matches: Sequence[Sequence[PricedMarket]], expected: Sequence[PointsExpected], moments: Sequence[PointsMoment]
) -> list[Books]:
    """Return the books of matches of points, from where each stands."""
    of_selections = points_chances(rules, of_matches, expected, moments)
    return books_at(of_matches, of_selections, with_margin(of_selections))
