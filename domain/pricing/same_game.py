"""The price of several legs of one football match together: summed over the grid of scores that each of them was priced from.

A leg wins, loses or gives the stake back on every score, as the rule says that settles it; together they are settled by the rule of
`domain.settling.same_game`: lost with one lost leg, else void with one void leg, else won. With the chance v of void and w of won, a fair
price is (1 - v) / w, as for a single (see `domain.pricing.grid`).

The margin is put on by the power method with the largest margin that a leg or the book has (S. Clarke, S. Kovalchik and M. Ingram,
"Adjusting bookmaker's odds to allow for overround", 2017). Powers multiply: legs that do not depend on each other cost what their prices
multiplied give. Since a price never pays more than its chance allows, the grid values every bet at no more than its stake, joint ones
included: no mixture of bets on a match is a sure win. Together, legs cost no more than any of them alone (the odds are at least the longest
of theirs), since they win with it at best.

Both halves and the whole match have a grid each, and only halves are independent of each other: legs of a half and of the whole match are
not related.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from domain.odds import Odds
from domain.pricing.goals import GOALS_TO_COME_MAX, Expectation, Floats
from domain.pricing.grid import (
    HALF_TIME_FULL_TIME,
    SCORE_MAX,
    MatchMoment,
    PricedMarket,
    grids_of,
    payoffs_of,
    period_of,
    selections_of_market,
)
from domain.pricing.ladder import prices_of
from domain.pricing.margin import MARGIN_EXPONENT
from domain.refused import Refused
from domain.score_model import MILLIONTHS, ScoreModel
from domain.settling.grading import GRADERS, MarketTypeUnknown
from domain.settling.rules import type_of

GRIDS_REMEMBERED_MAX = 512
PAYOFFS_REMEMBERED_MAX = 4_096
PRICES_REMEMBERED_MAX = 4_096

_CELLS = GOALS_TO_COME_MAX + 1
Cells = NDArray[np.bool_]


class GameLeg(NamedTuple):
    """A leg: its market with type and line, its selection, the odds of the single, and what these were computed from."""

    market_id: str
    type: str
    specifiers: tuple[tuple[str, str], ...]
    selection: str
    odds: Odds
    model: ScoreModel | None


class JointPrice(NamedTuple):
    """What legs together pay, and the chance that this was made of, in millionths, rounded up."""

    odds: Odds
    chance_millionths: int


class LegNotOfScores(Refused):
    """No score decides this leg by itself, so that no grid of scores relates it to the other legs of its match."""

    market_id: str
    type: str


class LegsOfDifferentPeriods(Refused):
    """One leg is on a half and another on the whole match: the grids of scores do not relate these."""

    fixture_id: str
    periods: tuple[str, ...]


class LegsOnOneMarket(Refused):
    """Two legs are on one market: they are bets of their own, or lines of their own, not one line."""

    market_id: str


class LegSplitsStake(Refused):
    """A quarter line may win or lose half of a stake, which legs that are struck together cannot."""

    market_id: str
    selection: str


class LegWithoutModel(Refused):
    """The price of this leg does not say which grid of scores it was computed from, so that it has no price together with others."""

    market_id: str


class LegsOfDifferentScores(Refused):
    """The prices of these legs were computed at different scores of the match: they have a price together once all are fresh."""

    fixture_id: str


class LegsCannotAllWin(Refused):
    """No score lets all these legs of one match win."""

    fixture_id: str


class SameGameNotOffered(Refused):
    """These legs together are next to impossible, so that no price is offered."""

    fixture_id: str
    chance_millionths: int


def check_related(fixture_id: str, legs: Sequence[GameLeg]) -> None:
    """Refuse legs of one match that have no price together, whatever the score.

    Raises:
        LegNotOfScores, LegsOnOneMarket, LegsOfDifferentPeriods, LegSplitsStake: in this order.

    """
    for number, leg in enumerate(legs):
        if not _is_of_scores(leg.type):
            raise LegNotOfScores(leg.market_id, leg.type)
        if any(leg.market_id == other.market_id for other in legs[:number]):
            raise LegsOnOneMarket(leg.market_id)
    periods = tuple(sorted({type_of(leg.type).period for leg in legs}))
    if "" in periods and len(periods) > 1:
        raise LegsOfDifferentPeriods(fixture_id, periods)
    for leg in legs:
        if _splits_stake(_market_of(leg), leg.selection):
            raise LegSplitsStake(leg.market_id, leg.selection)


@lru_cache(maxsize=PRICES_REMEMBERED_MAX)
def joint_price(fixture_id: str, legs: tuple[GameLeg, ...]) -> JointPrice:
    """Return the price of legs together, which `check_related` let pass.

    Markets are priced when their prices move, so that legs may have models of different minutes: the shortest price is taken that one of
    these gives.

    Raises:
        LegWithoutModel, LegsOfDifferentScores, LegsCannotAllWin, SameGameNotOffered: in this order.

    """
    models = list[ScoreModel]()
    for leg in legs:
        if leg.model is None:
            raise LegWithoutModel(leg.market_id)
        if leg.model not in models:
            models.append(leg.model)
    if len({(model.home, model.away) for model in models}) > 1:
        raise LegsOfDifferentScores(fixture_id)
    markets = [(_market_of(leg), leg.selection) for leg in legs]
    chance = max(_priced_chance(model, markets, _exponent([one.exponent_millionths for one in models])) for model in models)
    if not chance:
        raise LegsCannotAllWin(fixture_id)
    millionths = min(-int(-chance * MILLIONTHS // 1), MILLIONTHS)
    odds = odds_of_chance(millionths, [model.exponent_millionths for model in models], [leg.odds for leg in legs])
    if odds is None:
        raise SameGameNotOffered(fixture_id, millionths)
    return JointPrice(odds, millionths)


def odds_of_chance(chance_millionths: int, exponents_millionths: Sequence[int], odds: Sequence[Odds]) -> Odds | None:
    """Return the odds of legs together: the margin on their chance, at least the longest of their own `odds`; None: not offered."""
    implied = (chance_millionths / MILLIONTHS) ** _exponent(exponents_millionths)
    (price,) = prices_of(np.array([implied]))
    longest = max(odds)
    if price is None:
        return longest if implied * longest.numerator >= longest.denominator else None
    return max(price, longest)


def unshaded_millionths(model: ScoreModel, market: PricedMarket, selection: str) -> int | None:
    """Return the chance before shading of a selection that one period's goals decide, in millionths, rounded down; None of any other."""
    if not _is_of_scores(market.type):
        return None
    return int(_chance(_unshaded(model), [(market, selection)]) * MILLIONTHS)


