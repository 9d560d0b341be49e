"""What was offered, from when until when, and how it came out."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from commands.audit.violation import Found
from commands.audit.violations import (
    BetAfterEnd,
    BetAfterSuspension,
    FixtureMissing,
    GradeWrong,
    MarketOutOfOrder,
    PriceStale,
    ScoreWrong,
    VersionFromTheFuture,
)
from domain.fact import Recorded
from domain.fixture.facts import FixtureAbandoned, FixtureEnded
from domain.market.facts import MarketClosed, MarketOpened, MarketPriced, MarketResulted, MarketResumed, MarketSuspended
from domain.odds import Odds
from domain.refused import Refused
from domain.settling import HALF_LOST, HALF_WON, LOST, VOID, WON, LegResult
from domain.settling.grading import FinalScore, grade

KNOWN_RESULTS = {result: result for result in (WON, LOST, VOID, HALF_WON, HALF_LOST)}
"""Each result as one shared value, which makes comparing and paying them cheap."""

MILLISECOND = timedelta(milliseconds=1)


class Fixture:
    """A match; `status` is live until it is ended or abandoned, `score` the one after 90 minutes once it has ended.

    `graded` holds every score that a market was graded on, and the first such market: most are resulted before the end is told.
    """

    __slots__ = ("graded", "score", "status", "version")

    def __init__(self) -> None:
        self.version = 1
        self.status = "live"
        self.score: tuple[int, int] | None = None
        self.graded: dict[tuple[int, int], str] = {}


class Offer(NamedTuple):
    """Prices that stood from a version on, until they were replaced."""

    version: int
    prices: dict[str, Odds]
    replaced_at: datetime | None


class Market:
    """A market; `offers` are the prices since the last suspension that may still be struck, newest last."""

    __slots__ = ("fixture", "grace", "market_id", "offers", "results", "specifiers", "status", "type", "version", "voided")

    def __init__(self, market_id: str, fixture: Fixture, fact: MarketOpened) -> None:
        self.version = 1
        self.market_id = market_id
        self.fixture = fixture
        self.type = fact.type
        self.specifiers = fact.specifiers
        self.grace = timedelta(milliseconds=fact.grace_ms)
        self.status = "open"
        self.offers = [Offer(1, fact.prices, None)]
        self.voided = 0
        self.results: dict[str, LegResult] | None = None


class Markets:
    """Follows fixtures and markets; `live` is every stream that is not over."""

    def __init__(self, live: dict[str, Any]) -> None:
        self._live = live

    def scheduled(self, _recorded: Recorded[Any], _fact: Any) -> Fixture:
        """Begin a fixture."""
        return Fixture()

    def ended(self, recorded: Recorded[Any], fixture: Fixture, fact: FixtureEnded) -> None:
        """Keep the score that markets are graded on, and hold it against those that were graded before."""
        score = fixture.score = (fact.regular_home, fact.regular_away)
        fixture.status = "ended"
        for graded_on, market_id in fixture.graded.items():
            if graded_on != score:
                raise Found(ScoreWrong, recorded, market_id=market_id, graded_on=graded_on, score=score)

    def abandoned(self, _recorded: Recorded[Any], fixture: Fixture, _fact: FixtureAbandoned) -> None:
        """Note that no bet may be struck on it any more."""
        fixture.status = "abandoned"

    def opened(self, recorded: Recorded[Any], fact: MarketOpened) -> Market:
        """Begin a market, on a fixture that exists."""
        fixture = self._live.get(fact.fixture_id)
        if type(fixture) is not Fixture:
            raise Found(FixtureMissing, recorded, fixture_id=fact.fixture_id)
        return Market(recorded.stream_id, fixture, fact)

    def priced(self, recorded: Recorded[Any], market: Market, fact: MarketPriced) -> None:
        """Replace the prices; those that ran out of grace can never be struck again."""
        if market.status != "open":
            raise Found(MarketOutOfOrder, recorded, status=market.status)
        version, prices, _ = market.offers[-1]
        market.offers[-1] = Offer(version, prices, fact.at)
        market.offers.append(Offer(market.version, fact.prices, None))
        oldest = fact.at - market.grace
        replaced_at = market.offers[0].replaced_at
        if replaced_at is not None and replaced_at < oldest:
            market.offers = [offer for offer in market.offers if offer.replaced_at is None or offer.replaced_at >= oldest]

    def suspended(self, recorded: Recorded[Any], market: Market, _fact: MarketSuspended) -> None:
        """Void every price."""
        self._void(recorded, market, "suspended", ("open",))

    def closed(self, recorded: Recorded[Any], market: Market, _fact: MarketClosed) -> None:
        """Void every price, for good."""
        self._void(recorded, market, "closed", ("open", "suspended"))

    def resumed(self, recorded: Recorded[Any], market: Market, fact: MarketResumed) -> None:
        """Offer new prices."""
        if market.status != "suspended":
            raise Found(MarketOutOfOrder, recorded, status=market.status)
        market.status = "open"
        market.offers = [Offer(market.version, fact.prices, None)]

    def resulted(self, recorded: Recorded[Any], market: Market, fact: MarketResulted) -> None:
        """Hold the results against the rules and the final score, and keep them."""
        self._void(recorded, market, "resulted", ("open", "suspended", "closed"))
        if fact.void_reason:
            _compare(recorded, fact.results, dict.fromkeys(fact.results, VOID))
        else:
            self._grade(recorded, market, fact)
        market.results = {selection: KNOWN_RESULTS.get(result, result) for selection, result in fact.results.items()}

    @staticmethod
    def _void(recorded: Recorded[Any], market: Market, status: str, allowed: tuple[str, ...]) -> None:
        if market.status not in allowed:
            raise Found(MarketOutOfOrder, recorded, status=market.status)
        market.status, market.offers, market.voided = status, [], market.version

    @staticmethod
    def _grade(recorded: Recorded[Any], market: Market, fact: MarketResulted) -> None:
        try:
            graded = grade(market.type, market.specifiers, FinalScore(fact.home, fact.away))
        except Refused:
            return  # no rule grades this market from a final score: its results are the trader's word
        score, graded_on = market.fixture.score, (fact.home, fact.away)
        if score is not None and score != graded_on:
            raise Found(ScoreWrong, recorded, market_id=market.market_id, graded_on=graded_on, score=score)
        market.fixture.graded.setdefault(graded_on, market.market_id)
        _compare(recorded, fact.results, graded)


def _compare(recorded: Recorded[Any], results: dict[str, LegResult], graded: dict[str, LegResult]) -> None:
    for selection, result in results.items():
        if graded.get(selection) != result:
            raise Found(GradeWrong, recorded, selection=selection, recorded=repr(result), graded=repr(graded.get(selection)))


def standing(recorded: Recorded[Any], market: Market, version: int, at: datetime) -> Offer:
    """Return what a bet placed at `at` that names a version was struck on, if that may still be struck."""
    if version > market.version:
        raise Found(VersionFromTheFuture, recorded, market_id=market.market_id, version=version, market_version=market.version)
    if market.status != "open" or version <= market.voided:
        raise Found(
            BetAfterSuspension,
            recorded,
            market_id=market.market_id,
            version=version,
            market_version=market.version,
            status=market.status,
        )
    if market.fixture.status != "live":
        raise Found(BetAfterEnd, recorded, market_id=market.market_id, fixture=market.fixture.status)
    newest = market.offers[-1]
    if newest.version <= version:
        return newest
    for offer in reversed(market.offers):
        if offer.version <= version:
            if offer.replaced_at is not None and at - offer.replaced_at > market.grace:
                raise _stale(recorded, market, version, (at - offer.replaced_at) // MILLISECOND)
            return offer
    raise _stale(recorded, market, version, None)


def _stale(recorded: Recorded[Any], market: Market, version: int, replaced_for_ms: int | None) -> Found:
    grace_ms = market.grace // MILLISECOND
    return Found(PriceStale, recorded, market_id=market.market_id, version=version, replaced_for_ms=replaced_for_ms, grace_ms=grace_ms)
