"""The roles `slipstream feed replay` and `slipstream feed simulate`: play matches into the log, real ones or made-up ones."""

from collections.abc import Sequence

import msgspec

from api.cli.operations import PlayOptions, SimulateOptions, Tick
from commands.trading.replay.match import Match
from commands.trading.replay.options import ReplayOptions
from commands.trading.replay.runner import Replay
from infra.clock import Clock
from infra.eventstore.clock_check import refuse_skewed_clock
from infra.roles.shared import stopping
from infra.servers import Servers
from infra.sports_data.files import read_matches
from infra.sports_data.replay_options import programme_of
from infra.sports_data.simulated_leagues import simulated_matches

AHEAD_MAX = 100
"""How many matches of simulated leagues are on offer before they begin."""


def feed(servers: Servers, playing: PlayOptions, tick: Tick) -> None:
    """Play matches until they are over or told to stop; `tick` is called with how many were played, and how many there are."""
    options = ReplayOptions(
        speed=playing.speed,
        first_day=playing.since,
        matches=playing.matches,
        loop=playing.loop,
        markets=playing.markets or servers.settings.feed_markets,
    )
    _play(servers, read_matches(playing.season), options, tick)


def simulate(servers: Servers, simulating: SimulateOptions, tick: Tick) -> None:
    """Play made-up leagues, season after season, until told to stop."""
    options = ReplayOptions(
        speed=simulating.speed,
        matches=simulating.fixtures,
        ahead=min(simulating.fixtures, AHEAD_MAX),
        markets=simulating.markets or servers.settings.feed_markets,
        producer=f"simulated-{simulating.seed}",
    )
    _play(servers, simulated_matches(simulating.fixtures, simulating.seed), options, tick)


def _play(servers: Servers, matches: Sequence[Match], options: ReplayOptions, tick: Tick) -> None:
    settings, clock = servers.settings, Clock()
    timing = settings.model_dump(include={"grace_ms", "in_play_grace_ms", "lease_ms"})
    options = msgspec.structs.replace(options, **timing)
    programme = programme_of(matches, options)
    with servers.dispatcher() as (dsn, store, dispatcher), stopping() as stop:
        refuse_skewed_clock(dsn, clock, settings.clock_skew_s_max)
        with servers.telling("feed", dsn, store, dispatcher):

            def pause(seconds: float) -> None:
                tick(*replay.progress())
                stop.wait(seconds)

            replay = Replay(
                programme,
                dispatcher,
                store,
                options,
                now=clock.now,
                monotonic_s=clock.monotonic_s,
                sleep=pause,
                stopping=stop.is_set,
            )
            tick(*replay.progress())
            replay.run()
            tick(*replay.progress())
