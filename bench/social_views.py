"""All social views built from a log, and what they take: facts a second, bytes of an account that reads, bytes of a slip.

The views that are built must be equal to those that followed the log as it was written, whose readers had timelines.
"""

import time
from contextlib import closing
from typing import Any

import psycopg
import redis

from bench import fanout
from bench.harness import Figure, at_least, at_most, memory, rss_mib
from bench.social_world import SocialWorld, make_tables
from infra.log.tail import Tail
from infra.readmodels.projector import Projector
from infra.readmodels.valkey import ValkeyModels
from projections.social import follows
from projections.social.registry import VIEWS

ACCOUNTS = 6_606
FACTS = 200_000
TARGET_PER_S = 50_000
ACCOUNT_KB_MAX = 22
SLIPS = 10_000
SLIP_BYTES_MAX = 2_000
MILLION = 1_000_000


def measure(dsn: str, redis_url: str, *, facts: int = FACTS) -> list[Figure]:
    """Let views follow a log as it is written, then build them anew, and compare."""
    make_tables(dsn)
    samples_mib = [rss_mib()]
    with psycopg.connect(dsn) as connection, closing(Tail(dsn)) as tail, closing(ValkeyModels(redis_url)) as models:
        world = SocialWorld(connection, ACCOUNTS)
        world.begin()
        live = Projector(tail, models, VIEWS)
        turn = 0
        while world.position < facts:
            live.catch_up()
            world.share(2_000)
            world.like(6_000)
            turn += 1
        live.catch_up()
        samples_mib.append(rss_mib())
        began_s = time.perf_counter()
        for view in VIEWS:
            live.rebuild(view.name)
        one_by_one_s = time.perf_counter() - began_s
        differences = {view.name: live.compare(view.name).difference for view in VIEWS}
        rebuilt_s = built_s(tail, redis_url)
        read_s = raw_read_s(tail)
        samples_mib.append(rss_mib())
    assert not any(differences.values()), differences
    per_s = world.position / rebuilt_s
    extra = {"facts": world.position, "turns": turn, "one_view_after_another_s": round(one_by_one_s, 1)}
    return [
        at_least("social_rebuild", per_s, "facts/s", TARGET_PER_S, "the target", 1.0, **extra),
        at_least("social_rebuild.read", per_s, "facts/s", world.position / read_s, "raw read of the log", 0.2),
        *memory("social_rebuild", samples_mib),
    ]


def built_s(tail: Tail, redis_url: str) -> float:
    """Return how long all of them take from nothing, together."""
    with redis.Redis.from_url(redis_url) as client, closing(ValkeyModels(redis_url)) as models:
        client.flushdb()
        began_s = time.perf_counter()
        Projector(tail, models, VIEWS).catch_up()
        return time.perf_counter() - began_s


def raw_read_s(tail: Tail) -> float:
    """Return how long the log takes to be read and decoded."""
    began_s, position = time.perf_counter(), 0
    while facts := tail.read(position, 4_000):
        position = facts[-1].position
    return time.perf_counter() - began_s


def measure_memory(dsn: str, redis_url: str, *, slips: int = SLIPS) -> list[Figure]:
    """Measure what slips take in the server, then what the full timelines of all accounts do."""
    make_tables(dsn)
    with (
        psycopg.connect(dsn) as connection,
        closing(Tail(dsn)) as tail,
        closing(ValkeyModels(redis_url)) as models,
        redis.Redis.from_url(redis_url) as client,
    ):
        world = SocialWorld(connection, ACCOUNTS)
        world.begin()
        projector = Projector(tail, models, VIEWS)
        projector.catch_up()
        before = used_bytes(client)
        world.share(slips)
        projector.catch_up()
        slip_bytes = (used_bytes(client) - before) / slips
        before = used_bytes(client)
        fanout.fill(client, fanout.live_build(client), world.accounts)
        account_bytes = (used_bytes(client) - before) / len(world.accounts)
    gib = {"gib_for_a_million": round(account_bytes * MILLION / 2**30, 1)}
    return [
        at_most("social_memory.account", account_bytes / 1024, "KB", ACCOUNT_KB_MAX, f"a timeline of {follows.TIMELINE_MAX}", **gib),
        at_most(
            "social_memory.slip",
            slip_bytes,
            "bytes",
            SLIP_BYTES_MAX,
            "a slip in all social views",
            gib_for_a_million=round(slip_bytes * MILLION / 2**30, 1),
        ),
    ]


def used_bytes(client: Any) -> int:
    """Return what the server's data takes."""
    return int(client.info("memory")["used_memory_dataset"])
