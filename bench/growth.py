"""How costs grow with followers, with follows and with the log: each measured at three sizes, on servers of its own.

What a follower more, an author more or a fact more costs must not grow itself: the largest size is held against the smallest, by unit.
"""

from collections.abc import Callable, Sequence
from contextlib import closing

import psycopg

from bench import fanout, feed_page, social_views
from bench.harness import Figure, at_most
from bench.own_servers import servers
from bench.social_world import SocialWorld, make_tables
from infra.log.tail import Tail

FOLLOWERS = (1_000, 10_000, 100_000)
FOLLOWS = (250, 1_000, 2_000)
"""Of those whom an account follows, the newest 2,000 make its feed."""
COLD_READERS = 12
"""Each page is of another account, since reading begins a timeline."""
FACTS = (30_000, 60_000, 120_000)
ACCOUNTS = 500
"""So few that all sizes are nearly nothing but slips and likes, one to three: a follow costs less than these."""
GROWTH_MAX = 1.5
"""By how much a unit may cost more in the largest size than in the smallest: caches hold less of it."""


def measure(_dsn: str, _redis_url: str) -> list[Figure]:
    """Measure a slip for so many followers, a cold feed of so many follows, and all social views from so many facts."""
    return [
        grown("growth.followers", "us a follower", FOLLOWERS, fanout_us),
        grown("growth.follows", "us an author", FOLLOWS, cold_feed_us),
        grown("growth.facts", "us a fact", FACTS, rebuild_us),
    ]


def grown(name: str, unit: str, sizes: Sequence[int], cost_us: Callable[[str, str, int], float]) -> Figure:
    """Return what a unit costs in the largest size, by what it costs in the smallest; all sizes with their whole cost stand beside."""
    costs_us = {}
    for size in sizes:
        with servers() as (dsn, redis_url):
            costs_us[size] = cost_us(dsn, redis_url, size)
    each_us = {size: cost / size for size, cost in costs_us.items()}
    ratio = each_us[sizes[-1]] / each_us[sizes[0]]
    beside = {f"at_{size}": f"{cost / 1000:.2f} ms, {each_us[size]:.2f} {unit}" for size, cost in costs_us.items()}
    return at_most(name, ratio, "times", GROWTH_MAX, f"{unit}, largest by smallest", **beside)


def fanout_us(dsn: str, redis_url: str, followers: int) -> float:
    """Return how long a slip takes to the timelines of all followers, in microseconds."""
    found = {figure.name: figure.value for figure in fanout.measure(dsn, redis_url, followers=followers, slips=4)}
    return 1_000_000 * found["fanout.seconds"]


def cold_feed_us(dsn: str, redis_url: str, follows: int) -> float:
    """Return the median of a page for somebody without a timeline who follows so many, in microseconds."""
    found = {figure.name: figure.value for figure in feed_page.measure_cold(dsn, redis_url, follows=follows, readers=COLD_READERS)}
    return 1_000_000 / found["cold_feed.fetch"]


def rebuild_us(dsn: str, redis_url: str, facts: int) -> float:
    """Return how long all social views take from a log of so many facts, in microseconds."""
    make_tables(dsn)
    with psycopg.connect(dsn) as connection, closing(Tail(dsn)) as tail:
        world = SocialWorld(connection, ACCOUNTS)
        world.begin()
        while world.position < facts:
            world.share(2_000)
            world.like(6_000)
        return 1_000_000 * social_views.built_s(tail, redis_url) * facts / world.position
