"""Pages of the feed a second: 20 slips with their matches and prices, a large author merged, trending blended; and cold ones.

Held against one bare pipelined fetch: the same keys, read in one round trip by redis-py, decoded by nobody. Over HTTP the p99 at half of
the pages that one process makes.
"""

import asyncio
import itertools
import statistics
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import redis

from api.http.social.kept_quotes import KeptQuotes
from bench import place_bet_http as http
from bench import wrk
from bench.harness import Figure, at_least, at_most, memory, percentile, rss_mib
from bench.match_day import product
from bench.social_world import LARGE, SocialWorld, followed, make_tables
from commands.ports import NewFact
from infra.embedded.server import HOST
from infra.log.tail import Tail
from infra.readmodels.pipelined_reads import PipelinedReads
from infra.readmodels.projector import Projector
from infra.readmodels.valkey import ValkeyModels
from infra.readmodels.valkey_reads import Command
from projections.ports import Ask, Common, Page, View
from projections.registry import views_of
from projections.social import home_feed
from projections.social.home_feed import FeedViews
from projections.social.trending import TrendingSlip, trending

ACCOUNTS = 6_606
"""As many as the real graph has."""
SLIPS = 6_000
LIKES = 3_000
VIEWERS = 100
FOLLOWS_MIN = 20
PAGE = 20
KEYS_MAX = 60
SECONDS = 3.0
PUSHED_FOLLOWERS_MAX = 2_000
"""So that the large author, whom all follow, is large."""
HTTP_P99_MS_MAX = 15
CONNECTIONS = 4
COLD_FOLLOWS = 1_000
COLD_VIEWERS = 40
COLD_P99_MS_MAX = 100
NOW_US = 2 * 10**15
KEPT_S = 3_600.0
"""While keys are counted, what is kept stays: how long a page takes here depends on the machine."""


class Recording(PipelinedReads):
    """Reads that note what they send, and which keys they ask for."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.sent: list[Command] = []
        self.keys: set[tuple[str, str]] = set()

    async def many_at(self, view: View, asks: Sequence[Ask]) -> Any:
        """Answer, and note the keys."""
        self.keys |= {(view.name, ask.key) for ask in asks}
        self.keys |= {(view.name, ask.rows) for ask in asks if isinstance(ask, Page) and ask.rows}
        self.keys |= {(view.name, ask.other) for ask in asks if isinstance(ask, Common)}
        return await super().many_at(view, asks)

    async def many(self, view: View, asks: Sequence[Ask]) -> Sequence[Any]:
        """Answer, and note the keys."""
        _, answers = await self.many_at(view, asks)
        return list(answers)

    async def _answers(self, commands: Sequence[Command]) -> Sequence[Any]:
        self.sent += commands
        return await super()._answers(commands)


def measure(dsn: str, redis_url: str, *, slips: int = SLIPS, seconds: float = SECONDS) -> list[Figure]:
    """Have people read whose timelines are warm."""
    with projected(dsn, redis_url, ACCOUNTS) as (world, projector):
        viewers = [account_id for account_id in world.accounts if world.following[account_id] >= FOLLOWS_MIN][:VIEWERS]
        asyncio.run(with_reads(redis_url, lambda reads: read_all(reads, viewers, ())))
        world.share(slips)
        world.like(LIKES)
        projector.catch_up()
        samples_mib = [rss_mib()]
        ranked = asyncio.run(with_reads(redis_url, trending)).found
        fetches, keys = recorded(redis_url, viewers, ranked)
        pages_s = asyncio.run(with_reads(redis_url, lambda reads: timed(reads, viewers, ranked, seconds)))
        bare_per_s = bare(redis_url, fetches, seconds)
        samples_mib.append(rss_mib())
        found = over_http(dsn, redis_url, viewers, seconds) if wrk.is_there() else None
    per_s = len(pages_s) / sum(pages_s)
    extra = {"p99_ms": round(1000 * percentile(pages_s, 0.99), 2), "round_trips_fetched": len(fetches[0])}
    figures = [
        at_least("feed_page", per_s, "pages/s", bare_per_s, "one bare pipelined fetch of the same keys", 0.5, **extra),
        at_most("feed_page.keys", max(keys), "keys", KEYS_MAX, "keys a page", median=statistics.median(keys)),
    ]
    if found is not None:
        figures.append(at_most("feed_page.http_p99", found["p99_ms"], "ms", HTTP_P99_MS_MAX, "at half load", **found))
    return [*figures, *memory("feed_page", samples_mib)]


def measure_cold(dsn: str, redis_url: str, *, slips: int = SLIPS, follows: int = COLD_FOLLOWS, readers: int = COLD_VIEWERS) -> list[Figure]:
    """Have people read who follow a thousand, and have no timeline."""
    with projected(dsn, redis_url, ACCOUNTS) as (world, projector):
        viewers, authors = world.accounts[-readers:], world.accounts[:follows]
        world.write(missing_follows(world, viewers, authors))
        world.share(slips)
        projector.catch_up()
        pages_s = asyncio.run(with_reads(redis_url, lambda reads: read_all(reads, viewers, ())))
        fetches, keys = recorded(redis_url, viewers[:5], ())
        bare_s = 1 / bare(redis_url, fetches, 1.0)
    p99_ms = 1000 * percentile(pages_s, 0.99)
    return [
        at_most("cold_feed", p99_ms, "ms", COLD_P99_MS_MAX, f"p99 of who follows {follows:,}", keys=max(keys), pages=len(pages_s)),
        at_least(
            "cold_feed.fetch", 1 / statistics.median(pages_s), "pages/s", 1 / bare_s, "one bare pipelined fetch of the keys, warm", 0.2
        ),
    ]


def missing_follows(world: SocialWorld, viewers: Sequence[str], authors: Sequence[str]) -> Iterator[NewFact]:
    """Return the follows that make every viewer follow all of these authors."""
    known = {frozenset(pair) for pair in world.follows}
    for viewer in viewers:
        for author_id in authors:
            if frozenset((viewer, author_id)) not in known:
                world.following[viewer] += 1
                yield followed(viewer, author_id)


@contextmanager
def projected(dsn: str, redis_url: str, accounts: int) -> Iterator[tuple[SocialWorld, Projector]]:
    """Give a world and a projector of all views, whose large author is large, caught up with it."""
    make_tables(dsn)
    with psycopg.connect(dsn) as connection, closing(Tail(dsn)) as tail, closing(ValkeyModels(redis_url)) as models:
        world = SocialWorld(connection, accounts)
        world.begin()
        projector = Projector(tail, models, views_of(pushed_followers_max=PUSHED_FOLLOWERS_MAX))
        projector.catch_up()
        yield world, projector


async def with_reads(redis_url: str, ask: Callable[[PipelinedReads], Awaitable[Any]]) -> Any:
    """Ask over a connection of its own."""
    reads = PipelinedReads(redis_url)
    try:
        return await ask(reads)
    finally:
        await reads.close()


async def read(reads: PipelinedReads, viewer: str, ranked: Sequence[TrendingSlip], kept: KeptQuotes | None = None) -> FeedViews:
    """Read the first page of somebody's feed, with the matches and prices that are kept."""
    quotes = kept.at(0, NOW_US) if kept is not None else None
    return await home_feed.home(reads, viewer, ranked, None, PAGE, NOW_US, quotes=quotes)


