"""Deliveries a second from a slip to the timelines of 100,000 followers, all of them full; held against the same pushes in a bare script.

The projector reads the shares from a real log and spreads each over the 64 partitions, in a script call each with the partition's position.
The bare script is given nothing but the followers of a partition: it pushes and trims.
"""

import statistics
import time
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import psycopg
import redis

from bench.chained_log import ChainedLog
from bench.harness import Figure, at_least, at_most, memory, rss_mib
from bench.world import SINCE
from commands.ports import NewFact
from domain.follow.facts import Followed
from domain.ids import derived, follow_of
from domain.odds import Odds
from domain.slip.facts import SlipLeg, SlipShared
from infra.eventstore.fact_encoding import copy_heads, numbered_rows
from infra.eventstore.recorder import GroupCommitRecorder, datastore_of
from infra.log.tail import Tail
from infra.readmodels.key_names import LIVE, META
from infra.readmodels.projector import Projector
from infra.readmodels.valkey import ValkeyModels
from projections.partitions import TAGS, physical_key, tag_of
from projections.ports import View
from projections.social import follows
from projections.social.follows import FOLLOWERS, PUSHED_FOLLOWERS_MAX, TIMELINE, TIMELINE_MAX, TIMELINE_SLACK
from projections.social.timeline_entries import FeedEntry, packed

FOLLOWERS_COUNT = 100_000
SLIPS = 5
SECONDS_MAX = 0.5
DELAY_MS_MAX = 100
EVERYBODY = 10**9
"""More followers than anybody has: nobody is large."""
BATCH = 2_000
TIMELINES_GIB_MAX = 8
"""100,000 timelines of 800 entries take half of it, more than the server of a demo may hold."""
AUTHOR = derived("account", "large author")
LEG = SlipLeg(derived("fixture", "bench"), derived("market", "bench"), "home", Odds(2_350, 1_000))

PUSH = """
for _, member in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local timeline = ARGV[1] .. member
  if redis.call('LPUSHX', timeline, ARGV[2]) > tonumber(ARGV[3]) then redis.call('LTRIM', timeline, 0, ARGV[3] - 1) end
end
"""
"""The limit: the pushes and trims of one partition."""


def measure(dsn: str, redis_url: str, *, followers: int = FOLLOWERS_COUNT, slips: int = SLIPS) -> list[Figure]:
    """Let one author share some slips; return the median of their deliveries a second, and how long one took."""
    with closing(GroupCommitRecorder(datastore_of(dsn))) as store:
        store.create_table()
    accounts = [derived("follower", str(number)) for number in range(followers)]
    client = redis.Redis.from_url(redis_url)
    client.config_set("maxmemory", f"{TIMELINES_GIB_MAX}gb")
    with closing(Tail(dsn)) as tail, closing(ValkeyModels(redis_url)) as models, psycopg.connect(dsn) as connection:
        log = ChainedLog(connection)
        for start in range(0, followers, BATCH):
            some = accounts[start : start + BATCH]
            write(log, [NewFact(follow_of(each, AUTHOR), 1, Followed(each, AUTHOR, SINCE)) for each in some])
        projector = Projector(tail, models, (follows.view_of(EVERYBODY),))
        projector.catch_up()
        build = live_build(client)
        fill(client, build, accounts)
        ours_s, bare_s, samples_mib = [], [], []
        for number in range(slips):
            slip_id = derived("pick", AUTHOR, str(number))
            write(log, [NewFact(slip_id, 1, SlipShared(AUTHOR, "single", (LEG,), "public", "hidden", SINCE))])
            began_s = time.perf_counter()
            projector.catch_up()
            ours_s.append(time.perf_counter() - began_s)
            bare_s.append(push_bare(client, build, packed(FeedEntry(log.position, slip_id, AUTHOR))))
            samples_mib.append(rss_mib())
        check(client, build, accounts, slips)
        large_s, edge_s = threshold(dsn, log, projector, models, accounts)
    client.close()
    ours, bare = statistics.median(ours_s), statistics.median(bare_s)
    return [
        at_least("fanout", followers / ours, "pushes/s", followers / bare, "the same pushes and trims in a bare script", 0.5),
        at_most("fanout.seconds", ours, "s", SECONDS_MAX, "100,000 followers"),
        at_most(
            "fanout.large", large_s * 1000, "ms", DELAY_MS_MAX, f"the same slip where {PUSHED_FOLLOWERS_MAX:,} followers are pushed to"
        ),
        at_most("fanout.delay", edge_s * 1000, "ms", DELAY_MS_MAX, f"what waits for a slip of {PUSHED_FOLLOWERS_MAX:,} followers"),
        *memory("fanout", samples_mib),
    ]


