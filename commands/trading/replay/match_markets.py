"""What a match is offered as: its ids, its markets, and what they cost at a moment."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from commands.trading.replay.match import Match
from commands.trading.replay.match_steps import Step
from commands.trading.replay.selection_names import name_of
from domain.fixture.commands import ScheduleFixture
from domain.ids import FixtureId, MarketId, derived, gate_of
from domain.market.commands import OpenMarket, ResultMarket
from domain.market.facts import Selection
from domain.odds import Odds
from domain.pricing import (
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
from domain.score_model import MILLIONTHS, ScoreModel
from domain.settling.rules import is_within_bounds

SPORT = "football"
QUOTED: dict[PricedMarket, str] = {MATCH_RESULT: "match_result", TOTAL_GOALS: "total_goals"}
"""The markets whose closing prices may be known -> how the match names them."""


class Graces(NamedTuple):
    """How long a replaced price is still struck, before kick-off and in play."""

    before_ms: int
    in_play_ms: int


class MatchOffer(NamedTuple):
    """A match in one lap of the replay, with the ids that follow from it: the same after every restart."""

    match: Match
    fixture_id: FixtureId
    market_ids: dict[PricedMarket, MarketId]
    expectation: Expectation
    producer: str
    """The producer of the prices, and who asks for what is done."""
    exponents: dict[PricedMarket, float]
    """Market -> the exponent of the margin in its opening prices, where those are the closing prices of real books."""
    opening: Books
    """What the markets cost before the match begins: the closing prices of real books where they are known, else the model's."""


def offer_of(match: Match, lap: int, markets: Sequence[PricedMarket], producer: str) -> MatchOffer:
    """Return the offer of a match in a lap, counted from 0: those of the markets that have a price before it begins.

    Closing prices say best what to expect; else the teams' earlier matches do.
    """
    fixture_id = fixture_of(match, lap)
    expectation = _expectation(match)
    opening = _opening(match, books_of(markets, [expectation], [MatchMoment()])[0])
    offered = market_ids_of(fixture_id, [market for market in markets if opening[market].prices])
    return MatchOffer(match, fixture_id, offered, expectation, producer, _opening_exponents(match), opening)


def fixture_of(match: Match, lap: int) -> FixtureId:
    """Return the fixture's id: uuid5 of source, kick-off day, teams and lap."""
    return derived("fixture", match.source, match.kick_off.date().isoformat(), match.home, match.away, str(lap))


def market_of(fixture_id: FixtureId, market_type: str, specifiers: dict[str, str]) -> MarketId:
    """Return the market's id: uuid5 of fixture, type and specifiers, in whatever order those come."""
    return derived("market", fixture_id, market_type, *(f"{name}={value}" for name, value in sorted(specifiers.items())))


def market_ids_of(fixture_id: FixtureId, markets: Sequence[PricedMarket]) -> dict[PricedMarket, MarketId]:
    """Return the ids of a fixture's markets."""
    return {market: market_of(fixture_id, market.type, market.specifiers) for market in markets}


def gates_of(offer: MatchOffer) -> tuple[str, ...]:
    """Return the ids of the gates that the match's markets stand below."""
    competition = offer.match.competition
    return gate_of("fixture", offer.fixture_id), gate_of("competition", SPORT, competition), gate_of("sport", SPORT)


def schedule(offer: MatchOffer, at: datetime) -> ScheduleFixture:
    """Return the command that announces the match, under the day it was really played on."""
    match = offer.match
    return ScheduleFixture(
        fixture_id=offer.fixture_id,
        sport=SPORT,
        competition=match.competition,
        home=match.home,
        away=match.away,
        kick_off=match.kick_off,
        neutral=match.neutral,
        at=at,
        actor=offer.producer,
    )


def open_markets(offer: MatchOffer, graces: Graces, at: datetime) -> list[OpenMarket]:
    """Return the commands that open the match's markets, at their opening prices."""
    return [
        OpenMarket(
            market_id=market_id,
            fixture_id=offer.fixture_id,
            type=market.type,
            specifiers=market.specifiers,
            selections=tuple(Selection(one, name_of(offer.match, market, one)) for one in selections_of_market(market)),
            prices=offer.opening[market].prices,
            grace_ms=graces.before_ms,
            at=at,
            in_play_grace_ms=graces.in_play_ms,
            withdrawn=offer.opening[market].withdrawn,
            producer=offer.producer,
            actor=offer.producer,
            model=model_of(offer, market, MatchMoment()),
        )
        for market, market_id in offer.market_ids.items()
    ]


def model_of(offer: MatchOffer, market: PricedMarket, moment: MatchMoment) -> ScoreModel:
    """Return what the prices of a market at a moment are computed from, as their fact keeps it."""
    expected, opening = offer.expectation, offer.exponents.get(market)
    exponent = MARGIN_EXPONENT if opening is None else exponent_at(opening, moment.minutes_gone)
    home, away, rho, margin = [round(part * MILLIONTHS) for part in (expected.home, expected.away, expected.rho, exponent)]
    return ScoreModel(home, away, rho, margin, moment.minutes_gone, moment.home, moment.away, moment.half_time)


def books_at(moments: Sequence[tuple[MatchOffer, Step]], markets: Sequence[PricedMarket]) -> list[Books]:
    """Return the prices of each match at its step, all in one vectorised call; at kick-off they still are those it opened with.

    From there on they move evenly: the model gives a match without goals the chances of its closing prices, and their margin to begin with.
    """
    books = books_of(
        markets,
        [offer.expectation for offer, _ in moments],
        [step.moment for _, step in moments],
        [{market: exponent_at(one, step.minutes_gone) for market, one in offer.exponents.items()} for offer, step in moments],
    )
    return [_opening(offer.match, of_model) if step.minutes_gone == 0 == step.home + step.away else of_model
            for (offer, step), of_model in zip(moments, books, strict=True)]  # fmt: skip


def results(fixture_id: FixtureId, markets: Sequence[PricedMarket], at: datetime, producer: str) -> list[ResultMarket]:
    """Return the commands that result the markets of a match; what comes of them follows from its score."""
    return [ResultMarket(market_id, at, actor=producer) for market_id in market_ids_of(fixture_id, markets).values()]


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
