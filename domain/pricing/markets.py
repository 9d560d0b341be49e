"""The markets that the model prices, and their prices at any moment of a match."""

from collections.abc import Sequence

import numpy as np

from domain.odds import Odds
from domain.pricing.goals import Expectation, Outlook, outlook
from domain.pricing.ladder import prices_of
from domain.pricing.margin import MARGIN_EXPONENT, with_margin

PRICED_MARKETS: dict[str, tuple[str, ...]] = {
    "match_result": ("home", "draw", "away"),
    "total_goals": ("over", "under"),
    "both_teams_to_score": ("yes", "no"),
}
"""Market type -> its selections, named as `domain.settling.grading` grades them. `total_goals` is on 2.5."""

TOTAL_LINE = 2.5

Prices = dict[str, dict[str, Odds]]
"""Market type -> selection -> price. A selection that is missing is not offered; a market without any is decided: close it."""


def price_match(expectation: Expectation, minutes_gone: int, home: int, away: int, exponent: float = MARGIN_EXPONENT) -> Prices:
    """Return the prices of one match: goals expected before it, minutes that are over (0 before kick-off), score."""
    return price_matches([expectation], [minutes_gone], [(home, away)], exponent)[0]


def price_matches(
    expectations: Sequence[Expectation],
    minutes_gone: Sequence[int],
    scores: Sequence[tuple[int, int]],
    exponent: float = MARGIN_EXPONENT,
) -> list[Prices]:
    """Return the prices of many matches at once; three markets each. Units and meaning as `price_match`."""
    if not expectations:
        return []
    chances = np.stack(_columns(outlook(expectations, minutes_gone, scores, TOTAL_LINE)), axis=1)
    prices = iter(prices_of(with_margin(chances, exponent).ravel()))
    return [
        {
            market: {selection: price for selection in selections if (price := next(prices)) is not None}
            for market, selections in PRICED_MARKETS.items()
        }
        for _ in expectations
    ]


def _columns(ends: Outlook) -> tuple[np.ndarray, ...]:
    """Return the chances in the order of `PRICED_MARKETS` and their selections."""
    return (ends.home, ends.draw, ends.away, ends.over, 1.0 - ends.over, ends.both_score, 1.0 - ends.both_score)
