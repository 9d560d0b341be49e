"""The commands that bring the log to what a feed says of an event, in the stages in which they have to be done."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from commands.trading.odds_feed.messages import MarketKey
from commands.trading.replay.selection_names import name_of as selection_name
from commands.trading.uof_feed.match_steps import played
from commands.trading.uof_feed.messages import FixtureTold
from commands.trading.uof_feed.producers import PRODUCER_PREFIX, name_of
from commands.trading.uof_feed.told import EventTold, MatchWord, OddsWord, ResultWord
from commands.trading.uof_feed.window_steps import cancelled, window_commands
from domain.fixture.commands import AbandonFixture, RescheduleFixture, ScheduleFixture
from domain.fixture.state import Fixture
from domain.ids import derived, producer_of
from domain.market.commands import CorrectResult, OpenMarket, PriceMarket, ResultMarket, ResumeMarket, SuspendMarket
from domain.market.facts import Selection
from domain.market.state import Market
from domain.pricing import PricedMarket
from domain.settling import VOID
from domain.settling.grading import FinalScore, HalfTimeScoreUnknown, grade, selections_of
from domain.settling.rules import is_within_bounds, needs_half_time

SUSPENDED = "the feed has suspended it"
"""Why a market of a feed is suspended; only such a suspension ends by the feed's word."""
CANCELLED = "the feed says: cancelled"
VOID_REASON = "the feed says: void"

Stage = int
SCHEDULE, SUSPEND, PLAY, PRICE, WINDOWS, RESULT = 0, 1, 2, 10, 11, 12
"""The stages; what happens in a match takes one each from `PLAY` on, since each needs the one before."""


class Planned(NamedTuple):
    """A command, its stage, and what it is said by: where that was read, and what it is about."""

    stage: Stage
    command: Any
    source: str
    about: str


class EventStanding(NamedTuple):
    """Where an event stands in the log: its fixture, and the markets on it that are known, by what they are."""

    fixture_id: str
    fixture: Fixture
    markets: Mapping[MarketKey, Market]


class Terms(NamedTuple):
    """How markets are offered: graces before and in play in milliseconds, and whether a producer's prices are taken now."""

    graces_ms: tuple[int, int]
    is_up: Callable[[int], bool]


def fixture_of(event: str) -> str:
    """Return the id of an event's fixture, whichever producer speaks of it."""
    return derived("fixture", "uof", event)


def market_of(fixture_id: str, market: MarketKey) -> str:
    """Return the id that follows from the fixture, the type and the specifiers."""
    return derived("market", fixture_id, market.type, *(f"{name}={value}" for name, value in market.specifiers))


