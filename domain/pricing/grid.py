"""The grid of final scores: from goals expected, minute and score to the chance of every selection that is graded on goals.

A selection's payoffs on every score are those of the rule that settles it (`domain.settling.grading`), so prices and results cannot
disagree. Where a score gives part of the stake back, the chance is the one at which a fair price returns the stake on average: with odds o,
the share v given back and the share w that wins, E[v + (1 - v) * w * o] = 1 at o = (1 - E[v]) / E[(1 - v) * w].

Goals are independent counts in both halves; the dependence of low scores is that of `goals`, on the whole match. Half time and full time
are joint by what the halves add to each other, scaled so that the result after 90 minutes has the chances of the grid.

A shaded match has a tilt for each pair of goals to come (`domain.pricing.shading`): the grid of the whole match is weighted by it, and that
of the second half once the first is over, since both are the same goals then. The first half, and half time and full time, are not shaded.
"""

from collections.abc import Sequence
from functools import cache
from itertools import groupby, product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.pricing.goals import (
    EXPECTED_GOALS_MAX,
    EXPECTED_GOALS_MIN,
    GOALS_TO_COME_MAX,
    Expectation,
    Floats,
    cleared,
    dependence_moved,
    poisson,
    shares_left,
)
from domain.pricing.tilt import Tilt, weights_of
from domain.settling.grading import FinalScore, grade, selections_of
from domain.settling.rules import type_of

HALF_TIME_MINUTE = 45
SCORE_MAX = 20
"""Goals a side beyond this are priced as this."""

_CELLS = GOALS_TO_COME_MAX + 1
_LEADS = 2 * GOALS_TO_COME_MAX + 1
HALF_TIME_FULL_TIME = "half_time_full_time"


class PricedMarket(NamedTuple):
    """A market that the model prices: its type, and its line as (name, value), or none."""

    type: str
    line: tuple[str, str] | tuple[()] = ()

    @property
    def specifiers(self) -> dict[str, str]:
        """The specifiers under which the market is opened."""
        return {self.line[0]: self.line[1]} if self.line else {}


class MatchMoment(NamedTuple):
    """Where a match stands: minutes of regular time that are over (0 before kick-off), its goals, and those at half time after it."""

    minutes_gone: int = 0
    home: int = 0
    away: int = 0
    half_time: tuple[int, int] | None = None


class Payoffs(NamedTuple):
    """What selections return by final score: `win` the part of the stake that is paid at the odds, `back` the part given back.

    Shaped (home goals, away goals, selection), both up to `SCORE_MAX` and all that may still come. `back` has only the selections in
    `may_return`, by their number.
    """

    win: Floats
    back: Floats
    may_return: NDArray[np.int64]


def chances_of(
    markets: Sequence[PricedMarket], expectations: Sequence[Expectation], moments: Sequence[MatchMoment], tilts: Sequence[Tilt] = ()
) -> Floats:
    """Return the chance of each selection of each market, a row a match, a column a selection in the order of markets and their selections.

    `tilts` are those of the matches, none where nothing is shaded. Exactly 0 or 1 is what the score has decided; all selections of a market
    are 0 where every score gives the stake back.
    """
    width = sum(len(selections_of_market(market)) for market in markets)
    chances = np.empty((len(moments), width), dtype=np.float64)
    order = sorted(range(len(moments)), key=lambda index: _standing(moments[index]))
    for standing, group in groupby(order, key=lambda index: _standing(moments[index])):
        rows = list(group)
        chances[rows] = _of_one_score(
            tuple(markets),
            [expectations[row] for row in rows],
            [moments[row].minutes_gone for row in rows],
            standing,
            [tilts[row] for row in rows] if tilts else (),
        )
    return chances


@cache
def selections_of_market(market: PricedMarket) -> tuple[str, ...]:
    """Return the selections of a market, in the order in which they are shown."""
    return selections_of(market.type, market.specifiers)


class _Standing(NamedTuple):
    """What matches that are priced in one step have in common: the goals of each half, and whether the first is over."""

    first: tuple[int, int]
    second: tuple[int, int]
    is_second_half: bool