async def read_all(reads: PipelinedReads, viewers: Sequence[str], ranked: Sequence[TrendingSlip]) -> list[float]:
    """Have everybody read once; return how long each took, in seconds."""
    took_s = []
    for viewer in viewers:
        began_s = time.perf_counter()
        await read(reads, viewer, ranked)
        took_s.append(time.perf_counter() - began_s)
    return took_s


async def timed(reads: PipelinedReads, viewers: Sequence[str], ranked: Sequence[TrendingSlip], for_s: float) -> list[float]:
    """Have people read in turn for a while; return how long each page took, in seconds."""
    took_s: list[float] = []
    kept = KeptQuotes(reads)
    for viewer in itertools.cycle(viewers):
        began_s = time.perf_counter()
        page = await read(reads, viewer, ranked, kept)
        took_s.append(time.perf_counter() - began_s)
        assert len(page.items) >= PAGE, len(page.items)
        if sum(took_s) > for_s:
            break
    return took_s


def recorded(redis_url: str, viewers: Sequence[str], ranked: Sequence[TrendingSlip]) -> tuple[list[list[Command]], list[int]]:
    """Return the commands of each viewer's page, and how many keys it asked for, while the matches that it shows are kept."""

    async def pages() -> Iterable[tuple[list[Command], int]]:
        reads = Recording(redis_url)
        kept = KeptQuotes(reads, kept_s=KEPT_S)
        found = []
        for viewer in viewers:
            await read(reads, viewer, ranked, kept)
            reads.sent, reads.keys = [], set()
            shown = await read(reads, viewer, ranked, kept)
            assert not ranked or any(item.author.account_id == LARGE for item in shown.items), "the large author is merged"
            found.append((list(reads.sent), len(reads.keys)))
        await reads.close()
        return found

    found = asyncio.run(pages())
    return [sent for sent, _ in found], [keys for _, keys in found]


def bare(redis_url: str, fetches: Sequence[Sequence[Command]], for_s: float) -> float:
    """Return how often a second the keys of a page are fetched in one pipeline, and nothing else."""
    fetched, began_s = 0, time.perf_counter()
    with redis.Redis.from_url(redis_url) as client:
        for commands in itertools.cycle(fetches):
            pipe = client.pipeline(transaction=False)
            for command in commands:
                pipe.execute_command(*command)
            pipe.execute()
            fetched += 1
            if time.perf_counter() - began_s > for_s:
                break
    return fetched / (time.perf_counter() - began_s)


def over_http(dsn: str, redis_url: str, viewers: Sequence[str], for_s: float) -> dict[str, Any]:
    """Return what was measured of pages over HTTP, at half of what the API makes."""
    with closing(Tail(dsn)) as tail:
        tokens = http.tokens_of(viewers, tail.identity())
    made = [f"GET /v1/feed HTTP/1.1\r\nhost: {HOST}\r\nauthorization: Bearer {token}\r\n\r\n" for token in tokens]
    with product(dsn, redis_url, SLIPSTREAM_PUSHED_FOLLOWERS_MAX=str(PUSHED_FOLLOWERS_MAX)) as (port, _):
        wrk.load(port, made, connections=CONNECTIONS, seconds=1, first_key="0" * 12)
        whole = wrk.load(port, made, connections=CONNECTIONS, seconds=for_s, first_key="0" * 12)
        assert whole["answers"] > 10 * whole["refused"], whole  # what is too much is refused
        pause_ms = 1000 * CONNECTIONS / (whole["per_s"] / 2)
        half = wrk.load(port, made, connections=CONNECTIONS, seconds=for_s, first_key="0" * 12, pause_ms=pause_ms)
    assert not half["refused"] + half["broken"], half
    return half | {"whole_per_s": round(whole["per_s"])}