def threshold(dsn: str, log: ChainedLog, projector: Projector, models: ValkeyModels, accounts: Sequence[str]) -> tuple[float, float]:
    """Return how long a slip takes of an author who is large, and of the largest who is not: what comes after it waits so long."""
    medium = derived("account", "medium author")
    some = accounts[:PUSHED_FOLLOWERS_MAX]
    write(log, [NewFact(follow_of(each, medium), 1, Followed(each, medium, SINCE)) for each in some])
    projector.catch_up()
    with closing(Tail(dsn)) as tail:
        pulling = Projector(tail, models, (follows.view_of(PUSHED_FOLLOWERS_MAX),))
        pulling.catch_up()
        return share(log, pulling, AUTHOR, "large"), share(log, projector, medium, "medium")


def share(log: ChainedLog, projector: Projector, author_id: str, name: str) -> float:
    """Share a slip and return how long the projector takes for it, in seconds."""
    write(log, [NewFact(derived("pick", author_id, name), 1, SlipShared(author_id, "single", (LEG,), "public", "hidden", SINCE))])
    began_s = time.perf_counter()
    projector.catch_up()
    return time.perf_counter() - began_s


def write(log: ChainedLog, facts: list[NewFact]) -> None:
    """Write facts as history, in one batch."""
    log.copy_in(numbered_rows(copy_heads(facts), log.position), [1] * len(facts))


def live_build(client: Any, view: View = follows.VIEW) -> str:
    """Return the build of a view that readers see, of the follows if none is named."""
    return bytes(client.hget(META[0], f"{LIVE}{view.name}")).decode()


def timeline(build: str, account_id: str) -> str:
    """Return where a timeline is."""
    return physical_key(f"{tag_of(account_id)}:{TIMELINE}:{account_id}", build)


def fill(client: Any, build: str, accounts: list[str]) -> None:
    """Give every account a timeline that is full, of slips of others: one list for each partition, copied."""
    entries = [packed(FeedEntry(1, derived("pick", "old", str(number)), derived("account", str(number)))) for number in range(TIMELINE_MAX)]
    for tag in TAGS:
        client.rpush(f"{tag}:bench:full", *entries)
    for start in range(0, len(accounts), BATCH):
        with client.pipeline(transaction=False) as pipe:
            for account_id in accounts[start : start + BATCH]:
                pipe.copy(f"{tag_of(account_id)}:bench:full", timeline(build, account_id))
            pipe.execute()


def push_bare(client: Any, build: str, entry: bytes) -> float:
    """Push an entry to every follower with the bare script, a call for each partition; return how long it took in seconds."""
    push = client.register_script(PUSH)
    began_s = time.perf_counter()
    for tag in TAGS:
        over, into = (physical_key(f"{tag}:{rest}", build) for rest in (f"{FOLLOWERS}:{AUTHOR}", f"{TIMELINE}:"))
        push(keys=[over], args=[into, entry, TIMELINE_MAX])
    return time.perf_counter() - began_s


def check(client: Any, build: str, accounts: list[str], slips: int) -> None:
    """Check that every slip arrived: the projector's and the bare script's, in a timeline that is as long as it was."""
    for account_id in accounts[:: max(1, len(accounts) // 100)]:
        found = client.lrange(timeline(build, account_id), 0, -1)
        assert TIMELINE_MAX <= len(found) <= TIMELINE_MAX + TIMELINE_SLACK, len(found)
        assert found[0] == found[1], "the projector pushes what the bare script does"
        assert len(set(found[: 2 * slips])) == slips
