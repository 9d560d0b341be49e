"""Plays real matches again, live: the same commands a trader would give, at the minutes they happened, through the dispatcher.

Nothing is kept but the log. After any crash the replay reads where its fixtures stand and goes on from there: ids follow from the matches,
and a step that was done already is no fact.
"""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import structlog

from commands.ports import EventStore, StoreUnavailable
from commands.trading.replay.heartbeats import CommandCaller, Heartbeats
from commands.trading.replay.laps import first_lap
from commands.trading.replay.match_markets import (
    Graces,
    books_at,
    fixture_of,
    gates_of,
    market_ids_of,
    markets_of,
    offer_of,
    open_markets,
    results,
    schedule,
)
from commands.trading.replay.match_player import MatchPlayer, held_back
from commands.trading.replay.match_shading import MatchShading
from commands.trading.replay.match_steps import Step, kick_offs_apart_s
from commands.trading.replay.moved_gates import MovedGates
from commands.trading.replay.offer import PlayedMatch
from commands.trading.replay.options import LIMITS, ReplayOptions
from commands.trading.replay.submission import RETRY_AFTER_S, Submission
from commands.trading.shading.shader import Shader
from domain.fact import Recorded
from domain.fixture.decider import FIXTURE
from domain.fixture.state import Fixture
from domain.ids import FixtureId
from domain.pricing import Books, PricedMarket

TICK_S = 0.05
LOOK_UP_MAX = 64
"""How many fixtures are looked up in the log at once."""

logger = structlog.get_logger()


class FoundFixture(NamedTuple):
    """A match of some lap that is not over, where its fixture stands, and which of its markets stay suspended; see `held_back`.

    `since` is the position of its first fact, None where it has none.
    """

    match: PlayedMatch
    lap: int
    fixture: Fixture
    held: frozenset[PricedMarket]
    since: int | None


class WaitingMatch(NamedTuple):
    """A match that is on offer, or was live when the replay began."""

    playing: MatchPlayer
    found: FoundFixture


