"""The product over Kafka under a steady load: from a commit to views, a projector that joins or restarts, a pause, the death of a relay.

Relay and projectors are the roles of the product, the broker is a real one, and all share the machine with the load.
"""

import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psycopg
import redis

from bench.chained_log import ChainedLog
from bench.harness import Figure, at_least, at_most, percentile
from bench.live import role_with
from bench.project import TICK_S, Story, commit_steadily, follow, position_of_all, reached
from bench.world import World
from domain.partitions import PARTITIONS
from infra.database import make_ready
from infra.embedded.kafka import EmbeddedKafka, why_no_broker
from infra.embedded.server import HOST, free_port
from infra.eventstore.fact_encoding import copy_heads, numbered_rows
from infra.log.kafka_settings import TOPIC
from infra.log.relay_cursor import copied_of
from infra.metrics.ports import METRICS_PORTS
from infra.operator_errors import NoSuchThing

FACTS_PER_S = 5_000
FACTS_BEFORE = 20_000
WARM_S, LOAD_S, JOIN_S, PAUSE_S, AFTER_S = 10, 20, 10, 60, 30
"""First so many seconds that are not measured: a broker that has just started compiles itself, on the cores that all share."""
RESTART_S, TAKEOVER_S = 15, 5
LAG_S_MAX = 1.0
"""A view that is so little behind has caught up: facts go on coming."""

WAIT_S_MAX = 60.0
POSITION = re.compile(r"^slipstream_consumer_position\{", re.MULTILINE)


def measure(
    dsn: str,
    redis_url: str,
    *,
    warm_s: int = WARM_S,
    load_s: int = LOAD_S,
    join_s: int = JOIN_S,
    pause_s: int = PAUSE_S,
    after_s: int = AFTER_S,
    restart_s: int = RESTART_S,
) -> list[Figure]:
    """Return the figures; the database of `redis_url` is emptied.

    Raises:
        NoSuchThing: where no broker can be started.

    """
    if why := why_no_broker():
        raise NoSuchThing(f"no Kafka broker to measure with: {why}")
    make_ready(dsn)
    world = World(dsn)
    world.open_accounts()
    story = Story(world)
    story.write(dsn, FACTS_BEFORE)
    with redis.Redis.from_url(redis_url) as client, tempfile.TemporaryDirectory(prefix="slipstream-bench-") as name, ExitStack() as opened:
        client.flushdb()
        broker = opened.enter_context(EmbeddedKafka(Path(name) / "kafka"))
        site = Site(dsn, redis_url, broker.start())
        load = Load(opened.enter_context(psycopg.connect(dsn)), story)
        leader = opened.enter_context(site.role("relay"))
        with site.role("project", "one") as one:
            reached(client, FACTS_BEFORE)
            with load.running(warm_s):
                pass
            with load.running(load_s) as commits:
                samples, _ = follow(client, commits, load_s * load.ticks_per_s, one.pid)
            with load.running(join_s):
                joining_s, share = joined_after(site, join_s)
        with load.running(pause_s):
            pass
        with load.running(after_s) as commits, site.role("project", "one"), site.role("project", "two"):
            caught_up_s = caught_up_after(client, commits)
        with site.role("project", "one"):
            named_s, unnamed_s = (restarted_after(site, load, restart_s, is_named=is_named) for is_named in (True, False))
        with load.running(TAKEOVER_S), site.role("relay", "other"):
            taken_over_s = taken_over_after(dsn, site, leader)
    world.store.close()
    lag_ms = percentile(samples, 0.99) * 1_000
    return [
        at_most("relay_live.lag_p99", lag_ms, "ms", 150, "the target", lag_ms_p50=percentile(samples, 0.5) * 1_000),
        at_least("relay_live.load", load.facts_per_s(warm_s), "facts/s", FACTS_PER_S, "the wanted load", 0.95),
        at_most("relay_live.join", joining_s, "s", 5, "the target", partitions=share),
        at_most("relay_live.restart", named_s, "s", unnamed_s, "the restart of a member without a name of its own"),
        at_most("relay_live.takeover", taken_over_s, "s", 2, "the target"),
        at_most("relay_live.caught_up", caught_up_s, "s", 30, "the target", stopped_s=pause_s),
    ]


