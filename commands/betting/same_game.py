"""What legs of one match cost together: made, like any price, from the streams of their markets, which say what their prices were made of.

`offered_together` is part of placing a bet. `QuoteSameGame` tells the same price before that, and appends nothing.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from commands.betting.standing_prices import all_below, check_below
from commands.dispatch.unit_of_work import StreamsNotCached, UnitOfWork
from commands.dispatch.use_case import Outcome, StreamRef
from domain.bet.commands import AskedLeg, AskedSameGame, JointOdds, OfferedTogether
from domain.bet.decider import TooManyLegs
from domain.bet.lines import LEGS_MAX
from domain.bet.same_game import SameGameMalformed
from domain.fixture.decider import FIXTURE
from domain.market.decider import MARKET
from domain.market.state import Market, quote
from domain.odds import Odds
from domain.pricing.same_game import GameLeg, LegsOfDifferentScores, check_related, joint_price
from domain.quote import Quote
from domain.refused import Refused
from domain.score_model import ScoreModel


class QuotedLeg(msgspec.Struct, frozen=True, gc=False):
    """A selection to be quoted together with others of its match."""

    market_id: str
    selection: str


class QuoteSameGame(msgspec.Struct, frozen=True, gc=False):
    """Ask what legs of one match cost together now. Appends nothing."""

    legs: tuple[QuotedLeg, ...]
    at: datetime


class SameGameQuote(msgspec.Struct, frozen=True, gc=False):
    """What legs of one match cost together, and what each costs alone at the version of its market that the price stands on."""

    fixture_id: str
    odds: Odds
    legs: tuple[AskedLeg, ...]


def streams_of(ask: QuoteSameGame) -> Sequence[StreamRef]:
    """Name the markets; what stands behind their prices follows from them."""
    return [StreamRef(MARKET, leg.market_id) for leg in ask.legs[:LEGS_MAX]]


def quote_same_game(ask: QuoteSameGame, streams: UnitOfWork) -> Outcome:
    """Return the price of legs of one match together.

    Raises:
        TooManyLegs, SameGameMalformed: when they are too many, or not of one match.
        Refused: what the markets' quotes, their gates and producers, and the price together refuse, in this order.

    """
    legs = ask.legs
    if not 2 <= len(legs) <= LEGS_MAX:
        raise TooManyLegs(len(legs), LEGS_MAX)
    first = streams.load(MARKET, legs[0].market_id)
    streams.need([(MARKET, leg.market_id) for leg in legs])
    markets = [streams.see(MARKET, leg.market_id).state for leg in legs]
    try:
        offered = tuple([quote(market, leg.market_id, leg.selection, market.version) for leg, market in zip(legs, markets, strict=True)])
        for leg, market in zip(legs, markets, strict=True):
            check_below(leg.market_id, market, streams)
    except StreamsNotCached:
        streams.need(all_below(markets))
        raise
    asked = [AskedLeg(leg.market_id, leg.selection, offer.current, offer.current_version) for leg, offer in zip(legs, offered, strict=True)]
    (together,) = offered_together([tuple(range(len(legs)))], asked, offered, markets, streams)
    return Outcome(SameGameQuote(offered[0].fixture_id, together.current.odds, tuple(asked)), first, at_head=True)


def groups_now(legs: Sequence[AskedLeg], streams: UnitOfWork) -> tuple[AskedSameGame, ...]:
    """Return the legs of one match among those of a bet, at their price together now; their markets were read.

    Raises:
        Refused: as `offered_together`, and what the markets' quotes refuse.

    """
    markets = [streams.see(MARKET, leg.market_id).state for leg in legs]
    fixtures = [market.fixture_id for market in markets]
    groups = [
        tuple([number for number, fixture_id in enumerate(fixtures) if fixture_id == each])
        for each in dict.fromkeys(fixtures)
        if fixtures.count(each) > 1
    ]
    if not groups:
        return ()
    offered = [quote(market, leg.market_id, leg.selection, leg.version) for leg, market in zip(legs, markets, strict=True)]
    together = offered_together(groups, legs, offered, markets, streams)
    return tuple([AskedSameGame(group, offer.current.odds) for group, offer in zip(groups, together, strict=True)])


def offered_together(
    groups: Sequence[tuple[int, ...]], asked: Sequence[AskedLeg], offered: Sequence[Quote], markets: Sequence[Market], streams: UnitOfWork
) -> tuple[OfferedTogether, ...]:
    """Return what each group of legs, by their numbers, may be struck at together. The score that its prices were made at is a condition.

    Raises:
        SameGameMalformed: when a group is on several matches. LegsOfDifferentScores: when the match has another score by now.
        Refused: what `check_related` and `joint_price` refuse.

    """
    return tuple([_offered(group, asked, offered, markets, streams) for group in groups])


def _offered(
    group: tuple[int, ...], asked: Sequence[AskedLeg], offered: Sequence[Quote], markets: Sequence[Market], streams: UnitOfWork
) -> OfferedTogether:
    fixture_id = offered[group[0]].fixture_id
    if any(offered[number].fixture_id != fixture_id for number in group):
        raise SameGameMalformed(group)
    score = streams.read(FIXTURE, fixture_id).score
    current, shown = list[GameLeg](), list[GameLeg]()
    for number in group:
        leg, offer, market = asked[number], offered[number], markets[number]
        current.append(_leg(leg, market, offer.current, _model_at(market, offer.current_version)))
        if offer.shown is not None:
            shown.append(_leg(leg, market, offer.shown, _model_at(market, offer.shown_version)))
    check_related(fixture_id, current)
    now = _joint(fixture_id, current, (score.home, score.away))
    if shown == current:
        return OfferedTogether(now, now)
    return OfferedTogether(now, _joint_or_none(fixture_id, shown, (score.home, score.away)) if len(shown) == len(current) else None)


def _joint(fixture_id: str, legs: Sequence[GameLeg], score: tuple[int, int]) -> JointOdds:
    if any(leg.model is not None and (leg.model.home, leg.model.away) != score for leg in legs):
        raise LegsOfDifferentScores(fixture_id)
    return JointOdds(*joint_price(fixture_id, tuple(legs)))


def _joint_or_none(fixture_id: str, legs: Sequence[GameLeg], score: tuple[int, int]) -> JointOdds | None:
    """Return the price together of what was on the screen, None where it had none."""
    try:
        return _joint(fixture_id, legs, score)
    except Refused:
        return None


def _leg(leg: AskedLeg, market: Market, odds: Odds, model: ScoreModel | None) -> GameLeg:
    assert market.opened is not None, "a market that has a price was opened"
    return GameLeg(leg.market_id, market.type, tuple(sorted(market.opened.specifiers.items())), leg.selection, odds, model)


def _model_at(market: Market, version: int) -> ScoreModel | None:
    """Return what the prices of a version of a market, which may still be struck, were made of."""
    return next((offer.model for offer in reversed(market.offers) if offer.version <= version), None)
