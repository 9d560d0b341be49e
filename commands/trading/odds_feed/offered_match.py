"""A match on offer by a feed of prices: its ids, the commands that follow from what the feed says, and where its markets stand."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

from commands.trading.odds_feed.messages import FeedMatch, MarketKey
from domain.fact import Recorded
from domain.fixture.commands import EndFixture, FixtureCommand, KickOff, RescheduleFixture, ScheduleFixture
from domain.fixture.decider import FIXTURE
from domain.ids import derived, gate_of
from domain.market.commands import CloseMarket, MarketCommand, OpenMarket, PriceMarket, ResultMarket, ResumeMarket, SuspendMarket
from domain.market.decider import MARKET
from domain.market.facts import MarketSuspended, Selection
from domain.pricing.markets import Book
from domain.settling.grading import selections_of

NO_PRICES = "the feed has no prices"
"""Why a market of a feed is suspended; only such a suspension ends when the prices come back."""

Standing = Literal["open", "suspended", "elsewhere"]
"""Where a market stands: open, suspended by this feed, or where only a trader or a result moves it on."""


class OfferedMatch:
    """What is known of one match. `producer` is the name of its prices' producer, and the actor of what is asked."""

    def __init__(self, match: FeedMatch, producer: str, graces_ms: tuple[int, int]) -> None:
        self.match = match
        self.fixture_id = derived("fixture", producer, match.key)
        self.updated_at: datetime | None = None
        self.status = "new"
        self._producer = producer
        self._graces_ms = graces_ms
        self._standing: dict[MarketKey, Standing] = {}
        self._books: Mapping[MarketKey, Book] | None = None

    @property
    def gates(self) -> tuple[str, ...]:
        """The gates that the match's markets stand below."""
        match = self.match
        return gate_of("fixture", self.fixture_id), gate_of("competition", match.sport, match.competition), gate_of("sport", match.sport)

    def market_id(self, market: MarketKey) -> str:
        """Return the id that follows from the fixture, the type and the specifiers."""
        return derived("market", self.fixture_id, market.type, *(f"{name}={value}" for name, value in market.specifiers))

    def learn(self, fixture: Sequence[Recorded], markets: Mapping[MarketKey, Sequence[Recorded]]) -> None:
        """Take in what the log has of the fixture and its markets: what an earlier run of the feed did."""
        known = FIXTURE.initial
        for recorded in fixture:
            known = FIXTURE.evolve(known, recorded.body)
        self.status = known.status or "new"
        for key, facts in markets.items():
            state, last = MARKET.initial, None
            for recorded in facts:
                state = MARKET.evolve(state, recorded.body)
                last = recorded.body if isinstance(recorded.body, MarketSuspended) else last
            if state.status == "open":
                self._standing[key] = "open"
            elif state.opened is not None:
                is_ours = state.status == "suspended" and last is not None and (last.actor, last.reason) == (self._producer, NO_PRICES)
                self._standing[key] = "suspended" if is_ours else "elsewhere"

    def announce(self, at: datetime) -> ScheduleFixture | RescheduleFixture:
        """Return the command that announces the match, or moves it to the kick-off that the feed gives now."""
        match = self.match
        if self.status != "new":
            return RescheduleFixture(self.fixture_id, match.kick_off, at, self._producer)
        self.status = "scheduled"
        return ScheduleFixture(
            self.fixture_id,
            sport=match.sport,
            competition=match.competition,
            home=match.home,
            away=match.away,
            kick_off=match.kick_off,
            neutral=False,
            at=at,
            actor=self._producer,
        )

    def offer(self, books: Mapping[MarketKey, Book], at: datetime) -> Iterator[MarketCommand]:
        """Yield what brings the markets to these books: opened, priced, resumed; suspended where there is no book any more."""
        self._books = books
        for market, book in books.items():
            standing = self._standing.get(market)
            given = (book.prices, at, book.withdrawn, self._producer, self._producer)
            if standing is None:
                self._standing[market] = "open"
                yield self._opening(market, book, at)
            elif standing == "open":
                yield PriceMarket(self.market_id(market), *given)
            elif standing == "suspended":
                self._standing[market] = "open"
                yield ResumeMarket(self.market_id(market), *given)
        for market, standing in self._standing.items():
            if standing == "open" and market not in books:
                self._standing[market] = "suspended"
                yield SuspendMarket(self.market_id(market), NO_PRICES, at, self._producer)

    def price_again(self, at: datetime) -> Iterator[MarketCommand]:
        """Yield the prices that stand, for a new session or past a gate that moved; where they are valid still, nothing follows."""
        if self.status == "scheduled" and self._books is not None:
            yield from self.offer(self._books, at)

    def suspended_by_another(self, market_id: str) -> None:
        """Note that a market was suspended already, by somebody else: when that ends is not for the feed to say."""
        for market, standing in self._standing.items():
            if standing == "suspended" and self.market_id(market) == market_id:
                self._standing[market] = "open"

    def begin(self, at: datetime) -> Iterator[MarketCommand | FixtureCommand]:
        """Yield what ends betting at kick-off: these are prices for before the match."""
        for market, standing in self._standing.items():
            if standing != "elsewhere":
                yield CloseMarket(self.market_id(market), at, self._producer)
                self._standing[market] = "elsewhere"
        self.status = "live"
        yield KickOff(self.fixture_id, at, self._producer)

    def end(self, at: datetime) -> Iterator[MarketCommand | FixtureCommand]:
        """Yield what ends the match with its result, and grades its markets."""
        result = self.match.result
        assert result is not None, "a match ends with its result"
        if self.status == "scheduled":
            yield from self.begin(at)
        self.status = "ended"
        yield EndFixture(self.fixture_id, result.home, result.away, result.home, result.away, at, actor=self._producer)
        for market in self._standing:
            yield ResultMarket(self.market_id(market), at, actor=self._producer)

    def _opening(self, market: MarketKey, book: Book, at: datetime) -> OpenMarket:
        before_ms, in_play_ms = self._graces_ms
        specifiers = dict(market.specifiers)
        return OpenMarket(
            market_id=self.market_id(market),
            fixture_id=self.fixture_id,
            type=market.type,
            specifiers=specifiers,
            selections=tuple(Selection(one, self._name(one, specifiers)) for one in selections_of(market.type, specifiers)),
            prices=book.prices,
            grace_ms=before_ms,
            at=at,
            in_play_grace_ms=in_play_ms,
            withdrawn=book.withdrawn,
            producer=self._producer,
            actor=self._producer,
        )

    def _name(self, selection: str, specifiers: Mapping[str, str]) -> str:
        line = specifiers.get("hcp", "")
        if line:
            away = line.removeprefix("-") if line.startswith("-") else f"-{line}" if line != "0" else line
            line = f" {line if selection == 'home' else away}"
        total = specifiers.get("total", "")
        team = {"home": self.match.home, "away": self.match.away}.get(selection)
        return f"{team}{line}" if team else f"{selection.capitalize()} {total}".strip()