class Site:
    """Where the roles are, each with a port of its own for its figures."""

    def __init__(self, dsn: str, redis_url: str, kafka_url: str) -> None:
        self._dsn, self._redis_url = dsn, redis_url
        self._kafka = {"SLIPSTREAM_BACKBONE": "kafka", "SLIPSTREAM_KAFKA_URL": kafka_url}
        self._ports: dict[str, int] = {}

    @contextmanager
    def role(self, name: str, member: str = "", *, is_named: bool = True) -> Iterator["subprocess.Popen[bytes]"]:
        """Run a role; a projector as that member of the group, or as one that has no name there."""
        port = self._ports[member] = free_port()
        more = {"SLIPSTREAM_METRICS_PORT": str(port - METRICS_PORTS[name])} | (
            {"SLIPSTREAM_KAFKA_MEMBER": member} if member and is_named else {}
        )
        with role_with(self._dsn, self._redis_url, self._kafka | more, name) as process:
            yield process

    def share(self, member: str) -> int:
        """Return how many partitions a member reads."""
        return len(POSITION.findall(self.figures(member)))

    def figures(self, member: str) -> str:
        """Return the figures of a process, nothing while it does not answer."""
        try:
            return httpx.get(f"http://{HOST}:{self._ports[member]}/metrics", timeout=2).text
        except httpx.TransportError:
            return ""


class Load:
    """Facts that are committed at a steady pace, a stretch of seconds at a time."""

    def __init__(self, connection: "psycopg.Connection[tuple[object, ...]]", story: Story) -> None:
        self._connection, self._story = connection, story
        self._log = ChainedLog(connection)
        self._per_tick = int(FACTS_PER_S * TICK_S)
        self._first: list[tuple[int, float]] = []
        self.ticks_per_s = round(1 / TICK_S)

    @contextmanager
    def running(self, seconds: int) -> Iterator[list[tuple[int, float]]]:
        """Commit for so many seconds; give the positions and times of the commits as they come."""
        head, per_tick = self._log.position, self._per_tick
        ticks = range(seconds * self.ticks_per_s)
        blobs = [numbered_rows(copy_heads(self._story.tell(per_tick)), head + tick * per_tick) for tick in ticks]
        commits: list[tuple[int, float]] = []
        self._first = self._first or commits
        writer = threading.Thread(target=commit_steadily, args=(self._connection, self._log, blobs, per_tick, commits))
        writer.start()
        try:
            yield commits
        finally:
            writer.join()

    def facts_per_s(self, seconds: int) -> float:
        """Return how many facts a second were written in the first stretch."""
        return (seconds * self.ticks_per_s - 1) * self._per_tick / (self._first[-1][1] - self._first[0][1])


def joined_after(site: Site, lasts_s: float) -> tuple[float, int]:
    """Start a second projector; return how long it took to read a third of the partitions, and how many it reads then."""
    started = time.perf_counter()
    with site.role("project", "two"):
        took_s = _seconds_until(lambda: site.share("two") >= PARTITIONS // 3, started)
        time.sleep(max(0.0, started + lasts_s - time.perf_counter()))
        return took_s, site.share("two")


def restarted_after(site: Site, load: Load, lasts_s: int, *, is_named: bool) -> float:
    """Kill the second of two members and start it again; return how long it took until all partitions were read as before."""

    def is_shared() -> bool:
        shares = site.share("one"), site.share("two")
        return sum(shares) == PARTITIONS and min(shares) >= PARTITIONS // 3

    with load.running(lasts_s):
        with site.role("project", "two", is_named=is_named) as two:
            _seconds_until(is_shared, time.perf_counter())
            started = time.perf_counter()
            two.kill()
            two.wait()
        with site.role("project", "two", is_named=is_named):
            return _seconds_until(is_shared, started)


def taken_over_after(dsn: str, site: Site, leader: "subprocess.Popen[bytes]") -> float:
    """Kill the relay that leads; return after how many seconds another one has copied something, which waited for that."""
    _seconds_until(lambda: "slipstream_relay_leads 0.0" in site.figures("other"), time.perf_counter())
    with psycopg.connect(dsn, autocommit=True) as connection:
        leader.kill()
        leader.wait()
        started = time.perf_counter()
        first = copied_of(connection, TOPIC)
        return _seconds_until(lambda: copied_of(connection, TOPIC) != first, started)


def caught_up_after(client: "redis.Redis", commits: list[tuple[int, float]]) -> float:
    """Return after how many seconds the views are less than a second behind what is being committed."""

    def is_close() -> bool:
        since_s = time.perf_counter() - LAG_S_MAX
        older = [position for position, at_s in list(commits) if at_s <= since_s]
        return bool(older) and position_of_all(client) >= older[-1]

    return _seconds_until(is_close, time.perf_counter())


def _seconds_until(condition: Callable[[], bool], started_s: float) -> float:
    while not condition():
        if time.perf_counter() - started_s > WAIT_S_MAX:
            return WAIT_S_MAX
        time.sleep(0.05)
    return time.perf_counter() - started_s
