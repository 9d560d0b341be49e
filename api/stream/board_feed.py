"""Channels of the board: `fixture:<id>` (the match with all its markets) and `market:<id>`, kept up to date from the log.

What is kept are the rows of the board's view, changed by the view's own `project`, and shown by the functions that answer its queries; so
what is pushed is what a query would show. Rows are loaded from the read models where somebody subscribes, and the facts since then applied.
"""

from collections.abc import Iterable, Mapping

import msgspec

from api.channel_names import FIXTURE, MARKET, ChannelName
from api.stream.board_rows import FixtureRows, SharedRows, Told, Watcher, rendering_of_fixture, rendering_of_market
from api.stream.channel import Channel
from api.stream.hub import Hub
from domain.fact import Fact, Recorded
from domain.gate.facts import BettingEnded, BettingReopened, BettingStopped, PricesVoided
from domain.ids import gate_of
from domain.market.facts import MarketClosed, MarketOpened, MarketSuspended
from domain.producer.facts import HeartBeat, SessionBegun
from projections.betting import board, board_gates
from projections.betting.board_queries import MARKETS_SHOWN_MAX, FixtureView, MarketView, fixture_of_rows, market_fields
from projections.betting.quotes import Quoted
from projections.ports import Ask, Fields, Page, ReadModels

GATES = (BettingStopped, BettingReopened, BettingEnded, PricesVoided)
STOPS_BETTING = (MarketSuspended, MarketClosed, BettingStopped, BettingEnded)
"""Facts that are told at once, before all others."""


