"""The ceiling of one log: 1, 2 and 4 processes that place bets at once, on the disk as it is and on slower ones, and what bounds them.

Each writer has its own accounts and markets, as processes behind a balancer with affinity have; the head of the log is what they share.
A slower disk is simulated by `commit_delay`: whoever flushes the write-ahead log waits so long before, and all whose commits go with it do.

Every 10 ms the writers' backends are looked at: `head` (waits for the lock on the head), `decider` (holds it and waits for what the
deciding thread sends), `wal` (writes or flushes the write-ahead log, or waits for who does), `runs` (COPY of facts and what goes with it; a
flush that is slowed down counts here, as the server does not say that it waits), `idle` (waits for the next batch).
"""

import json
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psutil
import psycopg
from psycopg import sql

from bench.harness import Figure, at_least

COUNTS = (1, 2, 4)
DELAYS_US = (0, 200, 2_000)
BETS = 40_000
START_S_MAX = 120.0
RELOAD_S_MAX = 30.0
LOOK_EVERY_S = 0.01
FLUSHES = 200
LOOK = """
SELECT CASE
        WHEN state = 'idle' THEN 'idle'
        WHEN wait_event_type = 'Lock' THEN 'head'
        WHEN wait_event_type = 'Client' THEN 'decider'
        WHEN wait_event LIKE 'W%' AND wait_event_type IN ('IO', 'LWLock') THEN 'wal'
        WHEN wait_event_type IS NULL THEN 'runs'
        ELSE 'other'
    END
FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND query ILIKE '%stored_events_head%'
"""


def measure(dsn: str, *, bets: int = BETS, delays_us: Sequence[int] = DELAYS_US, counts: Sequence[int] = COUNTS) -> list[Figure]:
    """Measure each number of writers, the first of which is one, on each disk; all writers place the same number of bets together."""
    found: dict[tuple[int, int], dict[str, Any]] = {}
    with psycopg.connect(dsn, autocommit=True) as connection:
        for count in counts:
            with begun(dsn, count, bets // count) as writers:
                for delay_us in delays_us:
                    slow_down(connection, delay_us)
                    found[delay_us, count] = {"flush_us": flush_us(connection), **together(dsn, writers)}
                slow_down(connection, 0)
    return [
        figure_of(count, delay_us, found[delay_us, count], found[delay_us, 1]["bets_per_s"]) for delay_us in delays_us for count in counts
    ]


def figure_of(count: int, delay_us: int, found: dict[str, Any], alone: float) -> Figure:
    """Return the figure of so many writers on a disk, beside one writer on it."""
    beside = {name: value for name, value in found.items() if name != "bets_per_s"}
    return at_least(name_of(count, delay_us), found["bets_per_s"], "bets/s", alone, "one writer", 1.0 if count == 1 else 0.9, **beside)


def name_of(count: int, delay_us: int) -> str:
    """Return the name of the figure of so many writers, with flushes that take so much longer."""
    return f"writers.{count}" + (f".flush_{delay_us}us" if delay_us else "")


def slow_down(connection: psycopg.Connection[Any], delay_us: int) -> None:
    """Have each flush of the write-ahead log take so much longer, for all who write."""
    for name, value in (("commit_delay", delay_us), ("commit_siblings", 0)):
        connection.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value)))
    connection.execute("SELECT pg_reload_conf()")
    deadline_s = time.monotonic() + RELOAD_S_MAX
    while connection.execute("SELECT current_setting('commit_delay')").fetchone() != (str(delay_us),):
        assert time.monotonic() < deadline_s, "the server reads its settings"
        time.sleep(0.01)


def flush_us(connection: psycopg.Connection[Any]) -> int:
    """Return how long a commit of next to nothing takes, the median, in microseconds."""
    taken = []
    for _ in range(FLUSHES):
        began_s = time.perf_counter()
        connection.execute("SELECT pg_logical_emit_message(true, 'bench', 'x')")
        taken.append(time.perf_counter() - began_s)
    return round(statistics.median(taken) * 1e6)


@contextmanager
def begun(dsn: str, count: int, bets: int) -> Iterator[Sequence[subprocess.Popen[str]]]:
    """Give writers that are ready, each to place so many bets whenever it is told to."""
    writers = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.writer", dsn, str(seed), str(bets)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for seed in range(100 * count, 101 * count)
    ]
    try:
        for writer in writers:
            assert writer.stdout is not None and writer.stdout.readline() == "ready\n", "a writer is ready"  # noqa: PT018  (one thought)
        yield writers
    finally:
        for writer in writers:
            writer.communicate(timeout=START_S_MAX)


def together(dsn: str, writers: Sequence[subprocess.Popen[str]]) -> dict[str, Any]:
    """Have writers place bets at the same time; return how many a second, and what of the machine and of the head each part took."""
    postgres_s, wal_bytes, began_s = postgres_cpu_s(dsn), wal_position(dsn), time.perf_counter()
    with looked_at(dsn) as looks:
        for writer in writers:
            assert writer.stdin is not None, "it is a pipe"
            writer.stdin.write("go\n")
            writer.stdin.flush()
        told = [json.loads(writer.stdout.readline()) for writer in writers if writer.stdout is not None]
        taken_s = time.perf_counter() - began_s
    postgres_s, wal_bytes = postgres_cpu_s(dsn) - postgres_s, wal_position(dsn) - wal_bytes
    total = {name: sum(one[name] for one in told) for name in told[0]}
    placed, looked = total["bets"], max(1, looks.total())
    return {
        "bets_per_s": placed / taken_s,
        "cores_of_writers": round(total["cpu_s"] / taken_s, 2),
        "cores_of_postgres": round(postgres_s / taken_s, 2),
        "head_held": round(total["held_s"] / taken_s, 3),
        "head_held_us_per_bet": round(total["held_s"] / placed * 1e6, 2),
        "bets_per_batch": round(placed / total["batches"], 1),
        "commit_ms": round(total["commit_s"] / total["batches"] * 1e3, 2),
        "wal_bytes_per_bet": round(wal_bytes / placed),
        "backends": {what: round(times / looked, 3) for what, times in sorted(looks.items())},
    }


@contextmanager
def looked_at(dsn: str) -> Iterator[Counter[str]]:
    """Look, again and again, at what the writers' backends do or wait for; give how often each was seen."""
    seen: Counter[str] = Counter()
    ends = threading.Event()

    def look() -> None:
        with psycopg.connect(dsn, autocommit=True) as connection:
            while not ends.wait(LOOK_EVERY_S):
                seen.update(what for (what,) in connection.execute(LOOK))

    looks = threading.Thread(target=look)
    looks.start()
    try:
        yield seen
    finally:
        ends.set()
        looks.join()


def wal_position(dsn: str) -> int:
    """Return how many bytes of the write-ahead log there have been."""
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn").fetchone()
    assert row is not None, "it is one row"
    return int(row[0])


def postgres_cpu_s(dsn: str) -> float:
    """Return the processor seconds that PostgreSQL's processes have taken so far."""
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
        assert row is not None, "a backend has a pid"
        server = psutil.Process(row[0]).parent()
        assert server is not None, "a backend has its server"
        return sum(cpu_s(process) for process in (server, *server.children()))


def cpu_s(process: psutil.Process) -> float:
    """Return the processor seconds of one process; of one that has ended meanwhile they were counted to its parent."""
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)
