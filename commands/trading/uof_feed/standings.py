"""Where events stand in the log: their fixtures and markets, read again from where the last look ended."""

from collections.abc import Iterable
from typing import Any

from commands.ports import EventStore
from commands.trading.odds_feed.messages import MARKETS_TAKEN, MarketKey
from commands.trading.uof_feed.plan import EventStanding, fixture_of, market_of
from commands.trading.uof_feed.told import EventTold
from domain.aggregate import Aggregate
from domain.fixture.decider import FIXTURE
from domain.ids import gate_of
from domain.market.decider import MARKET
from domain.settling.rules import LINES, type_of

TYPES = ("match_result", "double_chance", "draw_no_bet", "odd_even", "both_teams_to_score", "total_goals", "asian_handicap")
PERIODS = ("", "first_half_", "second_half_")
LOOK_UP_MAX = 20
"""How many events are looked up in the log at once."""


def _every_market() -> tuple[MarketKey, ...]:
    lines = {
        name: [key.specifiers for key in MARKETS_TAKEN if key.specifiers and key.specifiers[0][0] == name] for name in ("total", "hcp")
    }
    types = (*(period + kind for period in PERIODS for kind in TYPES), "result_and_total", "correct_score", "half_time_full_time")
    return tuple(MarketKey(kind, line) for kind in types for line in lines.get(LINES.get(type_of(kind).asks, ""), [()]))


EVERY_MARKET = _every_market()
"""Every market that a feed can open on a match: so all of a match are found again after a crash."""


class Standings:
    """The fixtures and markets of events as the log has them."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._states: dict[str, tuple[Any, int]] = {}
        self._known: dict[str, set[MarketKey]] = {}

    def look(self, events: Iterable[EventTold]) -> dict[str, EventStanding]:
        """Return where the events stand now.

        Raises:
            StoreUnavailable: when the log could not be read in time.

        """
        found: dict[str, EventStanding] = {}
        events = list(events)
        for begin in range(0, len(events), LOOK_UP_MAX):
            found.update(self._look(events[begin : begin + LOOK_UP_MAX]))
        return found

    def forget(self, event: str) -> None:
        """Keep nothing of an event any more."""
        fixture_id = fixture_of(event)
        for market in self._known.pop(event, ()):
            self._states.pop(market_of(fixture_id, market), None)
        self._states.pop(fixture_id, None)

    def gates(self, event: str) -> tuple[str, ...]:
        """Return the gates that an event's markets stand below; none where it is not known or over."""
        fixture = self._states.get(fixture_of(event), (FIXTURE.initial, 0))[0]
        if fixture.status not in ("scheduled", "live"):
            return ()
        of = fixture.scheduled
        return gate_of("fixture", fixture_of(event)), gate_of("competition", of.sport, of.competition), gate_of("sport", of.sport)

    def _look(self, events: list[EventTold]) -> dict[str, EventStanding]:
        wanted: dict[str, tuple[Aggregate[Any], str, MarketKey | None]] = {}
        for told in events:
            fixture_id = fixture_of(told.event)
            wanted[fixture_id] = (FIXTURE, told.event, None)
            asked = self._known.get(told.event, EVERY_MARKET)
            for market in {*asked, *told.odds, *told.results, *told.windows}:
                wanted[market_of(fixture_id, market)] = (MARKET, told.event, market)
        facts = self._store.load({stream_id: self._states.get(stream_id, (None, 0))[1] for stream_id in wanted})
        for stream_id, new in facts.items():
            aggregate = wanted[stream_id][0]
            state, version = self._states.get(stream_id, (aggregate.initial, 0))
            for recorded in new:
                state, version = aggregate.evolve(state, recorded.body), recorded.version
            self._states[stream_id] = (state, version)
        for told in events:
            self._known.setdefault(told.event, set())
        for stream_id, (_, event, key) in wanted.items():
            if key is not None and stream_id in self._states:
                self._known[event].add(key)
        return {told.event: self._standing(told.event) for told in events}

    def _standing(self, event: str) -> EventStanding:
        fixture_id = fixture_of(event)
        markets = {key: self._states[market_of(fixture_id, key)][0] for key in self._known[event]}
        return EventStanding(fixture_id, self._states.get(fixture_id, (FIXTURE.initial, 0))[0], markets)
