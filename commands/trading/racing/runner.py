"""Runs races, live: the same commands a trader would give, through the dispatcher.

Nothing is kept but the log. After any crash the feed reads where its races stand and goes on from there: ids follow from the races, a
race is off when its fixture says so, and what was done already is no fact.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog

from commands.dispatch.batch import Contended, Overloaded
from commands.ports import EventStore, StoreUnavailable
from commands.trading.racing.race import Race, race_id, schedule
from commands.trading.racing.race_player import RacePlayer, RaceStep, RaceTiming, results
from commands.trading.racing.race_prices import RaceMoment, books_of_races
from commands.trading.replay.heartbeats import CommandCaller, Heartbeats
from commands.trading.replay.laps import first_lap
from commands.trading.replay.moved_gates import MovedGates
from commands.trading.run_market import ProducerSilent
from domain.fixture.decider import FIXTURE, FixtureNotLive
from domain.fixture.state import Fixture
from domain.market.decider import MARKET
from domain.market.prices import PricesMalformed
from domain.market.state import Market
from domain.refused import Refused

TICK_S, RETRY_AFTER_S = 0.05, 0.5
MOVES_APART_S = 0.1
"""How far apart the prices of one race are given at least: ten moves a second."""

COMMANDS_AT_ONCE_MAX = 2_000
RACES_MAX = 2_000

logger = structlog.get_logger()


class RaceOptions(msgspec.Struct, frozen=True):
    """How to run races: `races` are on offer at once, at `speed` simulated seconds a real second, priced by `producer`."""

    races: int
    speed: float
    producer: str
    grace_ms: int
    in_play_grace_ms: int
    lease_ms: int


class RaceRunner:
    """The driver. `race_of` gives the race of a number from 0, without an end; the rest is as in `commands.trading.replay.runner`."""

    def __init__(
        self,
        race_of: Callable[[int], Race],
        caller: CommandCaller,
        store: EventStore,
        options: RaceOptions,
        *,
        now: Callable[[], datetime],
        monotonic_s: Callable[[], float],
        sleep: Callable[[float], None],
        stopping: Callable[[], bool],
    ) -> None:
        self._race_of = race_of
        self._caller = caller
        self._store = store
        self._options = options
        self._now = now
        self._monotonic_s = monotonic_s
        self._sleep = sleep
        self._stopping = stopping
        self._timing = RaceTiming(options.speed, options.grace_ms, options.in_play_grace_ms)
        self._number: int | None = None
        self._races: list[RacePlayer] = []
        self._abandoned: set[str] = set()
        self._withdrawn: set[str] = set()
        self._next_move_s: dict[str, float] = {}
        self._heartbeats = Heartbeats(options.producer, options.lease_ms, caller, now=now, monotonic_s=monotonic_s)
        self._gates = MovedGates(store)

    def run(self) -> None:
        """Run races until told to stop."""
        while not self._stopping() and self.advance():
            self._sleep(TICK_S)

    def progress(self) -> tuple[int, int]:
        """How many races are over, and how many were announced."""
        announced = self._number or 0
        return announced - len(self._races), announced

    def advance(self) -> bool:
        """Do everything that is due now; there is always another race."""
        try:
            self._live()
            self._announce()
        except StoreUnavailable:
            logger.warning("the races wait for the log to look up their fixtures")
            self._sleep(RETRY_AFTER_S)
        self._take()
        self._races = [playing for playing in self._races if not playing.is_over]
        return True

    # Being alive.

    def _live(self) -> None:
        """Send a heartbeat when it is time, and give fresh prices where those that stand were voided: by a gap, or at a gate.

        Raises:
            StoreUnavailable: when the log could not be reached in time.

        """
        if not self._beat():
            return
        on_offer = [playing for playing in self._races if playing.takes_bets]
        moved = self._gates.look(gate_id for playing in on_offer for gate_id in playing.race.gates)
        if moved:
            self._price_again([playing for playing in on_offer if not moved.isdisjoint(playing.race.gates)])

    def _beat(self, *, at_once: bool = False) -> bool:
        was_taken, is_new_session = self._heartbeats.beat(at_once=at_once)
        if is_new_session:
            self._price_again([playing for playing in self._races if playing.takes_bets])
        return was_taken

    def _price_again(self, races: Sequence[RacePlayer]) -> None:
        at, now_s = self._now(), self._monotonic_s()
        rows = [playing.row_at(now_s) for playing in races]
        books = books_of_races([playing.moment(row) for playing, row in zip(races, rows, strict=True)])
        priced = zip(races, rows, books, strict=True)
        self._submit([command for playing, row, book in priced for command in playing.price(row, book, at)])

    # What comes next.

    def _announce(self) -> None:
        """Put as many races on offer as there is room for, each off some time after the one before; take up those that the log has."""
        wanted = self._options.races - sum(playing.takes_bets for playing in self._races)
        if wanted <= 0:
            return
        at, now_s = self._now(), self._monotonic_s()
        first = self._first() if self._number is None else self._number
        races = [self._race_of(number) for number in range(first, first + wanted)]
        facts = self._store.load(dict.fromkeys([race.fixture_id for race in races], 0))
        fresh: list[RacePlayer] = []
        over: list[Race] = []
        last_s = max([now_s, *(playing.off_s for playing in self._races)])
        announced: list[Any] = []
        for race in races:
            fixture = FIXTURE.initial
            for fact in facts.get(race.fixture_id, ()):
                fixture = FIXTURE.evolve(fixture, fact.body)
            if fixture.status == "ended":
                over.append(race)
            elif fixture.status != "abandoned":
                off_s = _off_s(fixture, at, now_s)
                if off_s is None:
                    off_s = last_s + race.on_offer_s / self._options.races / self._options.speed
                    announced.append(schedule(race, at + timedelta(seconds=off_s - now_s), at, self._options.producer))
                last_s = max(last_s, off_s)
                playing = RacePlayer(race, off_s, self._options.producer, self._timing)
                if fixture.status:
                    playing.take_up(self._markets(race), is_off=fixture.status == "live")
                fresh.append(playing)
        self._number = first + wanted
        self._submit(announced)
        opening = books_of_races([RaceMoment(playing.race, 0) for playing in fresh])
        self._submit([command for playing, books in zip(fresh, opening, strict=True) for command in playing.open_markets(books, at)])
        gone = {race.fixture_id: frozenset[str]().union(*[market.non_runners for market in self._markets(race).values()]) for race in over}
        self._submit([command for race in over for command in results(race, gone[race.fixture_id], at, self._options.producer)])
        self._races += fresh

    def _first(self) -> int:
        """Return the number of the first race that may not be over."""
        source = self._race_of(0).source
        return first_lap(lambda number: bool(self._store.load({race_id(source, number): 0})), RACES_MAX)

    def _markets(self, race: Race) -> dict[str, Market]:
        """Return where the markets of a race stand in the log."""
        recorded = self._store.load(dict.fromkeys([market.market_id for market in race.markets()], 0))
        found = {}
        for market_id, facts in recorded.items():
            market = MARKET.initial
            for fact in facts:
                market = MARKET.evolve(market, fact.body)
            found[market_id] = market
        return found

    def _look_at_markets(self, races: Sequence[RacePlayer]) -> None:
        """Find out who was withdrawn by a trader: before the off, and where prices were refused since they name a runner that is gone."""
        for playing in races:
            try:
                playing.note(self._markets(playing.race))
            except StoreUnavailable:
                logger.warning("the races wait for the log to look up who runs", race=playing.race.fixture_id)
            else:
                self._withdrawn.discard(playing.race.fixture_id)

    # Taking steps.

    def _take(self) -> None:
        """Take what is due of each race: betting stops before anything is told, and goes on after it was."""
        now_s = self._monotonic_s()
        due = [(playing, now) for playing in self._races if (now := playing.due(now_s)) and self._may_move(playing, now, now_s)]
        if not due or self._stopping():
            return
        at = self._now()
        self._look_at_markets([playing for playing, now in due if now.kind == "off" or playing.race.fixture_id in self._withdrawn])
        found = iter(books_of_races([playing.moment(now.row) for playing, now in due if now.kind == "prices"]))
        books = [next(found) if now.kind == "prices" else {} for _, now in due]
        self._submit([command for playing, now in due for command in playing.stop_betting(now, at)])
        self._submit([command for playing, now in due for command in playing.tell(now, at)])
        self._submit([command for (playing, now), of in zip(due, books, strict=True) for command in playing.follow_up(now, of, at)])
        for playing, now in due:
            if playing.race.fixture_id in self._abandoned:
                playing.drain()
            else:
                playing.taken(now)
            if playing.is_over:
                self._next_move_s.pop(playing.race.fixture_id, None)
        self._abandoned.clear()

    def _may_move(self, playing: RacePlayer, due: RaceStep, now_s: float) -> bool:
        """Say whether a race's prices may move again; those in between are left out."""
        if due.kind != "prices":
            return True
        if now_s < self._next_move_s.get(playing.race.fixture_id, 0.0):
            return False
        self._next_move_s[playing.race.fixture_id] = now_s + MOVES_APART_S
        return True

    def _submit(self, commands: Sequence[Any]) -> None:
        for begin in range(0, len(commands), COMMANDS_AT_ONCE_MAX):
            left = list(commands[begin : begin + COMMANDS_AT_ONCE_MAX])
            while left and not self._stopping():
                left = self._unanswered(left)
                if left:
                    logger.warning("the races wait for the log", commands_waiting=len(left))
                    self._sleep(RETRY_AFTER_S)

    def _unanswered(self, commands: list[Any]) -> list[Any]:
        """Submit commands; return those to submit again. A rule that says no is noted, since a trader may have been here."""
        try:
            answers = self._caller.try_many(commands)
        except (StoreUnavailable, TimeoutError, Overloaded):
            return commands
        again: list[Any] = []
        if any(isinstance(answer, ProducerSilent) for answer in answers):
            self._beat(at_once=True)
        for command, answer in zip(commands, answers, strict=True):
            if isinstance(answer, StoreUnavailable | Overloaded | Contended | ProducerSilent):
                again.append(command)
            elif isinstance(answer, Refused):
                if isinstance(answer, FixtureNotLive) and answer.status == "abandoned":
                    self._abandoned.add(answer.fixture_id)
                if isinstance(answer, PricesMalformed):
                    self._withdrawn.update(one.race.fixture_id for one in self._races if answer.market_id in one.market_ids)
                logger.info("a step of a race was refused", command=type(command).__name__, refusal=str(answer))
            elif isinstance(answer, BaseException):
                raise answer
        return again


def _off_s(fixture: Fixture, at: datetime, now_s: float) -> float | None:
    """Return when a race that was announced is off on the monotonic clock, in the past where it is; None for another one."""
    announced = fixture.announced
    return None if announced is None else now_s + (announced.kick_off - at).total_seconds()
