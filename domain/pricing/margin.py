"""The book's margin by the power method, on and off: implied = probability ** exponent.

S. Clarke, S. Kovalchik and M. Ingram, "Adjusting bookmaker's odds to allow for overround" (2017). It takes relatively more from long
shots, as real books do, and with a fixed exponent the margin shrinks by itself as a match is decided, which a fixed overround would not.
"""

from collections.abc import Sequence

import numpy as np

from domain.pricing.goals import Floats

MARGIN_EXPONENT = 0.95
"""The book's own: an overround of 5.4 % on three equal chances, 3.5 % on two."""

EASING_MINUTES = 15
"""How long into a match a market's own margin has become the book's."""

_EXPONENT_MIN, _EXPONENT_MAX = 0.05, 20.0
_STEPS = 80


def with_margin(probabilities: Floats, exponent: float | Floats = MARGIN_EXPONENT) -> Floats:
    """Return what prices imply once the margin is on; a certain outcome stays 1, an impossible one 0. One exponent for all, or one each."""
    return np.asarray(np.power(probabilities, exponent), dtype=np.float64)


def exponent_at(opening: float, minutes_gone: int) -> float:
    """Return the exponent of a market's margin at a minute: it moves evenly from that of its opening prices to the book's own.

    At kick-off it is the former, so that nothing jumps; from `EASING_MINUTES` on the latter.
    """
    return opening + (MARGIN_EXPONENT - opening) * min(max(minutes_gone, 0) / EASING_MINUTES, 1.0)


def probabilities_of(decimal_odds: Sequence[float]) -> tuple[Floats, float]:
    """Return the probabilities behind the prices of a whole market, and the exponent of its margin, found by bisection.

    The odds are above 1. A book that adds up to less than one has an exponent above 1.
    """
    logs = -np.log(np.asarray(decimal_odds, dtype=np.float64))
    low, high = _EXPONENT_MIN, _EXPONENT_MAX
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if np.exp(logs / middle).sum() < 1.0:
            low = middle
        else:
            high = middle
    probabilities = np.exp(logs / ((low + high) / 2))
    return probabilities / probabilities.sum(), (low + high) / 2
