"""The goals that a market expects: the closing prices of real books, read backwards through the model."""

from collections.abc import Sequence

import numpy as np

from domain.pricing.goals import EXPECTED_GOALS_MAX, EXPECTED_GOALS_MIN, Expectation, outlook
from domain.pricing.margin import probabilities_of

_STEPS = 20
_SPLITS = 17
_REFINEMENTS = 4


def expectation_of(match_result: Sequence[float], total_goals: Sequence[float] | None = None) -> Expectation:
    """Return the goals expected by closing prices: decimal odds of home, draw, away, and of over, under 2.5 where they are known.

    The margin comes off first. The total is the one that gives the market's chance of over 2.5, or without that its chance of a draw;
    the split is the one that gives its difference between home and away. The one is searched inside the other.
    """
    home, draw, away = probabilities_of(match_result)[0].tolist()
    over = None if total_goals is None else float(probabilities_of(total_goals)[0][0])
    low, high = 2 * EXPECTED_GOALS_MIN, EXPECTED_GOALS_MAX
    for _ in range(_STEPS):
        total = (low + high) / 2
        ends = outlook([_with_lead(total, home - away)], [0], [(0, 0)])
        too_few = float(ends.over[0]) < over if over is not None else float(ends.draw[0]) > draw
        low, high = (total, high) if too_few else (low, total)
    return _with_lead((low + high) / 2, home - away)


def _with_lead(total: float, lead: float) -> Expectation:
    """Return the split of a total at which home's chance less away's is `lead`, narrowed down many splits at a time."""
    low, high = EXPECTED_GOALS_MIN, max(total - EXPECTED_GOALS_MIN, EXPECTED_GOALS_MIN)
    for _ in range(_REFINEMENTS):
        homes = np.linspace(low, high, _SPLITS)
        ends = outlook([Expectation(home, total - home) for home in homes.tolist()], [0] * _SPLITS, [(0, 0)] * _SPLITS)
        above = min(max(int(np.searchsorted(ends.home - ends.away, lead)), 1), _SPLITS - 1)
        low, high = float(homes[above - 1]), float(homes[above])
    home = (low + high) / 2
    return Expectation(home, total - home)