class Replay:
    """The driver. `now` tells the time of facts, `monotonic_s` paces, `sleep` waits (seconds), `stopping` ends it within a tick.

    With a `shader`, open bets shade the prices.
    """

    def __init__(
        self,
        programme: Sequence[PlayedMatch],
        caller: CommandCaller,
        store: EventStore,
        options: ReplayOptions,
        *,
        now: Callable[[], datetime],
        monotonic_s: Callable[[], float],
        sleep: Callable[[float], None],
        stopping: Callable[[], bool],
        shader: Shader | None = None,
    ) -> None:
        """Take the matches to play, at least one."""
        assert programme, "a replay has matches to play"
        self._programme = programme
        self._store = store
        self._options = options
        self._now = now
        self._monotonic_s = monotonic_s
        self._sleep = sleep
        self._stopping = stopping
        self._lap: int | None = None
        self._looked_up = 0
        self._found: deque[FoundFixture] = deque()
        self._ended: deque[tuple[FixtureId, PlayedMatch]] = deque(maxlen=options.matches + options.ahead)
        self._waiting: deque[WaitingMatch] = deque()
        self._playing: list[MatchPlayer] = []
        self._may_begin_s = 0.0
        self._heartbeats = Heartbeats(options.producer, options.lease_ms, caller, now=now, monotonic_s=monotonic_s)
        self._gates = MovedGates(store)
        self._submission = Submission(caller, lambda: self._beat(at_once=True), sleep, stopping)
        self._shading = MatchShading(shader)

    def run(self) -> None:
        """Play until told to stop, or until all is played and there is no loop."""
        while not self._stopping() and self.advance():
            self._sleep(TICK_S)

    def progress(self) -> tuple[int, int]:
        """How many matches of this lap are over, and how many there are."""
        return self._looked_up - len(self._found) - len(self._waiting) - len(self._playing), len(self._programme)

    def advance(self) -> bool:
        """Do everything that is due now; return whether anything is left to play."""
        try:
            self._live()
            self._announce()
            self._shade()
        except StoreUnavailable:
            logger.warning("the replay waits for the log to look up its fixtures")
            self._sleep(RETRY_AFTER_S)
        self._begin()
        while (due := self._due()) and not self._stopping():
            self._beat()
            self._take(due)
        self._shading.forget(playing for playing in self._playing if playing.is_over)
        self._playing = [playing for playing in self._playing if not playing.is_over]
        return bool(self._playing or self._waiting or self._found or self._may_look_up)

    # Being alive.

    def _live(self) -> None:
        """Send a heartbeat when it is time, and give fresh prices where those that stand were voided: by a gap, or at a gate.

        Raises:
            StoreUnavailable: when the log could not be reached in time.

        """
        if not self._beat():
            return
        gates = {one.offer.fixture_id: gates_of(one.offer) for one in self._on_offer()}
        moved = self._gates.look(gate_id for of_one in gates.values() for gate_id in of_one)
        if moved:
            self._price_again([one for one in self._on_offer() if not moved.isdisjoint(gates[one.offer.fixture_id])])

    def _beat(self, *, at_once: bool = False) -> bool:
        """Send a heartbeat if it is time; return whether one was taken. In another session than before, every price is given again."""
        was_taken, is_new_session = self._heartbeats.beat(at_once=at_once)
        if is_new_session:
            self._price_again(self._on_offer())
        return was_taken

    def _on_offer(self) -> list[MatchPlayer]:
        """Return the matches whose prices are ours to give; one that was live when we began is taken up by its next step."""
        return [*self._playing, *(one.playing for one in self._waiting if one.found.fixture.status != "live")]

    def _price_again(self, matches: Sequence[MatchPlayer]) -> None:
        """Give the prices of the moment for markets that take bets; where they stand already, nothing follows."""
        at = self._now()
        priced = [playing for playing in matches if playing.standing is not None or not playing.has_begun]
        for playing in priced:
            self._shading.set_tilt(playing, playing.standing)
        books = self._books([(playing, playing.standing) for playing in priced])
        self._submit([command for playing, now in zip(priced, books, strict=True) for command in playing.price_again(now, at)])

    def _shade(self) -> None:
        """Price again where open bets tilt the scores otherwise, and where prices were left out since others came right before.

        Raises:
            StoreUnavailable: when the log could not be reached in time.

        """
        on_offer, now_s = self._on_offer(), self._monotonic_s()
        self._shading.look(on_offer)
        self._price_again([playing for playing in on_offer if playing.may_catch_up(now_s)])

    def _books(self, moments: Sequence[tuple[MatchPlayer, Step | None]]) -> list[Books]:
        tilts = [playing.tilt for playing, _ in moments]
        return books_at([(playing.offer, step) for playing, step in moments], every=self._options.every, tilts=tilts)

    # What comes next.

    def _announce(self) -> None:
        """Put the next matches on offer, as many as may begin and wait."""
        options = self._options
        wanted = options.matches + options.ahead - len(self._playing) - len(self._waiting)
        while len(self._found) < wanted and self._may_look_up:
            self._look_up()
        fresh = [self._found.popleft() for _ in range(min(wanted, len(self._found)))]
        if not fresh:
            return
        at = self._now()
        offers = [offer_of(found.match, found.lap, markets_of(found.match, every=options.every), options.producer) for found in fresh]
        for offer, found in zip(offers, fresh, strict=True):
            self._shading.watch(offer, found.fixture, found.since)
        self._submit([schedule(offer, at) for offer in offers])
        graces = Graces(options.grace_ms, options.in_play_grace_ms)
        self._submit([command for offer in offers for command in open_markets(offer, graces, at)])
        waiting = [WaitingMatch(MatchPlayer(offer, options.speed), found) for offer, found in zip(offers, fresh, strict=True)]
        self._waiting += waiting
        self._price_again([one.playing for one in waiting if one.found.fixture.status != "live"])

    @property
    def _may_look_up(self) -> bool:
        return self._options.loop or self._looked_up < len(self._programme)

    def _look_up(self) -> None:
        """Find out where the next matches of the programme stand, lap after lap; those that are over only get the results they lack.

        Only those can lack them that were live when the replay last stopped: of all that are over, the last so many before one that is not.
        """
        if self._lap is None:
            self._lap = self._first_lap()
        if self._looked_up >= len(self._programme):
            self._lap, self._looked_up = self._lap + 1, 0
        matches = self._programme[self._looked_up : self._looked_up + LOOK_UP_MAX]
        fixture_ids = [fixture_of(match, self._lap) for match in matches]
        recorded = self._store.load(dict.fromkeys(fixture_ids, 0))
        found: list[FoundFixture] = []
        for match, fixture_id in zip(matches, fixture_ids, strict=True):
            fixture = FIXTURE.initial
            facts = recorded.get(fixture_id, ())
            for fact in facts:
                fixture = FIXTURE.evolve(fixture, fact.body)
            if fixture.status == "ended":
                self._ended.append((fixture_id, match))
            elif fixture.status != "abandoned":
                held = self._held_back(fixture_id, match, facts) if fixture.status == "live" else frozenset[PricedMarket]()
                found.append(FoundFixture(match, self._lap, fixture, held, facts[0].position if facts else None))
        self._found += found
        self._looked_up += len(matches)
        if found or not self._may_look_up:
            at, every, producer = self._now(), self._options.every, self._options.producer
            for fixture_id, match in self._ended:
                self._submit(results(fixture_id, markets_of(match, every=every), at, producer))
            self._ended.clear()

    def _held_back(self, fixture_id: FixtureId, match: PlayedMatch, fixture: Sequence[Recorded[Any]]) -> frozenset[PricedMarket]:
        market_ids = market_ids_of(fixture_id, markets_of(match, every=self._options.every))
        recorded = self._store.load(dict.fromkeys(market_ids.values(), 0))
        return held_back(fixture, {market: recorded.get(market_id, ()) for market, market_id in market_ids.items()})

    def _first_lap(self) -> int:
        """Return the lap to begin with; laps long over are not read again, or starting would take longer with every day of playing."""
        if not self._options.loop:
            return 0
        unfinished_max = -(-(LIMITS["matches"][1] + LIMITS["ahead"][1]) // len(self._programme))
        return first_lap(lambda lap: bool(self._store.load({fixture_of(self._programme[0], lap): 0})), int(unfinished_max))

    def _begin(self) -> None:
        """Kick off while there is room, some minutes apart, so that not all matches are at the same minute."""
        now_s, options = self._monotonic_s(), self._options
        apart_s = kick_offs_apart_s(options.matches) / options.speed
        while self._waiting and len(self._playing) < options.matches:
            playing, found = self._waiting[0]
            is_live = found.fixture.status == "live"
            if not is_live and now_s < self._may_begin_s:
                break
            self._waiting.popleft()
            if is_live:
                playing.resume(found.fixture, now_s, found.held)
            else:
                playing.kick_off(now_s)
            self._playing.append(playing)
            self._may_begin_s = max(self._may_begin_s, now_s) + apart_s

    # Taking steps.

    def _due(self) -> list[tuple[MatchPlayer, Step]]:
        now_s = self._monotonic_s()
        return [(playing, step) for playing in self._playing if (step := playing.due(now_s)) is not None]

    def _take(self, due: Sequence[tuple[MatchPlayer, Step]]) -> None:
        """Take one step of each match: betting stops before anything is told, and goes on after it was."""
        at = self._now()
        for playing, step in due:
            self._shading.set_tilt(playing, step)
        books = self._books(due)
        self._submit([command for playing, step in due for command in playing.stop_betting(step, at)])
        self._submit([command for playing, step in due for command in playing.tell(step, at)])
        self._submit([command for (playing, step), now in zip(due, books, strict=True) for command in playing.follow_up(step, now, at)])
        over_limit = self._shading.limit([playing for playing, _ in due], self._submission.over_limit)
        for playing, step in due:
            if playing.offer.fixture_id in self._submission.abandoned:
                playing.drain()
            elif playing.offer.fixture_id not in over_limit:
                playing.taken(step)
        self._submission.abandoned.clear()
        self._submission.over_limit.clear()

    def _submit(self, commands: Sequence[Any]) -> None:
        self._submission.submit(commands)
