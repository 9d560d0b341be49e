"""The crowd of matches that figures are taken under a second time: 2,000 live matches of five sports, about 20 markets each, played beside.

A process of the product plays them into the benchmark's log at life's speed, `slipstream feed simulate --fixtures 2000`. The figures keep
their limits and get a name of their own.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import msgspec

from bench.day import FIXTURES, Markets, read_until
from bench.harness import Figure
from bench.live import role
from infra.eventstore.recorder import GroupCommitRecorder, datastore_of

OPTION = "--crowd"
NAMES = ("live", "reprice", "settle", "suspend")
"""The benchmarks that are taken under the crowd: those of betting, prices, settlement and suspension."""
AT_EASE_S = 5.0
"""After all matches are on offer, before anything is measured."""


def measure(benchmark: Callable[[str, str], list[Figure]], dsn: str, redis_url: str, *, fixtures: int = FIXTURES) -> list[Figure]:
    """Run a benchmark while the crowd is played; its figures are named `<name>.crowd` and tell how much the crowd wrote alone."""
    with crowd(dsn, redis_url, fixtures) as facts_per_s:
        figures = benchmark(dsn, redis_url)
    told = {"crowd_fixtures": fixtures, "crowd_facts_per_s": round(facts_per_s)}
    return [msgspec.structs.replace(figure, name=f"{figure.name}.crowd", extra=figure.extra | told) for figure in figures]


@contextmanager
def crowd(dsn: str, redis_url: str, fixtures: int) -> Iterator[float]:
    """Play so many matches beside; give how many facts a second that writes alone, once all of them are on offer."""
    store = GroupCommitRecorder(datastore_of(dsn))
    store.create_table()
    store.close()
    with role(dsn, redis_url, "feed", "simulate", "--fixtures", str(fixtures), "--markets", "all"):
        with closing(Markets(dsn)) as markets:
            read_until(markets, lambda: len(markets.fixtures), fixtures, "fixtures are on offer")
            before, began_s = markets.position, time.monotonic()
            time.sleep(AT_EASE_S)
            markets.read()
            facts_per_s = (markets.position - before) / (time.monotonic() - began_s)
        yield facts_per_s
