"""The roles `slipstream feed replay` and `slipstream feed simulate`: play matches and run races into the log, real ones or made-up ones."""

from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from typing import Any, Protocol

import msgspec

from api.cli.operations import PlayOptions, SimulateOptions, Tick
from commands.log_reader import LogReader
from commands.ports import EventStore
from commands.trading.racing.runner import RaceOptions, RaceRunner
from commands.trading.replay.heartbeats import CommandCaller
from commands.trading.replay.offer import PlayedMatch
from commands.trading.replay.options import ReplayOptions
from commands.trading.replay.runner import TICK_S, Replay
from commands.trading.shading.shader import Shader
from infra.clock import Clock
from infra.eventstore.clock_check import refuse_skewed_clock
from infra.log.tail import Tail
from infra.roles.shared import stopping
from infra.servers import Servers
from infra.settings import Settings
from infra.sports_data.files import read_matches
from infra.sports_data.replay_options import programme_of
from infra.sports_data.simulated import SIMULATED
from infra.sports_data.simulated_races import simulated_race

AHEAD_MAX = 100
"""How many matches of simulated leagues are on offer before they begin."""

BESIDE_SEED = 1
"""Of the races and the matches of other sports beside matches that are played again."""

OTHERS_SPEED = 1 / 3
"""How fast those of other sports are played, of the speed of the others: they have so many more scores than football."""


class Driver(Protocol):
    """What plays matches, or runs races."""

    def advance(self) -> bool:
        """Do everything that is due now; return whether anything is left to do."""
        ...

    def progress(self) -> tuple[int, int]:
        """How many are over, and how many there are."""
        ...


DriverOf = Callable[[CommandCaller, EventStore, LogReader, dict[str, Any]], Driver]
"""Makes a driver from who submits its commands, the log, who reads it, and the keywords `now`, `monotonic_s`, `sleep` and `stopping`."""


def feed(servers: Servers, playing: PlayOptions, tick: Tick) -> None:
    """Play matches until they are over or told to stop; `tick` is called with how many were played, and how many there are."""
    options = ReplayOptions(
        speed=playing.speed,
        first_day=playing.since,
        matches=playing.matches,
        loop=playing.loop,
        markets=playing.markets or servers.settings.feed_markets,
    )
    drivers = [_matches(servers.settings, read_matches(playing.season), options)]
    if playing.races:
        drivers.append(_races(servers.settings, playing.races, playing.speed, BESIDE_SEED))
    if playing.others:
        beside = SimulateOptions(playing.others, playing.speed * OTHERS_SPEED, BESIDE_SEED, playing.markets)
        drivers += [_simulated(servers.settings, sport, playing.others, beside) for sport in SIMULATED if sport != "football"]
    _drive(servers, drivers, tick)


def simulate(servers: Servers, simulating: SimulateOptions, tick: Tick) -> None:
    """Play made-up leagues and tours, season after season, and run made-up races, until told to stop."""
    share = -(-simulating.fixtures // len(simulating.sports))
    drivers = []
    for sport in simulating.sports:
        if sport == "racing":
            drivers.append(_races(servers.settings, share, simulating.speed, simulating.seed))
            continue
        drivers.append(_simulated(servers.settings, sport, share, simulating))
    _drive(servers, drivers, tick)


def _simulated(settings: Settings, sport: str, matches: int, simulating: SimulateOptions) -> DriverOf:
    """Return the driver of so many live matches of a sport. Each sport is a feed of its own: where it dies, its prices alone end."""
    options = ReplayOptions(
        speed=simulating.speed,
        matches=matches,
        ahead=min(matches, AHEAD_MAX),
        markets=simulating.markets or settings.feed_markets,
        producer=f"simulated-{simulating.seed}" if sport == "football" else f"simulated-{sport}-{simulating.seed}",
    )
    return _matches(settings, SIMULATED[sport](matches, simulating.seed), options)


def _matches(settings: Settings, matches: Sequence[PlayedMatch], options: ReplayOptions) -> DriverOf:
    options = msgspec.structs.replace(options, **_timing(settings))
    programme = programme_of(matches, options)
    return lambda caller, store, log, told: Replay(programme, caller, store, options, **told, shader=Shader(log, told["monotonic_s"]))


def _races(settings: Settings, races: int, speed: float, seed: int) -> DriverOf:
    options = RaceOptions(races=races, speed=speed, producer=f"simulated-racing-{seed}", **_timing(settings))
    return lambda caller, store, _, told: RaceRunner(partial(simulated_race, seed), caller, store, options, **told)


def _timing(settings: Settings) -> dict[str, Any]:
    return settings.model_dump(include={"grace_ms", "in_play_grace_ms", "lease_ms"})


def _drive(servers: Servers, drivers_of: Sequence[DriverOf], tick: Tick) -> None:
    settings, clock = servers.settings, Clock()
    with servers.dispatcher() as (dsn, store, dispatcher), stopping() as stop:
        refuse_skewed_clock(dsn, clock, settings.clock_skew_s_max)
        with servers.telling("feed", dsn, store, dispatcher), closing(Tail(dsn)) as log:

            def pause(seconds: float) -> None:
                told()
                stop.wait(seconds)

            def told() -> None:
                done, of = zip(*(driver.progress() for driver in drivers), strict=True)
                tick(sum(done), sum(of))

            times = {"now": clock.now, "monotonic_s": clock.monotonic_s, "sleep": pause, "stopping": stop.is_set}
            drivers = [driver_of(dispatcher, store, log, times) for driver_of in drivers_of]
            told()
            while not stop.is_set() and [driver for driver in drivers if driver.advance()]:
                pause(TICK_S)
            told()
