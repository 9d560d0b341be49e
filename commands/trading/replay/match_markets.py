"""What a match is offered as: its ids, its markets, and what they cost at a moment."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from commands.trading.replay.match_steps import Step
from commands.trading.replay.offer import MatchOffer, PlayedMatch
from commands.trading.replay.selection_names import name_of
from commands.trading.replay.sports import SPORTS
from domain.fixture.commands import ScheduleFixture
from domain.ids import FixtureId, MarketId, derived, gate_of
from domain.market.commands import OpenMarket, ResultMarket
from domain.market.facts import Selection
from domain.pricing import Books, PricedMarket, selections_of_market
from domain.pricing.tilt import Tilt
from domain.score_model import ScoreModel


class Graces(NamedTuple):
    """How long a replaced price is still struck, before kick-off and in play."""

    before_ms: int
    in_play_ms: int


def markets_of(match: PlayedMatch, *, every: bool) -> tuple[PricedMarket, ...]:
    """Return the markets of a match, in the order they are shown: those on the board, or every one that is priced."""
    return SPORTS[match.sport].markets(match, every=every)


def offer_of(match: PlayedMatch, lap: int, markets: Sequence[PricedMarket], producer: str) -> MatchOffer:
    """Return the offer of a match in a lap, counted from 0: those of the markets that have a price before it begins."""
    fixture_id, sport = fixture_of(match, lap), SPORTS[match.sport]
    opening = sport.opening(match, markets)
    return sport.offer(match, fixture_id, market_ids_of(fixture_id, [one for one in markets if opening[one].prices]), producer, opening)


def fixture_of(match: PlayedMatch, lap: int) -> FixtureId:
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
    sport, competition = offer.match.sport, offer.match.competition
    return gate_of("fixture", offer.fixture_id), gate_of("competition", sport, competition), gate_of("sport", sport)


def schedule(offer: MatchOffer, at: datetime) -> ScheduleFixture:
    """Return the command that announces the match, under the day it was really played on."""
    match = offer.match
    return ScheduleFixture(
        fixture_id=offer.fixture_id,
        sport=match.sport,
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
            model=model_of(offer, market, None),
        )
        for market, market_id in offer.market_ids.items()
    ]


def model_of(offer: MatchOffer, market: PricedMarket, step: Step | None) -> ScoreModel | None:
    """Return what the prices of a market are computed from at a step, or before the match; None of sports that have no such model."""
    return SPORTS[offer.match.sport].model(offer, market, step)


def books_at(moments: Sequence[tuple[MatchOffer, Step | None]], *, every: bool, tilts: Sequence[Tilt] = ()) -> list[Books]:
    """Return the prices of each match at its step, None before it begins: all of one sport that are not shaded in one vectorised call.

    `tilts` are those of the matches; those that have one are priced in a call of their own.
    """
    books: list[Books] = [{} for _ in moments]
    tilts = tilts or [()] * len(moments)
    order = sorted(range(len(moments)), key=lambda row: _kind(moments[row], tilts[row]))
    for (sport, is_shaded, is_opening), group in groupby(order, key=lambda row: _kind(moments[row], tilts[row])):
        rows, played = list(group), SPORTS[sport]
        if is_shaded and played.shaded is not None:
            found = played.shaded([(*moments[row], tilts[row]) for row in rows], every=every)
        elif is_opening:
            found = [moments[row][0].opening for row in rows]
        else:
            found = played.books([moments[row] for row in rows], every=every)
        for row, one in zip(rows, found, strict=True):
            books[row] = one
    return books


def _kind(moment: tuple[MatchOffer, Step | None], tilt: Tilt) -> tuple[str, bool, bool]:
    """Return what is priced in one call: the sport, whether matches are shaded, and whether they are yet to begin."""
    offer, step = moment
    return offer.match.sport, bool(tilt), not tilt and step is None


def results(fixture_id: FixtureId, markets: Sequence[PricedMarket], at: datetime, producer: str) -> list[ResultMarket]:
    """Return the commands that result the markets of a match; what comes of them follows from its score."""
    return [ResultMarket(market_id, at, actor=producer) for market_id in market_ids_of(fixture_id, markets).values()]
