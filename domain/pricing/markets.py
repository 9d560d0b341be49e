"""The markets that the model prices, and their prices at any moment of a match."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.odds import ODDS_MAX, THOUSANDTHS, Odds
from domain.pricing.goals import Expectation, Floats
from domain.pricing.grid import HALF_TIME_FULL_TIME, MatchMoment, PricedMarket, chances_of, selections_of_market
from domain.pricing.ladder import prices_of
from domain.pricing.margin import MARGIN_EXPONENT, with_margin
from domain.pricing.tilt import Tilt

MATCH_RESULT = PricedMarket("match_result")
TOTAL_GOALS = PricedMarket("total_goals", ("total", "2.5"))
BOTH_TEAMS_TO_SCORE = PricedMarket("both_teams_to_score")

MAIN_MARKETS = (MATCH_RESULT, TOTAL_GOALS, BOTH_TEAMS_TO_SCORE)
"""The markets on the board, in the order they are shown."""

FOOTBALL_MARKETS = (
    *MAIN_MARKETS,
    PricedMarket("double_chance"),
    PricedMarket("draw_no_bet"),
    *(PricedMarket("total_goals", ("total", line)) for line in ("0.5", "1.5", "2", "2.75", "3.5", "4.5")),
    *(PricedMarket("asian_handicap", ("hcp", line)) for line in ("-1.5", "-0.75", "-0.25", "0.25", "0.75", "1.5")),
    PricedMarket("correct_score"),
    PricedMarket("winning_margin"),
    PricedMarket("odd_even"),
    PricedMarket(HALF_TIME_FULL_TIME),
    PricedMarket("result_and_total", ("total", "2.5")),
    PricedMarket("first_half_match_result"),
    PricedMarket("first_half_total_goals", ("total", "0.5")),
    PricedMarket("first_half_total_goals", ("total", "1.5")),
    PricedMarket("first_half_correct_score"),
    PricedMarket("second_half_match_result"),
    PricedMarket("second_half_total_goals", ("total", "1.5")),
)
"""Every market of a football match that is played again, in the order they are shown."""


class Book(NamedTuple):
    """The prices of one market, and what the selections would cost that are not offered: together they add up to a book."""

    prices: dict[str, Odds]
    withdrawn: dict[str, Odds]


Books = dict[PricedMarket, Book]
"""Market -> its book. A market without any prices is decided, or as good as that: close it."""


def books_of(
    markets: Sequence[PricedMarket],
    expectations: Sequence[Expectation],
    moments: Sequence[MatchMoment],
    exponents: float | Sequence[Mapping[PricedMarket, float]] = MARGIN_EXPONENT,
    tilts: Sequence[Tilt] = (),
) -> list[Books]:
    """Return the books of many matches at once: goals expected before each match, and where it stands.

    `exponents` is one margin for all, or for each match those of its markets; a market that is missing there has the book's own. `tilts`
    are those of the matches, none where nothing is shaded: no price pays more than the chance before shading allows. A market is not
    offered at all where its prices would not add up to a book: everything in it is as good as decided.
    """
    if not expectations:
        return []
    markets = tuple(markets)
    chances = chances_of(markets, expectations, moments, tilts)
    implied = with_margin(chances, exponents if isinstance(exponents, float) else _exponents(markets, exponents))
    if any(tilts):
        unshaded = chances_of(markets, expectations, moments)
        implied, chances = np.maximum(implied, unshaded), np.minimum(chances, unshaded)
    return books_at([markets] * len(moments), chances, implied)


def books_at(of_matches: Sequence[Sequence[PricedMarket]], chances: Floats, implied: Floats) -> list[Books]:
    """Return the books of many matches from the chances of their selections, and from what prices imply, margin included.

    Each match has its own markets, in the same order with as many selections each: their lines may differ. Arrays have a row a match, a
    column a selection.
    """
    markets = tuple(of_matches[0])
    quoted = prices_of(implied.ravel())
    costs = _costs(quoted, implied.ravel())
    adds_up = _adds_up(markets, costs, chances, len(of_matches))
    width, offsets = chances.shape[1], _offsets(markets)
    return [
        {
            market: _book(selections, quoted[at : at + len(selections)], costs[at : at + len(selections)]) if is_offered else Book({}, {})
            for market, selections, at, is_offered in zip(
                own, map(selections_of_market, own), (row * width + offsets).tolist(), adds_up[row].tolist(), strict=True
            )
        }
        for row, own in enumerate(of_matches)
    ]


def book_of(selections: Sequence[str], implied: Floats) -> Book:
    """Return the book of one market from what its prices imply, margin included: the longest ticks that pay no more."""
    quoted = prices_of(implied)
    return _book(
        selections, quoted, [_unoffered(one) if price is None else price for price, one in zip(quoted, implied.tolist(), strict=True)]
    )


def _book(selections: Sequence[str], quoted: Sequence[Odds | None], costs: Sequence[Odds]) -> Book:
    prices = {selection: price for selection, price in zip(selections, quoted, strict=True) if price is not None}
    if len(prices) == len(selections):
        return Book(prices, {})
    return Book(prices, {selection: cost for selection, cost in zip(selections, costs, strict=True) if selection not in prices})


def _costs(quoted: Sequence[Odds | None], implied: Floats) -> list[Odds]:
    """Return what each selection costs, or would cost."""
    return [_unoffered(one) if price is None else price for price, one in zip(quoted, implied.tolist(), strict=True)]


def _unoffered(implied: float) -> Odds:
    """Return what a selection would cost that the ladder has no price for: as good as certain, or next to impossible."""
    thousandths = int(THOUSANDTHS / implied) if implied > 1 / ODDS_MAX else ODDS_MAX * THOUSANDTHS
    return Odds(max(thousandths, THOUSANDTHS + 1), THOUSANDTHS)


@cache
def _offsets(markets: tuple[PricedMarket, ...]) -> NDArray[np.int64]:
    """Return the column at which each market begins."""
    return np.cumsum([0, *(len(selections_of_market(market)) for market in markets)])[:-1]


def _adds_up(markets: tuple[PricedMarket, ...], costs: Sequence[Odds], chances: Floats, matches: int) -> NDArray[np.bool_]:
    """Say of each market of each match whether its prices add up to more than its chances do: a book."""
    implied = np.array([cost.denominator / cost.numerator for cost in costs]).reshape(matches, -1)
    begins = _offsets(markets)
    return np.asarray(np.add.reduceat(implied, begins, axis=1) > np.add.reduceat(chances, begins, axis=1) + 1e-9, dtype=np.bool_)


def _exponents(markets: tuple[PricedMarket, ...], of_matches: Sequence[Mapping[PricedMarket, float]]) -> Floats:
    """Return the exponents in the shape of the chances: a row a match, a column a selection."""
    widths = [len(selections_of_market(market)) for market in markets]
    rows = [[exponents.get(market, MARGIN_EXPONENT) for market in markets] for exponents in of_matches]
    return np.repeat(np.array(rows, dtype=np.float64), widths, axis=1)