class Plan:
    """What to do about one event. `refuse(source, about, reason)` takes what cannot be done."""

    def __init__(
        self, told: EventTold, standing: EventStanding, terms: Terms, at: datetime, refuse: Callable[[str, str, str], None]
    ) -> None:
        self._told = told
        self._standing = standing
        self._terms = terms
        self._at = at
        self._refuse = refuse

    def commands(self, *, again: bool) -> Iterator[Planned]:
        """Yield the commands; `again` gives prices that stand another time, for a new session or past a gate that moved."""
        fixture, told = self._standing.fixture, self._told
        if not fixture.status and told.fixture is None:
            for source in told.sources:
                self._refuse(source, told.event, "waits for the document of its fixture")
            return
        yield from self._fixture(fixture)
        for market in self._markets():
            stands = self._standing.markets.get(market) or Market()
            yield from self._windows(market, stands)
            yield from self._market(market, stands, again=again)

    def _markets(self) -> list[MarketKey]:
        """Return every market that was told of, or is in the log, in one order whatever came first."""
        return sorted({*self._told.odds, *self._told.results, *self._told.windows, *self._standing.markets})

    def _fixture(self, fixture: Fixture) -> Iterator[Planned]:
        told, fixture_id, moved = self._told, self._standing.fixture_id, self._told.moved
        document, word = told.fixture, told.match
        actor = name_of(min(told.producers | ({moved.producer} if moved else set()), default=0))
        if not fixture.status and document is not None:
            yield Planned(SCHEDULE, self._announced(document, actor), document.source, "fixture")
        elif fixture.status == "scheduled" and document is not None and moved is None:
            yield from self._move(fixture, document.kick_off, document.source, actor)
        if moved is not None and moved.change.kick_off is not None and fixture.status in ("", "scheduled"):
            yield from self._move(fixture, moved.change.kick_off, moved.source, actor, stage=SUSPEND)
        if moved is not None and moved.change.is_cancelled and fixture.status not in ("ended", "abandoned"):
            yield Planned(PLAY, AbandonFixture(fixture_id, CANCELLED, self._at, actor), moved.source, "fixture")
        elif word is not None:
            for number, command in enumerate(played(fixture_id, fixture, word.match, self._at, name_of(word.producer))):
                yield Planned(PLAY + number, command, word.source, "match")
            self._check_ended(fixture, word)

    def _move(self, fixture: Fixture, kick_off: datetime, source: str, actor: str, stage: Stage = SCHEDULE) -> Iterator[Planned]:
        announced = fixture.announced
        if announced is None or announced.kick_off != kick_off:
            yield Planned(stage, RescheduleFixture(self._standing.fixture_id, kick_off, self._at, actor), source, "fixture")

    def _announced(self, document: FixtureTold, actor: str) -> ScheduleFixture:
        return ScheduleFixture(
            self._standing.fixture_id,
            sport=document.sport,
            competition=document.competition,
            home=document.home,
            away=document.away,
            kick_off=document.kick_off,
            neutral=document.neutral,
            at=self._at,
            actor=actor,
        )

    def _check_ended(self, fixture: Fixture, word: MatchWord) -> None:
        match, ended = word.match, fixture.ended
        if ended is not None and (match.stage != "over" or (match.regular or (0, 0)) != (ended.regular_home, ended.regular_away)):
            self._refuse(word.source, "match", "has ended with another score here: results that differ are corrected market by market")

    def _market(self, market: MarketKey, stands: Market, *, again: bool) -> Iterator[Planned]:
        result, odds = self._told.results.get(market), self._told.odds.get(market)
        if result is not None and result.is_final:
            yield from self._suspended(market, stands, result.source, result.producer)
            yield from self._resulted(market, stands, result)
            return
        if result is not None and stands.resulted is not None:
            self._refuse(result.source, str(market), "a result that was taken back stands here until the next one comes")
            return
        is_taken = odds is not None and odds.odds.is_active and not self._is_stopped(market, odds, result)
        if odds is not None and is_taken and self._is_book(market, stands, odds):
            yield from self._offered(market, stands, odds, again=again)
        elif odds is not None:
            yield from self._suspended(market, stands, odds.source, odds.producer)
        else:
            groups = _groups(market)
            for producer, _ in self._told.stopped_ms:
                if stands.producer == producer_of(name_of(producer)) and self._told.is_stopped(producer, groups, 0):
                    yield from self._suspended(market, stands, "bet_stop", producer)
                    break

    def _is_stopped(self, market: MarketKey, odds: OddsWord, result: ResultWord | None) -> bool:
        """Say whether odds are older than a stop, than the goals that stand, or than a result that was taken back."""
        told = self._told
        is_over = told.match is not None and told.match.match.stage in ("over", "abandoned")
        is_old = odds.at_ms < told.goals_since_ms or (result is not None and odds.at_ms < result.at_ms)
        return is_over or is_old or told.is_stopped(odds.producer, _groups(market), odds.at_ms)

    def _is_book(self, market: MarketKey, stands: Market, odds: OddsWord) -> bool:
        """Say whether all selections have a price that adds up to a book; refuse it where not."""
        expected = selections_of(market.type, dict(market.specifiers))
        book = {**stands.book, **odds.odds.withdrawn, **odds.odds.prices}
        missing = [selection for selection in expected if selection not in book]
        if missing:
            self._refuse(odds.source, str(market), f"has no odds of {', '.join(missing)}"[:120])
        elif not odds.odds.prices:
            return False
        elif not is_within_bounds(market.type, dict(market.specifiers), book.values()):
            implied = sum(price.denominator / price.numerator for price in book.values())
            self._refuse(odds.source, str(market), f"adds up to {100 * implied:.1f} %, which is no book")
        else:
            return True
        return False

    def _offered(self, market: MarketKey, stands: Market, odds: OddsWord, *, again: bool) -> Iterator[Planned]:
        if not self._terms.is_up(odds.producer) or self._standing.fixture.status in ("ended", "abandoned"):
            return
        market_id, actor, told = market_of(self._standing.fixture_id, market), name_of(odds.producer), odds.odds
        given = (told.prices, self._at, told.withdrawn, actor, actor)
        command: Any = None
        if not stands.status:
            command = self._opening(market, odds)
        elif stands.status == "suspended" and _is_ours(stands):
            command = ResumeMarket(market_id, *given)
        elif stands.status == "open":
            is_same = stands.offers[-1].prices == told.prices and stands.producer == producer_of(actor)
            command = PriceMarket(market_id, *given) if again or not is_same else None
        if command is not None:
            yield Planned(PRICE, command, odds.source, str(market))

    def _opening(self, market: MarketKey, odds: OddsWord) -> OpenMarket:
        document, scheduled = self._told.fixture, self._standing.fixture.scheduled
        teams = document or scheduled
        assert teams is not None, "a market is opened on a fixture that is known"
        specifiers, actor = dict(market.specifiers), name_of(odds.producer)
        priced = PricedMarket(market.type, *market.specifiers)
        return OpenMarket(
            market_id=market_of(self._standing.fixture_id, market),
            fixture_id=self._standing.fixture_id,
            type=market.type,
            specifiers=specifiers,
            selections=tuple(Selection(one, selection_name(teams, priced, one)) for one in selections_of(market.type, specifiers)),
            prices=odds.odds.prices,
            grace_ms=self._terms.graces_ms[0],
            in_play_grace_ms=self._terms.graces_ms[1],
            at=self._at,
            withdrawn=odds.odds.withdrawn,
            producer=actor,
            actor=actor,
        )

    def _windows(self, market: MarketKey, stands: Market) -> Iterator[Planned]:
        if not stands.status:
            for source in cancelled(self._told, market):
                self._refuse(source, str(market), "was never on offer here")
            return
        for source, command in window_commands(self._told, market, stands, market_of(self._standing.fixture_id, market), self._at):
            yield Planned(WINDOWS, command, source, str(market))

    def _suspended(self, market: MarketKey, stands: Market, source: str, producer: int) -> Iterator[Planned]:
        if stands.status == "open":
            command = SuspendMarket(market_of(self._standing.fixture_id, market), SUSPENDED, self._at, name_of(producer))
            yield Planned(SUSPEND, command, source, str(market))

    def _resulted(self, market: MarketKey, stands: Market, word: ResultWord) -> Iterator[Planned]:
        """Yield the result of a market, by the rules on the score, with which the feed's has to agree, or void; or its correction."""
        if not stands.status:
            self._refuse(word.source, str(market), "was never on offer here")
            return
        market_id, actor = market_of(self._standing.fixture_id, market), name_of(word.producer)
        told = dict(word.results) if word.results is not None else dict.fromkeys(stands.selections, VOID)
        resulted = stands.resulted
        if resulted is not None:
            if resulted.results != told:
                yield from self._corrected(market, word, told)
            return
        void_reason = word.void_reason or (VOID_REASON if self._is_void(market, told) else "")
        results = None if void_reason else told
        command = ResultMarket(market_id, self._at, void_reason, results, actor=actor)
        yield Planned(RESULT, command, word.source, str(market))

    def _is_void(self, market: MarketKey, told: Mapping[str, Any]) -> bool:
        """Say whether all is void, and not by the score, as of a draw where no bet is on it."""
        if any(result != VOID for result in told.values()):
            return False
        return self._graded(market) != told

    def _corrected(self, market: MarketKey, word: ResultWord, told: Mapping[str, Any]) -> Iterator[Planned]:
        score = self._score()
        graded = self._graded(market)
        void_reason = word.void_reason or (VOID_REASON if self._is_void(market, told) else "")
        if not void_reason and graded != told:
            self._refuse(word.source, str(market), "its results are not those of the score that the feed tells: a trader has to correct it")
            return
        command = CorrectResult(
            market_of(self._standing.fixture_id, market),
            home=score.home,
            away=score.away,
            reason="the feed has settled it anew",
            at=self._at,
            half_time=score.half_time if needs_half_time(market.type) and not void_reason else None,
            void_reason=void_reason,
            actor=name_of(word.producer),
        )
        yield Planned(RESULT, command, word.source, str(market))

    def _graded(self, market: MarketKey) -> Mapping[str, Any]:
        try:
            return grade(market.type, dict(market.specifiers), self._score())
        except HalfTimeScoreUnknown:
            return {}

    def _score(self) -> FinalScore:
        """Return the goals of regular time as the feed tells them last; where it never did, as they are in the log."""
        word, score = self._told.match, self._standing.fixture.score
        if word is None or word.match.stage not in ("playing", "over"):
            return FinalScore(score.home, score.away, score.half_time)
        match = word.match
        home, away = match.regular or (score.home, score.away)
        return FinalScore(home, away, match.half_time or score.half_time)


def _is_ours(market: Market) -> bool:
    """Say whether a market is suspended by the word of this feed, so that its word ends that."""
    suspended = market.suspended
    return suspended is not None and suspended.reason == SUSPENDED and suspended.actor.startswith(PRODUCER_PREFIX)


def _groups(market: MarketKey) -> frozenset[str]:
    period = market.type.partition("_half_")[0] if "_half_" in market.type else ""
    half = {"first": "1st_half", "second": "2nd_half"}.get(period, "regular_play")
    return frozenset({"all", "score", half})
