"""The role `slipstream feed replay`: plays real matches into the log."""

from api.cli.operations import PlayOptions, Tick
from commands.trading.replay.options import ReplayOptions
from commands.trading.replay.runner import Replay
from infra.clock import Clock
from infra.eventstore.clock_check import refuse_skewed_clock
from infra.roles.shared import stopping
from infra.servers import Servers
from infra.sports_data.files import read_matches
from infra.sports_data.replay_options import programme_of


def feed(servers: Servers, playing: PlayOptions, tick: Tick) -> None:
    """Play matches until they are over or told to stop; `tick` is called with how many were played, and how many there are."""
    settings, clock = servers.settings, Clock()
    matches = read_matches(playing.season)
    timing = settings.model_dump(include={"grace_ms", "in_play_grace_ms", "lease_ms"})
    options = ReplayOptions(
        speed=playing.speed,
        first_day=playing.since,
        matches=playing.matches,
        loop=playing.loop,
        markets=playing.markets or settings.feed_markets,
        **timing,
    )
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