def _standing(moment: MatchMoment) -> _Standing:
    home, away = moment.home, moment.away
    half_time = moment.half_time
    if half_time is None and moment.minutes_gone >= HALF_TIME_MINUTE:
        half_time = (home, away)
    if half_time is None:
        return _Standing((home, away), (0, 0), is_second_half=False)
    return _Standing(half_time, (home - half_time[0], away - half_time[1]), is_second_half=True)


def _of_one_score(
    markets: tuple[PricedMarket, ...], expected: Sequence[Expectation], minutes: Sequence[int], at: _Standing, tilts: Sequence[Tilt]
) -> Floats:
    """Return the chances of matches that stand alike."""
    grids = _grids(expected, minutes, at, tilts)
    columns: list[Floats] = []
    for period, (grid, goals_so_far) in grids.items():
        if of_period := tuple(market for market in markets if period_of(market) == period):
            columns.append(_paid(grid, goals_so_far, of_period))
    if any(market.type == HALF_TIME_FULL_TIME for market in markets):
        (whole, score), (first, _), (second, _) = (_grids(expected, minutes, at, ()) if any(tilts) else grids).values()
        columns.append(_half_and_full(first, second, at, _result_chances(whole, score)))
    return cleared(np.concatenate(columns, axis=1)[:, _places(markets)])


def _grids(
    expected: Sequence[Expectation], minutes: Sequence[int], at: _Standing, tilts: Sequence[Tilt]
) -> dict[str, tuple[Floats, tuple[int, int]]]:
    """Return the grids of goals to come of matches that stand alike, and the goals so far: of the whole, the first half, the second."""
    goals = np.array([(one.home, one.away) for one in expected], dtype=np.float64)
    goals = np.clip(goals, EXPECTED_GOALS_MIN, EXPECTED_GOALS_MAX)
    left = shares_left(minutes)
    after_half_time = float(shares_left([HALF_TIME_MINUTE])[0])
    shares = (
        (np.zeros_like(left), left) if at.is_second_half else (np.maximum(left - after_half_time, 0.0), np.minimum(left, after_half_time))
    )
    first, second = (_grid(goals * share[:, None]) for share in shares)
    whole = _grid(goals * left[:, None])
    score = (at.first[0] + at.second[0], at.first[1] + at.second[1])
    if score[0] == score[1]:
        _depend(whole, np.array([one.rho for one in expected], dtype=np.float64), goals * left[:, None])
    if any(tilts):
        weights = weights_of(tilts, _CELLS)
        whole = _weighted(whole, weights)
        second = _weighted(second, weights) if at.is_second_half else second
    return {"": (whole, score), "first_half_": (first, at.first), "second_half_": (second, at.second)}


def _weighted(grid: Floats, weights: Floats) -> Floats:
    """Return a grid with every score weighted, adding up to one again."""
    weighted = grid * weights
    return np.asarray(weighted / weighted.sum(axis=(1, 2), keepdims=True), dtype=np.float64)


def grids_of(expectation: Expectation, moment: MatchMoment, tilt: Tilt = ()) -> dict[str, tuple[Floats, tuple[int, int]]]:
    """Return the grids behind the chances of one match, by period ("", "first_half_", "second_half_"), and the goals of each so far.

    A grid is the chance of every pair of goals to come, shaped (home, away), up to `GOALS_TO_COME_MAX` each.
    """
    grids = _grids([expectation], [moment.minutes_gone], _standing(moment), [tilt])
    return {period: (grid[0], score) for period, (grid, score) in grids.items()}


def period_of(market: PricedMarket) -> str:
    """Return "first_half_", "second_half_", "" for the whole match, or "both" where both its halves and the whole count."""
    return "both" if market.type == HALF_TIME_FULL_TIME else type_of(market.type).period


@cache
def _places(markets: tuple[PricedMarket, ...]) -> NDArray[np.int64]:
    """Return where each selection, in the order of the markets, stands among columns that are sorted by period."""
    begins: dict[PricedMarket, int] = {}
    column = 0
    for period in ("", "first_half_", "second_half_", "both"):
        for market in markets:
            if period_of(market) == period:
                begins[market] = column
                column += len(selections_of_market(market))
    return np.array([begins[market] + number for market in markets for number in range(len(selections_of_market(market)))], dtype=np.int64)


