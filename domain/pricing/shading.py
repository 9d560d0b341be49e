"""Shading: what open bets would win most on costs more, what the book would win on costs less, all from one tilted grid of scores.

Each score is weighted by e to the power of its tilt, which grows evenly with what the book would pay there: exponential tilting,
F. Esscher, "On the probability function in the collective theory of risk", 1932. The weights are of scores, so all markets that the final
score decides follow from one measure, as without them.

How far the tilts of two scores are apart is limited. And no shaded price pays more than the chance before shading allows (`books_of`): so
the grid before shading values every bet at no more than its stake, and no mixture of bets on a match is a sure win, shaded as it may be,
at whatever moments. Where less is at risk, shading gives away the margin at most. A cash-out pays by the chance before shading, too.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from domain.pricing.goals import Floats
from domain.pricing.grid import SCORE_MAX, PricedMarket, payoffs_of, period_of, selections_of_market
from domain.pricing.tilt import Tilt
from domain.score_model import TILT_GOALS_MAX

FULL_AT_MINOR = 1_000_000
"""From so much on between what the book pays on its worst score and its best, in minor units of any currency, shading is at its limit."""

STEP_THOUSANDTHS = 10
"""Prices are shaded anew once some score's tilt has moved by as much, or no score is tilted any more."""

_SIDE = TILT_GOALS_MAX + 1


class Owed(NamedTuple):
    """What open bets on a selection are paid if it wins, and what they get back where it is void, in minor units; both add up."""

    won_minor: float = 0.0
    returned_minor: float = 0.0


def counts_for_shading(market: PricedMarket) -> bool:
    """Say whether the final score decides a market, so that what is owed on it is known of every score."""
    return period_of(market) == ""


def owed_by_score(owed: Mapping[tuple[PricedMarket, str], Owed], markets: Sequence[PricedMarket], score: tuple[int, int]) -> Floats:
    """Return what the book pays by goals to come, up to `TILT_GOALS_MAX` a side, shaped (home, away), in minor units.

    `markets` are all that the final score decides, `owed` is by market and selection.
    """
    markets = tuple(markets)
    sums = [owed.get((market, selection), _NOTHING) for market in markets for selection in selections_of_market(market)]
    won, returned = np.array(sums, dtype=np.float64).T
    payoffs = payoffs_of(markets)
    home, away = (min(goals, SCORE_MAX) for goals in score)
    part = np.s_[home : home + _SIDE, away : away + _SIDE]
    return np.asarray(payoffs.win[part] @ won + payoffs.back[part] @ returned[payoffs.may_return], dtype=np.float64)


def tilt_of(owed_minor: Floats, limit_thousandths: int) -> Tilt:
    """Return the tilt of scores on which the book pays so much: 0 on the best one, up to the limit on the worst."""
    over = owed_minor - owed_minor.min()
    tilt = np.rint(over * (limit_thousandths / max(over.max(), FULL_AT_MINOR))).astype(np.int64)
    return tuple(tilt.ravel().tolist()) if tilt.any() else ()


def has_moved(tilt: Tilt, wanted: Tilt, limit_thousandths: int) -> bool:
    """Say whether prices at a tilt are to be given at another one: it is a step away, none is wanted, or the limit fell below it."""
    if not tilt or not wanted:
        return tilt != wanted and (not wanted or max(wanted) >= STEP_THOUSANDTHS)
    is_step = max(abs(one - other) for one, other in zip(tilt, wanted, strict=True)) >= STEP_THOUSANDTHS
    return is_step or max(tilt) > limit_thousandths


_NOTHING = Owed()