class BoardFeed:
    """Keeps fixtures that somebody reads, with their markets. For one event loop."""

    channels = frozenset({FIXTURE, MARKET})
    rests_on = ()
    kinds: frozenset[type[Fact]] = board.VIEW.consumes

    def __init__(self, reads: ReadModels) -> None:
        self._reads = reads
        self._shared = SharedRows()
        self._fixtures: dict[str, FixtureRows] = {}
        self._fixture_of_market: dict[str, str] = {}

    async def load(self, name: ChannelName, hub: Hub) -> Channel | None:
        """Return the channel of a fixture, or of a market of it; see `hub.ChannelFeed`."""
        fixture_id: str | None = name.subject_id
        if name.kind == MARKET:
            fixture_id = self._fixture_of_market.get(name.subject_id) or await self._fixture_id(name.subject_id)
        if fixture_id is None:
            return None
        fixture = self._fixtures.get(fixture_id) or await self._load(fixture_id, hub)
        if fixture is None or (name.kind == MARKET and name.subject_id not in fixture.markets):
            return None
        return self._channel(name, fixture, hub)

    async def admit(self, _name: ChannelName, _account_id: str, _hub: Hub) -> None:
        """All of it is for whoever may subscribe."""

    def apply(self, fact: Recorded, hub: Hub) -> str | None:
        """Take a fact of the board."""
        body = fact.body
        if isinstance(body, HeartBeat | SessionBegun):
            if not self._shared.note_producer(fact):
                return None
            for fixture in self._fixtures.values():
                self._touch_all(fixture, hub)
            return fact.stream_id
        if isinstance(body, GATES):
            self._shared.note_gate(fact)
            for fixture in self._under(fact.stream_id):
                fixture.apply(fact)
                self._touch_all(fixture, hub, at_once=isinstance(body, STOPS_BETTING))
            return fact.stream_id
        key = body.fixture_id if isinstance(body, MarketOpened) else fact.stream_id
        found = self._fixtures.get(self._fixture_of_market.get(key, key))
        if found is not None:
            if isinstance(body, MarketOpened):
                self._fixture_of_market[fact.stream_id] = key
            found.apply(fact)
            self._touch(found, hub, fact.stream_id, at_once=isinstance(body, STOPS_BETTING))
        return key

    def finish(self, hub: Hub) -> None:
        """Nothing waits for the end of a stretch."""

    def look(self, hub: Hub) -> None:
        """Notice producers that have fallen silent."""
        if self._shared.look_for_silence(hub.now_us()):
            for fixture in self._fixtures.values():
                self._touch_all(fixture, hub, by_time=True)

    def begin_anew(self) -> None:
        """Forget everything; see `channel_feed.ChannelFeed`."""
        self._shared = SharedRows()
        self._fixtures.clear()
        self._fixture_of_market.clear()

    def forget(self, name: ChannelName) -> None:
        """Forget a fixture once nobody reads it, nor a market of it."""
        fixture_id = self._fixture_of_market.get(name.subject_id, name.subject_id)
        fixture = self._fixtures.get(fixture_id)
        if fixture is not None:
            fixture.channels.pop(name.subject_id, None)
            self._forget_unread(fixture)

    async def watch(self, watcher_id: str, markets: Mapping[str, frozenset[str]], told: Told, hub: Hub) -> None:
        """Keep fixtures for somebody who shows some markets of them, and tell of what changes there; those that there are.

        Raises:
            ReadModelsUnavailable, TimeoutError: when they cannot be loaded now.

        """
        for fixture_id, market_ids in markets.items():
            fixture = self._fixtures.get(fixture_id) or await self._load(fixture_id, hub)
            if fixture is not None:
                fixture.watchers[watcher_id] = Watcher(market_ids, told)

    def unwatch(self, watcher_id: str, fixture_ids: Iterable[str]) -> None:
        """Keep fixtures no longer for somebody."""
        for fixture_id in fixture_ids:
            fixture = self._fixtures.get(fixture_id)
            if fixture is not None:
                fixture.watchers.pop(watcher_id, None)
                self._forget_unread(fixture)

    def matches(self, markets: Mapping[str, frozenset[str]]) -> Quoted:
        """Return those of some fixtures and their markets that are kept, as they stand."""
        fixtures: dict[str, FixtureView] = {}
        found: dict[str, MarketView] = {}
        for fixture_id, market_ids in markets.items():
            fixture = self._fixtures.get(fixture_id)
            shown = fixture.shown if fixture is not None else None
            if fixture is not None and shown is not None:
                fixtures[fixture_id] = shown
                found |= fixture.markets_shown(market_ids, self._shared)
        return Quoted(fixtures, found)

    def touched(self, markets: Mapping[str, frozenset[str]], hub: Hub) -> dict[str, int]:
        """Return when some fixtures and markets that are kept changed last, by id, as far as the newest facts tell."""
        touched: dict[str, int] = {}
        for fixture_id in markets:
            fixture = self._fixtures.get(fixture_id)
            if fixture is not None:
                of_it = self._touched(fixture, hub)
                touched |= of_it | {fixture_id: of_it.get("", 0)}
        return touched

    def _forget_unread(self, fixture: FixtureRows) -> None:
        if not fixture.channels and not fixture.watchers:
            del self._fixtures[fixture.fixture_id]
            for market_id in fixture.markets:
                self._fixture_of_market.pop(market_id, None)

    def _channel(self, name: ChannelName, fixture: FixtureRows, hub: Hub) -> Channel:
        is_fixture = name.kind == FIXTURE

        def all_parts() -> Iterable[tuple[str, bytes]]:
            return fixture.parts(self._shared) if is_fixture else fixture.market_parts([name.subject_id], self._shared)

        def refresh() -> Iterable[tuple[str, bytes]]:
            return fixture.refreshed(self._shared) if is_fixture else all_parts()

        rendering = rendering_of_fixture if is_fixture else rendering_of_market
        channel = Channel(f"{name.kind}:{name.subject_id}", rendering, hub.positions.text, refresh)
        channel.begin(list(all_parts()), hub.position, hub.recent.floor, self._touched(fixture, hub))
        fixture.channels[name.subject_id] = channel
        return channel

    async def _fixture_id(self, market_id: str) -> str | None:
        (rows,) = await self._reads.many(board.VIEW, [market_fields(market_id)])
        return msgspec.msgpack.decode(rows[0], type=board.MarketRow).fixture_id if rows[0] is not None else None

    async def _load(self, fixture_id: str, hub: Hub) -> FixtureRows | None:
        """Load a fixture as it stands; facts that are newer than what was read are applied on top, so each row ends at its last value."""
        fields = Fields(board_gates.FIXTURES_KEY, [fixture_id + suffix for suffix in board.FIXTURE_ROWS])
        asks: list[Ask] = [fields, Page(board.MARKETS_OF_FIXTURE_KEY + fixture_id, MARKETS_SHOWN_MAX)]
        first, (row, opened) = await self._reads.many_at(board.VIEW, asks)
        head = fixture_of_rows(fixture_id, row)
        if head is None:
            return None
        market_ids = [entry.member.decode() for entry in opened]
        above = board_gates.gates_above(head.sport, head.competition)
        asks_more: list[Ask] = [*map(market_fields, market_ids), board_gates.gate_fields(above), board_gates.ALL_PRODUCERS]
        second, (*rows, gates, producers) = await self._reads.many_at(board.VIEW, asks_more)
        reached = [*first.values(), *second.values()]
        await hub.reached(max(reached))
        if min(reached) < hub.recent.floor:
            raise TimeoutError("the views are further behind than the newest facts reach")
        known = self._fixtures.get(fixture_id)
        if known is not None:
            return known
        fixture = FixtureRows(fixture_id, row, dict(zip(market_ids, rows, strict=True)), above)
        self._shared.load(above, gates, producers, hub.now_us())
        for fact in self._recent_of(fixture, hub, min(reached)):
            if isinstance(fact.body, GATES):
                self._shared.note_gate(fact)
            if not isinstance(fact.body, HeartBeat | SessionBegun):
                fixture.apply(fact)
        self._fixtures[fixture_id] = fixture
        self._fixture_of_market.update(dict.fromkeys(fixture.markets, fixture_id))
        return fixture

    def _recent_of(self, fixture: FixtureRows, hub: Hub, after: int) -> list[Recorded]:
        """Return the newest facts that concern a fixture: its own, its markets' and those of what is above it, in order."""
        own = [fixture.fixture_id, gate_of("fixture", fixture.fixture_id), *fixture.above, *self._shared.producers]
        opened = [fact.stream_id for fact in hub.recent.of([fixture.fixture_id], 0) if isinstance(fact.body, MarketOpened)]
        return hub.recent.of([*own, *fixture.markets, *opened], after)

    def _touched(self, fixture: FixtureRows, hub: Hub) -> dict[str, int]:
        """Return when each part of a fixture may have changed last, as far as the newest facts tell."""
        touched: dict[str, int] = {}
        for fact in self._recent_of(fixture, hub, 0):
            body = fact.body
            if isinstance(body, (*GATES, HeartBeat, SessionBegun)):
                touched |= dict.fromkeys(fixture.markets, fact.position)
            else:
                touched["" if fact.stream_id == fixture.fixture_id else fact.stream_id] = fact.position
        return touched | dict.fromkeys(fixture.silent_markets(self._shared), hub.position + 1)

    def _under(self, gate_id: str) -> list[FixtureRows]:
        return [fixture for fixture in self._fixtures.values() if gate_id in (*fixture.above, fixture.gate_id)]

    def _touch(self, fixture: FixtureRows, hub: Hub, stream_id: str, *, at_once: bool) -> None:
        fixture.dirty.add(stream_id if stream_id in fixture.markets else "")
        for subject_id in (fixture.fixture_id, stream_id):
            channel = fixture.channels.get(subject_id)
            if channel is not None:
                if at_once:
                    hub.flush_now(channel)
                else:
                    hub.touch(channel)
        for watcher in list(fixture.watchers.values()):
            if stream_id not in fixture.markets or stream_id in watcher.market_ids:
                watcher.told(at_once=at_once, by_time=False)

    def _touch_all(self, fixture: FixtureRows, hub: Hub, *, at_once: bool = False, by_time: bool = False) -> None:
        fixture.dirty.update(("", *fixture.markets))
        for channel in list(fixture.channels.values()):
            if at_once:
                hub.flush_now(channel)
            else:
                hub.touch(channel, by_time=by_time)
        for watcher in list(fixture.watchers.values()):
            watcher.told(at_once=at_once, by_time=by_time)