def _exponent(exponents_millionths: Sequence[int]) -> float:
    return min(MARGIN_EXPONENT, min(exponents_millionths) / MILLIONTHS)


def _priced_chance(model: ScoreModel, legs: Sequence[tuple[PricedMarket, str]], exponent: float) -> float:
    """Return the chance that legs together are priced by: at its odds, they pay no more than their chance before shading allows."""
    chance = _chance(model, legs)
    return max(chance, _chance(_unshaded(model), legs) ** (1.0 / exponent)) if model.tilt_thousandths else chance


def _unshaded(model: ScoreModel) -> ScoreModel:
    return msgspec.structs.replace(model, tilt_thousandths=())


def _chance(model: ScoreModel, legs: Sequence[tuple[PricedMarket, str]]) -> float:
    """Return the chance at which a fair price of legs together returns the stake; exactly 0 where no score lets all of them win."""
    won, alive, can_win = 1.0, 1.0, True
    for period, (grid, score) in _grids(model).items():
        cells = [_cells(market, selection, score) for market, selection in legs if period_of(market) == period]
        if cells:
            wins = np.logical_and.reduce([each for each, _ in cells])
            can_win = can_win and bool(wins.any())
            won *= float(grid[wins].sum())
            alive *= float(grid[np.logical_and.reduce([wins_or_void for _, wins_or_void in cells])].sum())
    if not can_win:
        return 0.0
    void = alive - won
    return max(won / max(1.0 - void, 1e-9), 1e-12)


def expected_by(model: ScoreModel) -> Expectation:
    """Return the goals that a model of whole numbers expects, and how low scores depend on each other."""
    return Expectation(model.home_millionths / MILLIONTHS, model.away_millionths / MILLIONTHS, model.rho_millionths / MILLIONTHS)


@lru_cache(maxsize=GRIDS_REMEMBERED_MAX)
def _grids(model: ScoreModel) -> Mapping[str, tuple[Floats, tuple[int, int]]]:
    return grids_of(expected_by(model), MatchMoment(model.minutes_gone, model.home, model.away, model.half_time), model.tilt_thousandths)


@lru_cache(maxsize=PAYOFFS_REMEMBERED_MAX)
def _cells(market: PricedMarket, selection: str, score: tuple[int, int]) -> tuple[Cells, Cells]:
    """Return on which pairs of goals to come a selection wins, and on which it is not lost."""
    win, back = _payoffs(market, selection)
    home, away = (min(goals, SCORE_MAX) for goals in score)
    part = np.s_[home : home + _CELLS, away : away + _CELLS]
    return win[part] > 0.0, (win[part] > 0.0) | (back[part] > 0.0)


def _payoffs(market: PricedMarket, selection: str) -> tuple[Floats, Floats]:
    payoffs, number = payoffs_of((market,)), selections_of_market(market).index(selection)
    returning = np.flatnonzero(payoffs.may_return == number)
    back = payoffs.back[:, :, returning[0]] if len(returning) else np.zeros_like(payoffs.win[:, :, number])
    return payoffs.win[:, :, number], back


@lru_cache(maxsize=PAYOFFS_REMEMBERED_MAX)
def _splits_stake(market: PricedMarket, selection: str) -> bool:
    _, back = _payoffs(market, selection)
    return bool(((back > 0.0) & (back < 1.0)).any())


@lru_cache(maxsize=PAYOFFS_REMEMBERED_MAX)
def _is_of_scores(market_type: str) -> bool:
    """Say whether the goals of one period decide a market."""
    try:
        return market_type != HALF_TIME_FULL_TIME and type_of(market_type).asks in GRADERS
    except MarketTypeUnknown:
        return False


def _market_of(leg: GameLeg) -> PricedMarket:
    return PricedMarket(leg.type, leg.specifiers[0] if leg.specifiers else ())
