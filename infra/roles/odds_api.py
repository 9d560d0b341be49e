"""The role `slipstream feed odds-api`: takes prices and results from files of The Odds API, each as often as it is written anew."""

from collections.abc import Callable
from pathlib import Path

from api.cli.operations import OddsApiOptions
from commands.ports import StoreUnavailable
from commands.trading.odds_feed.consensus import Pricing
from commands.trading.odds_feed.taker import FeedOptions, OddsFeed
from infra.clock import Clock
from infra.eventstore.clock_check import refuse_skewed_clock
from infra.operator_errors import Failure
from infra.roles.shared import stopping
from infra.servers import Servers
from infra.sports_data.odds_api import PRODUCER, read_odds_api

LOOK_EVERY_S = 0.25
HELD_SHOWN_MAX = 20
"""How many things held back are said of one file; the others are counted."""


def odds_api(servers: Servers, taking: OddsApiOptions, say: Callable[[str], None]) -> None:
    """Take the files until told to stop. One that cannot be read at first ends it, later it is said, and what was taken stands."""
    settings, clock = servers.settings, Clock()
    for path in taking.files:
        read_odds_api(path, taking.odds_format)
    timing = settings.model_dump(include={"grace_ms", "in_play_grace_ms", "lease_ms"})
    pricing = Pricing(taking.method, taking.overround_percent / 100)
    options = FeedOptions(pricing=pricing, silent_after_s=taking.silent_after_s, **timing)
    with servers.dispatcher() as (dsn, store, dispatcher), stopping() as stop:
        refuse_skewed_clock(dsn, clock, settings.clock_skew_s_max)
        with servers.telling("odds-api", dsn, store, dispatcher):

            def pause(seconds: float) -> None:
                stop.wait(seconds)

            feed = OddsFeed(
                PRODUCER,
                dispatcher,
                store,
                options,
                now=clock.now,
                monotonic_s=clock.monotonic_s,
                sleep=pause,
                stopping=stop.is_set,
            )
            written: dict[Path, int] = {}
            while not stop.is_set():
                for path in taking.files:
                    _take(feed, taking, path, written, say)
                _keep_alive(feed, say)
                stop.wait(LOOK_EVERY_S)


def _take(feed: OddsFeed, taking: OddsApiOptions, path: Path, written: dict[Path, int], say: Callable[[str], None]) -> None:
    """Take a file if it was written since it was taken last."""
    try:
        at_ns = path.stat().st_mtime_ns
        if written.get(path) == at_ns:
            return
        matches, held = read_odds_api(path, taking.odds_format)
        taken = feed.take(matches)
    except (Failure, OSError) as failure:
        say(f"{failure}")
        return
    except StoreUnavailable:
        say(f"{path}: waits for the log")
        return
    written[path] = at_ns
    everything = [*held, *taken.held]
    say(f"{path}: {taken.matches} matches taken, {taken.late} of them late, {len(everything)} things held back")
    for one in everything[:HELD_SHOWN_MAX]:
        say(f"  {one}")


def _keep_alive(feed: OddsFeed, say: Callable[[str], None]) -> None:
    try:
        feed.keep_alive()
    except StoreUnavailable:
        say("the feed waits for the log")
