"""Plays real matches again, live: the same commands a trader would give, at the minutes they happened, through the one door.

Nothing is kept but the log. After any crash the replay reads where its fixtures stand and goes on from there: ids follow from the matches,
and a step that was done already is no fact.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec
import structlog

from commands.ports import EventStore, StoreUnavailable
from commands.work import Answer, Contended, Overloaded
from domain.fact import Recorded
from domain.fixture.decider import FIXTURE, Fixture
from domain.refused import Refused
from infra.failures import Failure
from infra.feeds.football_data import read_season
from infra.feeds.internationals import read_internationals
from infra.feeds.laps import first_lap
from infra.feeds.match import Match
from infra.feeds.offer import SPECIFIERS, fixture_of, market_of, offer_of, open_markets, prices_at, schedule
from infra.feeds.playing import Playing, held_back
from infra.feeds.timeline import FULL_TIME_S, Step

INTERNATIONALS = Path(__file__).parents[2] / "data" / "internationals"
"""The matches that the project carries."""

LIMITS = {"speed": (0.01, 100_000.0), "matches": (1, 5_000), "ahead": (0, 1_000), "grace_ms": (0, 60_000)}
"""Option -> its least and its most."""

KICK_OFFS_APART_S = 600
"""Simulated seconds between kick-offs, at most, while there is room for more matches."""

TICK_S = 0.05
RETRY_AFTER_S = 0.5
LOOK_UP_MAX = 64
"""How many fixtures are looked up in the log at once."""
COMMANDS_AT_ONCE_MAX = 2_000

log = structlog.get_logger()


@dataclass(eq=False)
class OptionOutOfRange(Failure):
    """--{option} must be from {least} to {most}, not {value}."""

    option: str
    value: float
    least: float
    most: float


@dataclass(eq=False)
class NothingToReplay(Failure):
    """There is no match from {first_day} on; choose an earlier day."""

    first_day: date


class ReplayOptions(msgspec.Struct, frozen=True):
    """How to replay: `speed` is simulated seconds a real second, `matches` how many are live at once, `ahead` how many are on offer next.

    `first_day` is the day to begin with; with `loop` the matches start over, under other ids, when all are played.
    """

    speed: float = 60.0
    first_day: date = date.min
    matches: int = 4
    ahead: int = 8
    loop: bool = True
    grace_ms: int = 3_000


class Door(Protocol):
    """The one door, as `commands.dispatch.Dispatcher` is."""

    def try_many(self, commands: Sequence[Any], timeout_s: float = 30.0) -> list[Answer | BaseException]:
        """Submit commands together and return for each its answer or what stood in its way, in order."""
        ...


class Found(NamedTuple):
    """A match of some lap that is not over, where its fixture stands, and which of its markets stay suspended; see `held_back`."""

    match: Match
    lap: int
    fixture: Fixture
    held: frozenset[str]


class Waiting(NamedTuple):
    """A match that is on offer, or was live when the replay began."""

    playing: Playing
    found: Found


def read_matches(season: Path | None = None, internationals: Path = INTERNATIONALS) -> list[Match]:
    """Return the matches to replay: those of a season file where one is given, else the internationals of a folder.

    Raises:
        Failure: one line with file, line and column, for whatever is wrong with the files.

    """
    return read_internationals(internationals) if season is None else read_season(season)


class Replay:
    """The driver. `now` tells the time of facts, `monotonic_s` paces, `sleep` waits (seconds), `stopping` ends it within a tick."""

    def __init__(
        self,
        matches: Sequence[Match],
        door: Door,
        store: EventStore,
        options: ReplayOptions,
        *,
        now: Callable[[], datetime],
        monotonic_s: Callable[[], float],
        sleep: Callable[[float], None],
        stopping: Callable[[], bool],
    ) -> None:
        """Choose the matches.

        Raises:
            OptionOutOfRange, NothingToReplay: before anything is played.

        """
        _check(options)
        begin = datetime.combine(options.first_day, time(tzinfo=UTC))
        self._programme = [match for match in matches if match.kick_off >= begin]
        if not self._programme:
            raise NothingToReplay(options.first_day)
        self._door = door
        self._store = store
        self._options = options
        self._now = now
        self._monotonic_s = monotonic_s
        self._sleep = sleep
        self._stopping = stopping
        self._lap: int | None = None
        self._looked_up = 0
        self._found: deque[Found] = deque()
        self._waiting: deque[Waiting] = deque()
        self._playing: list[Playing] = []
        self._may_begin_s = 0.0

    def run(self) -> None:
        """Play until told to stop, or until all is played and there is no loop."""
        while not self._stopping() and self.advance():
            self._sleep(TICK_S)

    def advance(self) -> bool:
        """Do everything that is due now; return whether anything is left to play."""
        try:
            self._announce()
        except StoreUnavailable:
            log.warning("the replay waits for the log to look up its fixtures")
            self._sleep(RETRY_AFTER_S)
        self._begin()
        while (due := self._due()) and not self._stopping():
            self._take(due)
        self._playing = [playing for playing in self._playing if not playing.is_over]
        return bool(self._playing or self._waiting or self._found or self._may_look_up)

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
        offers = [offer_of(found.match, found.lap) for found in fresh]
        self._submit([schedule(offer, at) for offer in offers])
        self._submit([command for offer in offers for command in open_markets(offer, options.grace_ms, at)])
        self._waiting += [Waiting(Playing(offer, options.speed), found) for offer, found in zip(offers, fresh, strict=True)]

    @property
    def _may_look_up(self) -> bool:
        return self._options.loop or self._looked_up < len(self._programme)

    def _look_up(self) -> None:
        """Find out where the next matches of the programme stand, lap after lap; those that are over are passed by."""
        if self._lap is None:
            self._lap = self._first_lap()
        if self._looked_up >= len(self._programme):
            self._lap, self._looked_up = self._lap + 1, 0
        matches = self._programme[self._looked_up : self._looked_up + LOOK_UP_MAX]
        fixture_ids = [fixture_of(match, self._lap) for match in matches]
        recorded = self._store.load(dict.fromkeys(fixture_ids, 0))
        found: list[Found] = []
        for match, fixture_id in zip(matches, fixture_ids, strict=True):
            fixture = FIXTURE.initial
            facts = recorded.get(fixture_id, ())
            for fact in facts:
                fixture = FIXTURE.evolve(fixture, fact.body)
            if fixture.status not in ("ended", "abandoned"):
                held = self._held_back(fixture_id, facts) if fixture.status == "live" else frozenset[str]()
                found.append(Found(match, self._lap, fixture, held))
        self._found += found
        self._looked_up += len(matches)

    def _held_back(self, fixture_id: str, fixture: Sequence[Recorded[Any]]) -> frozenset[str]:
        market_ids = {market: market_of(fixture_id, market, specifiers) for market, specifiers in SPECIFIERS.items()}
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
        apart_s = min(KICK_OFFS_APART_S, FULL_TIME_S / options.matches) / options.speed
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

    def _due(self) -> list[tuple[Playing, Step]]:
        now_s = self._monotonic_s()
        return [(playing, step) for playing in self._playing if (step := playing.due(now_s)) is not None]

    def _take(self, due: Sequence[tuple[Playing, Step]]) -> None:
        """Take one step of each match: betting stops before anything is told, and goes on after it was."""
        at = self._now()
        prices = prices_at([(playing.offer, step) for playing, step in due])
        self._submit([command for playing, step in due for command in playing.stop_betting(step, at)])
        self._submit([command for playing, step in due for command in playing.tell(step, at)])
        self._submit([command for (playing, step), now in zip(due, prices, strict=True) for command in playing.take_bets(step, now, at)])
        for playing, step in due:
            playing.taken(step)

    def _submit(self, commands: Sequence[Any]) -> None:
        for begin in range(0, len(commands), COMMANDS_AT_ONCE_MAX):
            left = list(commands[begin : begin + COMMANDS_AT_ONCE_MAX])
            while left and not self._stopping():
                left = self._unanswered(left)
                if left:
                    log.warning("the replay waits for the log", commands_waiting=len(left))
                    self._sleep(RETRY_AFTER_S)

    def _unanswered(self, commands: list[Any]) -> list[Any]:
        """Submit commands; return those to submit again. A rule that says no is noted, since a trader may have been here."""
        try:
            answers = self._door.try_many(commands)
        except (StoreUnavailable, TimeoutError, Overloaded):
            return commands
        again: list[Any] = []
        for command, answer in zip(commands, answers, strict=True):
            if isinstance(answer, StoreUnavailable | Overloaded | Contended):
                again.append(command)
            elif isinstance(answer, Refused):
                log.info("a step of the replay was refused", command=type(command).__name__, refusal=str(answer))
            elif isinstance(answer, BaseException):
                raise answer
        return again


def _check(options: ReplayOptions) -> None:
    for option, (least, most) in LIMITS.items():
        value = getattr(options, option)
        if not least <= value <= most:
            raise OptionOutOfRange(option.replace("_", "-"), value, least, most)