def _grid(means: Floats) -> Floats:
    """Return the chance of every pair of goals to come, shaped (match, home, away)."""
    return np.asarray(poisson(means[:, 0])[:, :, None] * poisson(means[:, 1])[:, None, :], dtype=np.float64)


def _depend(grid: Floats, rho: Floats, to_come: Floats) -> None:
    """Let the low scores of level matches depend on each other, as Dixon and Coles (1997) do."""
    moved = dependence_moved(rho, to_come)
    for home, away, sign in ((0, 0, 1.0), (1, 1, 1.0), (0, 1, -1.0), (1, 0, -1.0)):
        grid[:, home, away] += sign * moved


def _paid(grid: Floats, score: tuple[int, int], markets: tuple[PricedMarket, ...]) -> Floats:
    home, away = min(score[0], SCORE_MAX), min(score[1], SCORE_MAX)
    payoffs = payoffs_of(markets)
    win, back = (part[home : home + _CELLS, away : away + _CELLS].reshape(_CELLS**2, -1) for part in (payoffs.win, payoffs.back))
    flat = grid.reshape(len(grid), -1)
    chances = flat @ win
    returned = flat @ back
    chances[:, payoffs.may_return] /= np.where(returned > 1.0 - 1e-12, np.inf, 1.0 - returned)
    return np.asarray(chances, dtype=np.float64)


@cache
def payoffs_of(markets: tuple[PricedMarket, ...]) -> Payoffs:
    """Return the payoffs of markets of one period, by the goals of that period."""
    size = SCORE_MAX + _CELLS
    width = sum(len(selections_of_market(market)) for market in markets)
    win, back = np.zeros((size, size, width)), np.zeros((size, size, width))
    for home, away in product(range(size), repeat=2):
        column = 0
        for market in markets:
            graded = grade(market.type.removeprefix(period_of(market)), market.specifiers, FinalScore(home, away))
            for number, result in enumerate(graded.values(), start=column):
                (won, won_of), (void, void_of) = result.won, result.void
                back[home, away, number] = void / void_of
                win[home, away, number] = (1.0 - void / void_of) * won / won_of
            column += len(graded)
    may_return = np.flatnonzero(back.any(axis=(0, 1)))
    return Payoffs(win, np.ascontiguousarray(back[:, :, may_return]), may_return)


def _result_chances(grid: Floats, score: tuple[int, int]) -> Floats:
    """Return the chances of home, draw and away by the grid of goals to come."""
    return _paid(grid, score, (PricedMarket("match_result"),))


def _half_and_full(first: Floats, second: Floats, at: _Standing, results: Floats) -> Floats:
    """Return the chances of half time and full time, home/home first, shaped (match, 9)."""
    leads = [_lead_chances(grid) for grid in (first, second)]
    joint = (leads[0][:, :, None] * leads[1][:, None, :]).reshape(len(first), -1)
    chances = joint @ _signs(at.first[0] - at.first[1], at.second[0] - at.second[1])
    of_results = chances.reshape(-1, 3, 3).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(of_results > 0.0, results / of_results, 0.0)
    return np.asarray(chances * np.tile(scale, (1, 3)), dtype=np.float64)


def _lead_chances(grid: Floats) -> Floats:
    """Return the chance of each lead that the goals to come make, from -20 to 20, shaped (match, 41)."""
    return np.asarray(grid.reshape(len(grid), -1) @ _lead_indicators(), dtype=np.float64)


@cache
def _lead_indicators() -> Floats:
    indicators = np.zeros((_CELLS**2, _LEADS))
    for home, away in product(range(_CELLS), repeat=2):
        indicators[home * _CELLS + away, home - away + GOALS_TO_COME_MAX] = 1.0
    return indicators


@cache
def _signs(first_lead: int, second_lead: int) -> Floats:
    """Return which of the nine pairs of results the leads of the halves make, shaped (lead of the first * lead of the second, 9)."""
    leads = np.arange(_LEADS) - GOALS_TO_COME_MAX
    half = np.sign(leads + first_lead)
    full = np.sign(leads[None, :] + second_lead + leads[:, None] + first_lead)
    signs = [(half[:, None] == of_half) & (full == of_full) for of_half in (1, 0, -1) for of_full in (1, 0, -1)]
    return np.stack([sign.reshape(-1) for sign in signs], axis=1).astype(np.float64)
