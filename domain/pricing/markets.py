"""The markets that the model prices, and their prices at any moment of a match."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from domain.odds import ODDS_MAX, THOUSANDTHS, Odds
from domain.pricing.goals import Expectation, Floats, Outlook, outlook
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


class Book(NamedTuple):
    """The prices of one market, and what the selections would cost that are not offered: together they add up to a book."""

    prices: dict[str, Odds]
    withdrawn: dict[str, Odds]


Books = dict[str, Book]
"""Market type -> its book. A market without any prices is decided: close it."""


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
    books = books_of(expectations, minutes_gone, scores, exponent)
    return [{market: book.prices for market, book in of_match.items()} for of_match in books]


def books_of(
    expectations: Sequence[Expectation],
    minutes_gone: Sequence[int],
    scores: Sequence[tuple[int, int]],
    exponents: float | Sequence[Mapping[str, float]] = MARGIN_EXPONENT,
) -> list[Books]:
    """Return the books of many matches at once; three markets each. Units and meaning as `price_match`.

    `exponents` is one margin for all, or for each match those of its market types; a type that is missing there has the book's own.
    """
    if not expectations:
        return []
    chances = np.stack(_columns(outlook(expectations, minutes_gone, scores, TOTAL_LINE)), axis=1)
    implied = with_margin(chances, exponents if isinstance(exponents, float) else _exponents(exponents)).ravel()
    quoted = iter(zip(prices_of(implied), implied.tolist(), strict=True))
    return [
        {market: _book([(selection, *next(quoted)) for selection in selections]) for market, selections in PRICED_MARKETS.items()}
        for _ in expectations
    ]


def book_of(selections: Sequence[str], implied: Floats) -> Book:
    """Return the book of one market from what its prices imply, margin included: the longest ticks that pay no more."""
    return _book(list(zip(selections, prices_of(implied), implied.tolist(), strict=True)))


def _exponents(of_matches: Sequence[Mapping[str, float]]) -> Floats:
    """Return the exponents in the shape of the chances: a row a match, a column a selection."""
    return np.array(
        [
            [exponents.get(market, MARGIN_EXPONENT) for market, selections in PRICED_MARKETS.items() for _ in selections]
            for exponents in of_matches
        ],
        dtype=np.float64,
    )


def _book(quoted: Sequence[tuple[str, Odds | None, float]]) -> Book:
    prices = {selection: price for selection, price, _ in quoted if price is not None}
    return Book(prices, {selection: _unoffered(implied) for selection, price, implied in quoted if price is None})


def _unoffered(implied: float) -> Odds:
    """Return what a selection would cost that the ladder has no price for: as good as certain, or next to impossible."""
    thousandths = int(THOUSANDTHS / implied) if implied > 1 / ODDS_MAX else ODDS_MAX * THOUSANDTHS
    return Odds(max(thousandths, THOUSANDTHS + 1), THOUSANDTHS)


def _columns(ends: Outlook) -> tuple[np.ndarray, ...]:
    """Return the chances in the order of `PRICED_MARKETS` and their selections."""
    return (ends.home, ends.draw, ends.away, ends.over, 1.0 - ends.over, ends.both_score, 1.0 - ends.both_score)
