"""Taking a bookmaker's margin off the prices of a market and putting one on, by the six methods that the field knows, many markets at once.

A market's prices imply pi = 1 / odds, which add up to its overround B > 1. Each method says how pi follows from the probabilities p, with
one parameter that is solved from B. Rows that have no probabilities, or no prices, by a method are all NaN: those without overround,
those with a price of 1 or less, and those where the method leaves the range from 0 to 1.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Method = Literal["proportional", "additive", "power", "shin", "odds_ratio", "logarithmic"]
METHODS: tuple[Method, ...] = get_args(Method)

_STEPS = 60


class WithoutMargin(NamedTuple):
    """Probabilities, a row a market, and the parameter of each market's margin: B, B - 1, exponent, z, odds ratio, or its logarithm."""

    probabilities: Floats
    parameters: Floats


class _Scale(NamedTuple):
    """A method with one parameter to solve: its bounds, and implied chances from probabilities and back, for a column of parameters.

    The margin grows with the parameter; for `power` it is 1 / k.
    """

    low: float
    high: float
    implied: Callable[[Floats, Floats], Floats]
    probabilities: Callable[[Floats, Floats], Floats]


def remove_margin(decimal_odds: Floats, method: Method) -> WithoutMargin:
    """Return the probabilities behind decimal odds: a row a market, a column a selection, each above 1.

    - `proportional`: p = pi / B, the parameter is B. The oldest; it takes as much from favourites as from long shots.
    - `additive`: p = pi - (B - 1) / n, the parameter is B - 1. J. Buchdahl, "Wisdom of the Crowd" (2015), has the same as margin weights
      proportional to the odds. A long shot's p may fall below 0.
    - `power`: pi = p ** k. S. Clarke, S. Kovalchik, M. Ingram, "Adjusting bookmaker's odds to allow for overround" (2017).
    - `shin`: a share z of the turnover is informed. H. S. Shin, "Measuring the incidence of insider trading in a market for
      state-contingent claims" (1993), in the form of B. Jullien and B. Salanie (1994): pi = sqrt(B) * sqrt(z * p + (1 - z) * p * p). At
      two selections it equals `additive`.
    - `odds_ratio`: pi / (1 - pi) = c * p / (1 - p). K. Cheung, "Fixed-odds betting and traditional odds" (2015).
    - `logarithmic`: the same shift said in log-odds, ln(pi / (1 - pi)) = ln(p / (1 - p)) + c, as penaltyblog has it. (The R package
      `implied` gives this name to `power`.)
    """
    implied = 1.0 / np.asarray(decimal_odds, dtype=np.float64)
    are_prices = np.asarray((implied < 1.0).all(axis=1))
    implied = np.where(are_prices[:, None], implied, 0.5)
    overround = implied.sum(axis=1)
    if method == "proportional":
        found, parameters = implied / overround[:, None], overround
    elif method == "additive":
        found, parameters = implied - (overround[:, None] - 1.0) / implied.shape[1], overround - 1.0
    else:
        scale = _SCALES[method]
        parameters = _solved(scale, lambda at: scale.probabilities(implied, at).sum(axis=1), np.ones(len(implied)))
        found = scale.probabilities(implied, parameters[:, None])
        found = found / found.sum(axis=1, keepdims=True)
        parameters = 1.0 / parameters if method == "power" else parameters
    return WithoutMargin(_kept(found, are_prices & (overround > 1.0)), parameters)


def apply_margin(probabilities: Floats, overround: Floats | float, method: Method) -> Floats:
    """Return what prices imply that add up to an overround B > 1, a row a market: the inverse of `remove_margin`.

    A row is NaN where the method would ask for a price that pays no more than the stake, or cannot reach so large an overround.
    """
    aims = np.broadcast_to(np.asarray(overround, dtype=np.float64), (len(probabilities),))
    if method == "proportional":
        implied = probabilities * aims[:, None]
    elif method == "additive":
        implied = probabilities + (aims[:, None] - 1.0) / probabilities.shape[1]
    else:
        scale = _SCALES[method]
        solved = _solved(scale, lambda at: -scale.implied(probabilities, at).sum(axis=1), -aims)
        implied = scale.implied(probabilities, solved[:, None])
        aims = np.where(np.abs(implied.sum(axis=1) - aims) < 1e-6, aims, 0.0)
    return _kept(implied, aims > 1.0)


def _kept(rows: Floats, are_valid: NDArray[np.bool_]) -> Floats:
    """Return the rows of which every entry is strictly between 0 and 1, the others as NaN."""
    kept = are_valid & (rows > 0.0).all(axis=1) & (rows < 1.0).all(axis=1)
    return np.asarray(np.where(kept[:, None], rows, np.nan), dtype=np.float64)


def _solved(scale: _Scale, falling: Callable[[Floats], Floats], aims: Floats) -> Floats:
    """Return for each row the parameter at which a falling function of it reaches its aim, by bisection of all rows at once."""
    low, high = np.full(len(aims), scale.low), np.full(len(aims), scale.high)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        is_above = falling(middle[:, None]) > aims
        low, high = np.where(is_above, middle, low), np.where(is_above, high, middle)
    return np.asarray((low + high) / 2, dtype=np.float64)


def _shin_probabilities(implied: Floats, z: Floats) -> Floats:
    share = implied * implied / implied.sum(axis=1, keepdims=True)
    return np.asarray((np.sqrt(z * z + 4.0 * (1.0 - z) * share) - z) / (2.0 * (1.0 - z)), dtype=np.float64)


def _shin_implied(probabilities: Floats, z: Floats) -> Floats:
    roots = np.sqrt(z * probabilities + (1.0 - z) * probabilities * probabilities)
    return np.asarray(roots * roots.sum(axis=1, keepdims=True), dtype=np.float64)


def _shifted(chances: Floats, ratio: Floats) -> Floats:
    """Return chances whose odds are `ratio` times as long in favour: c * p / (1 - p + c * p)."""
    return np.asarray(ratio * chances / (1.0 - chances + ratio * chances), dtype=np.float64)


_SCALES: dict[str, _Scale] = {
    "power": _Scale(1.0, 20.0, lambda p, n: p ** (1.0 / n), lambda pi, n: pi**n),
    "shin": _Scale(0.0, 0.999, _shin_implied, _shin_probabilities),
    "odds_ratio": _Scale(1.0, 1_000.0, _shifted, lambda implied, c: _shifted(implied, 1.0 / c)),
    "logarithmic": _Scale(0.0, 7.0, lambda p, c: _shifted(p, np.exp(c)), lambda pi, c: _shifted(pi, np.exp(-c))),
}
