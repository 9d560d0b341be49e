"""What a match is offered as: its ids, its markets, and what they cost at a moment."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from commands.trading.replay.match import Match
from commands.trading.replay.match_steps import Step
from domain.fixture.commands import ScheduleFixture
from domain.ids import FixtureId, MarketId, derived, gate_of
from domain.market.commands import OpenMarket, ResultMarket
from domain.market.facts import Selection
from domain.pricing import PRICED_MARKETS, Book, Books, Expectation, books_of
from domain.pricing.closing import expectation_of
from domain.pricing.margin import exponent_at, probabilities_of
from domain.settling.rules import is_within_bounds

SPORT = "football"
PRODUCER = "replay"
"""The producer of the replay's prices, and who asks for what it does."""

TOTAL_LINE = "2.5"
SPECIFIERS: dict[str, dict[str, str]] = {"match_result": {}, "total_goals": {"total": TOTAL_LINE}, "both_teams_to_score": {}}
"""The market types that every match has, in the order they are shown, with their specifiers."""


class Graces(NamedTuple):
    """How long a replaced price is still struck, before kick-off and in play."""

    before_ms: int
    in_play_ms: int


class MatchOffer(NamedTuple):
    """A match in one lap of the replay, with the ids that follow from it: the same after every restart."""

    match: Match
    fixture_id: FixtureId
    market_ids: dict[str, MarketId]
    expectation: Expectation
    exponents: dict[str, float]
    """Market type -> the exponent of the margin in its opening prices, where those are the closing prices of real books."""


def offer_of(match: Match, lap: int) -> MatchOffer:
    """Return the offer of a match in a lap, counted from 0. Closing prices say best what to expect; else the teams' earlier matches do."""
    fixture_id = fixture_of(match, lap)
    market_ids = {market: market_of(fixture_id, market, specifiers) for market, specifiers in SPECIFIERS.items()}
    return MatchOffer(match, fixture_id, market_ids, _expectation(match), _opening_exponents(match))


def fixture_of(match: Match, lap: int) -> FixtureId:
    """Return the fixture's id: uuid5 of source, kick-off day, teams and lap."""
    return derived("fixture", match.source, match.kick_off.date().isoformat(), match.home, match.away, str(lap))


def market_of(fixture_id: FixtureId, market_type: str, specifiers: dict[str, str]) -> MarketId:
    """Return the market's id: uuid5 of fixture, type and specifiers, in whatever order those come."""
    return derived("market", fixture_id, market_type, *(f"{name}={value}" for name, value in sorted(specifiers.items())))


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
        actor=PRODUCER,
    )


def open_markets(offer: MatchOffer, graces: Graces, at: datetime) -> list[OpenMarket]:
    """Return the commands that open the match's markets: at the closing prices of real books where they are known, else at the model's."""
    books = opening_books(offer)
    return [
        OpenMarket(
            market_id=offer.market_ids[market],
            fixture_id=offer.fixture_id,
            type=market,
            specifiers=specifiers,
            selections=_selections(offer.match, market),
            prices=books[market].prices,
            grace_ms=graces.before_ms,
            at=at,
            in_play_grace_ms=graces.in_play_ms,
            withdrawn=books[market].withdrawn,
            producer=PRODUCER,
            actor=PRODUCER,
        )
        for market, specifiers in SPECIFIERS.items()
    ]


def opening_books(offer: MatchOffer) -> Books:
    """Return what the match's markets cost before it begins."""
    return _opening(offer, books_of([offer.expectation], [0], [(0, 0)])[0])


def books_at(moments: Sequence[tuple[MatchOffer, Step]]) -> list[Books]:
    """Return the prices of each match at its step, all in one vectorised call; at kick-off they still are those it opened with.

    From there on they move evenly: the model gives a match without goals the chances of its closing prices, and their margin to begin with.
    """
    books = books_of(
        [offer.expectation for offer, _ in moments],
        [step.minutes_gone for _, step in moments],
        [(step.home, step.away) for _, step in moments],
        [{market: exponent_at(one, step.minutes_gone) for market, one in offer.exponents.items()} for offer, step in moments],
    )
    return [_opening(offer, of_model) if step.minutes_gone == 0 == step.home + step.away else of_model
            for (offer, step), of_model in zip(moments, books, strict=True)]  # fmt: skip


def results(fixture_id: FixtureId, at: datetime) -> list[ResultMarket]:
    """Return the commands that result the markets of a match; what comes of them follows from its score."""
    return [ResultMarket(market_of(fixture_id, market, specifiers), at, actor=PRODUCER) for market, specifiers in SPECIFIERS.items()]


def _expectation(match: Match) -> Expectation:
    closing = _closing(match)
    result, total = closing.get("match_result"), closing.get("total_goals")
    return expectation_of(result, total) if result else match.expected


def _opening_exponents(match: Match) -> dict[str, float]:
    return {market: probabilities_of(prices)[1] for market, prices in _closing(match).items()}


def _closing(match: Match) -> dict[str, list[float]]:
    """Return the decimal odds of the closing prices that add up to a book, in the order of the market's selections."""
    return {
        market: [one.numerator / one.denominator for one in (match.closing[market][selection] for selection in PRICED_MARKETS[market])]
        for market in match.closing
        if _adds_up(match, market)
    }


def _opening(offer: MatchOffer, modelled: Books) -> Books:
    """Return the closing prices of real books where they add up to a book, else the model's."""
    closing = offer.match.closing
    return {market: Book(closing[market], {}) if _adds_up(offer.match, market) else book for market, book in modelled.items()}


def _adds_up(match: Match, market: str) -> bool:
    return market in match.closing and is_within_bounds(market, match.closing[market].values())


def _selections(match: Match, market: str) -> tuple[Selection, ...]:
    if market == "match_result":
        return (Selection("home", match.home), Selection("draw", "Draw"), Selection("away", match.away))
    if market == "total_goals":
        return (Selection("over", f"Over {TOTAL_LINE}"), Selection("under", f"Under {TOTAL_LINE}"))
    return (Selection("yes", "Yes"), Selection("no", "No"))
