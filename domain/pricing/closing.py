"""The goals that a market expects: the closing prices of real books, read backwards through the model."""

from collections.abc import Callable, Sequence

import numpy as np

from domain.pricing.goals import EXPECTED_GOALS_MAX, EXPECTED_GOALS_MIN, RHO, Expectation, Floats, Outlook, bounded_rho, outlook
from domain.pricing.margin import probabilities_of

_STEPS = 20
_POINTS = 17
_REFINEMENTS = 5


def expectation_of(match_result: Sequence[float], total_goals: Sequence[float] | None = None) -> Expectation:
    """Return what closing prices expect: decimal odds of home, draw, away, and of over, under 2.5 where they are known.

    The margin comes off first. Then three numbers are solved for three chances, and each has one of its own, since the dependence of low
    scores changes neither the chance of over 2.5 nor that of home less that of away (see `goals.dependence_moved`):

    - the total of goals from the chance of over 2.5;
    - its split from home less away;
    - rho from the chance of a draw, in closed form. It stays in the bounds of `bounded_rho`.

    Without prices of over and under the draw gives the total at the usual rho, and rho only takes what no total explains.
    """
    home, draw, away = probabilities_of(match_result)[0].tolist()
    over = None if total_goals is None else float(probabilities_of(total_goals)[0][0])
    total = _total_of_draw(draw, home - away) if over is None else _total_of_over(over)
    return _with_draw(_with_lead(total, home - away), draw)


def _total_of_over(over: float) -> float:
    """Return the total of goals at which over 2.5 has this chance: it does not depend on the split."""
    return _narrowed(2 * EXPECTED_GOALS_MIN, EXPECTED_GOALS_MAX, lambda totals: _ends(totals / 2, totals / 2).over, over)


def _total_of_draw(draw: float, lead: float) -> float:
    """Return the total of goals at which a draw has this chance at the usual rho: the more goals, the fewer draws."""
    low, high = 2 * EXPECTED_GOALS_MIN, EXPECTED_GOALS_MAX
    for _ in range(_STEPS):
        total = (low + high) / 2
        split = _with_lead(total, lead)
        too_few = float(outlook([split], [0], [(0, 0)]).draw[0]) > draw
        low, high = (total, high) if too_few else (low, total)
    return (low + high) / 2


def _with_lead(total: float, lead: float) -> Expectation:
    """Return the split of a total at which home's chance less away's is `lead`."""

    def leads(homes: Floats) -> Floats:
        ends = _ends(homes, total - homes)
        return ends.home - ends.away

    home = _narrowed(EXPECTED_GOALS_MIN, max(total - EXPECTED_GOALS_MIN, EXPECTED_GOALS_MIN), leads, lead)
    return Expectation(home, total - home)


def _with_draw(goals: Expectation, draw: float) -> Expectation:
    """Return the same goals with the rho at which a draw has this chance, as nearly as its bounds allow."""
    independent = Expectation(goals.home, goals.away, rho=0.0)
    missing = draw - float(outlook([independent], [0], [(0, 0)]).draw[0])
    rho = -missing / (2 * goals.home * goals.away * float(np.exp(-goals.home - goals.away)))
    return Expectation(goals.home, goals.away, float(bounded_rho(np.array([rho]), np.array([[goals.home, goals.away]]))[0]))


def _ends(homes: Floats, aways: Floats) -> Outlook:
    expected = [Expectation(home, away, RHO) for home, away in zip(homes.tolist(), aways.tolist(), strict=True)]
    return outlook(expected, [0] * len(expected), [(0, 0)] * len(expected))


def _narrowed(low: float, high: float, rising: Callable[[Floats], Floats], aim: float) -> float:
    """Return where a rising function of `low` to `high` reaches `aim`, narrowed down many points at a time; an end where it does not."""
    for _ in range(_REFINEMENTS):
        points = np.linspace(low, high, _POINTS)
        above = min(max(int(np.searchsorted(rising(points), aim)), 1), _POINTS - 1)
        low, high = float(points[above - 1]), float(points[above])
    return (low + high) / 2
