"""Football as it is played again: its markets, what they cost at a moment, and what that is computed from.

The opening prices are the closing prices of real books where they are known, else the model's.
"""

from collections.abc import Sequence

from commands.trading.replay.match import Match
from commands.trading.replay.match_steps import Step
from commands.trading.replay.offer import MatchOffer
from domain.ids import FixtureId, MarketId
from domain.odds import Odds
from domain.pricing import (
    FOOTBALL_MARKETS,
    MAIN_MARKETS,
    MATCH_RESULT,
    TOTAL_GOALS,
    Book,
    Books,
    Expectation,
    MatchMoment,
    PricedMarket,
    books_of,
    selections_of_market,
)
from domain.pricing.closing import expectation_of
from domain.pricing.margin import MARGIN_EXPONENT, exponent_at, probabilities_of
from domain.pricing.tilt import Tilt
from domain.score_model import MILLIONTHS, ScoreModel
from domain.settling.rules import is_within_bounds

QUOTED: dict[PricedMarket, str] = {MATCH_RESULT: "match_result", TOTAL_GOALS: "total_goals"}
"""The markets whose closing prices may be known -> how the match names them."""


class FootballOffer(MatchOffer, frozen=True, kw_only=True):
    """A football match on offer: the goals that its prices expect, and where those are the closing prices of real books, their margins.

    `exponents` are those by market, where they are not the book's own.
    """

    match: Match
    expectation: Expectation
    exponents: dict[PricedMarket, float]


def football_markets(_match: Match, *, every: bool) -> tuple[PricedMarket, ...]:
    """Return the markets of a match, in the order they are shown: the three on the board, or every one that the model prices."""
    return FOOTBALL_MARKETS if every else MAIN_MARKETS


def opening_books(match: Match, markets: Sequence[PricedMarket]) -> Books:
    """Return what the markets cost before the match begins. Closing prices say best what to expect; else the teams' earlier matches do."""
    return _opening(match, books_of(markets, [_expectation(match)], [MatchMoment()])[0])


def football_offer(
    match: Match, fixture_id: FixtureId, market_ids: dict[PricedMarket, MarketId], producer: str, opening: Books
) -> FootballOffer:
    """Return the offer of a match with its ids."""
    return FootballOffer(
        match=match,
        fixture_id=fixture_id,
        market_ids=market_ids,
        producer=producer,
        opening=opening,
        expectation=_expectation(match),
        exponents=_opening_exponents(match),
    )


def model_of(offer: FootballOffer, market: PricedMarket, step: Step | None) -> ScoreModel:
    """Return what the prices of a market at a step, or before the match, are computed from, as their fact keeps it."""
    moment = MatchMoment() if step is None else step.moment
    expected, opening = offer.expectation, offer.exponents.get(market)
    exponent = MARGIN_EXPONENT if opening is None else exponent_at(opening, moment.minutes_gone)
    home, away, rho, margin = [round(part * MILLIONTHS) for part in (expected.home, expected.away, expected.rho, exponent)]
    return ScoreModel(home, away, rho, margin, moment.minutes_gone, moment.home, moment.away, moment.half_time)


def football_books(moments: Sequence[tuple[FootballOffer, Step]], *, every: bool) -> list[Books]:
    """Return the prices of each match at its step, all in one vectorised call; at kick-off they still are those it opened with.

    From there on they move evenly: the model gives a match without goals the chances of its closing prices, and their margin to begin with.
    """
    books = shaded_books([(offer, step, ()) for offer, step in moments], every=every)
    return [_opening(offer.match, of_model) if step.minutes_gone == 0 == step.home + step.away else of_model
            for (offer, step), of_model in zip(moments, books, strict=True)]  # fmt: skip


def shaded_books(moments: Sequence[tuple[FootballOffer, Step | None, Tilt]], *, every: bool) -> list[Books]:
    """Return the prices of each match at its step, or before it begins, by the model and at its tilt, all in one vectorised call."""
    at = [MatchMoment() if step is None else step.moment for _, step, _ in moments]
    tilts = [tilt for _, _, tilt in moments]
    return books_of(
        FOOTBALL_MARKETS if every else MAIN_MARKETS,
        [offer.expectation for offer, _, _ in moments],
        at,
        [
            {market: exponent_at(one, moment.minutes_gone) for market, one in offer.exponents.items()}
            for (offer, _, _), moment in zip(moments, at, strict=True)
        ],
        tilts if any(tilts) else (),
    )


def regular_score(match: Match, _last: Step) -> tuple[int, int]:
    """Return the score that markets are graded on: after 90 minutes."""
    return match.score(90)


def _expectation(match: Match) -> Expectation:
    closing = _closing(match)
    result, total = closing.get(MATCH_RESULT), closing.get(TOTAL_GOALS)
    return expectation_of(result, total) if result else match.expected


def _opening_exponents(match: Match) -> dict[PricedMarket, float]:
    return {market: probabilities_of(prices)[1] for market, prices in _closing(match).items()}


def _closing(match: Match) -> dict[PricedMarket, list[float]]:
    """Return the decimal odds of the closing prices that add up to a book, in the order of the market's selections."""
    return {
        market: [prices[selection].numerator / prices[selection].denominator for selection in selections_of_market(market)]
        for market in QUOTED
        if (prices := _book_of_closing(match, market)) is not None
    }


def _opening(match: Match, modelled: Books) -> Books:
    """Return the closing prices of real books where they add up to a book, else the model's."""
    closing = {market: _book_of_closing(match, market) for market in modelled}
    return {market: book if (prices := closing[market]) is None else Book(prices, {}) for market, book in modelled.items()}


def _book_of_closing(match: Match, market: PricedMarket) -> dict[str, Odds] | None:
    prices = match.closing.get(QUOTED.get(market, ""))
    return prices if prices is not None and is_within_bounds(market.type, market.specifiers, prices.values()) else None
