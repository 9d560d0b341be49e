"""Several writers on one log: 1, 2 and 4 processes that place bets at once, with what of the processors each part took.

Each writer has its own accounts and markets, as processes behind a balancer with affinity have; the head of the log is what they share.
"""

import json
import subprocess
import sys
import time
from typing import Any

import psutil
import psycopg

from bench.harness import Figure, at_least

COUNTS = (1, 2, 4)
BETS = 40_000
START_S_MAX = 120.0


def measure(dsn: str, *, bets: int = BETS) -> list[Figure]:
    """Measure each number of writers; all of them place the same number of bets together."""
    found = {count: together(dsn, count, bets // count) for count in COUNTS}
    alone = found[1]["bets_per_s"]
    return [
        at_least(f"writers.{count}", one["bets_per_s"], "bets/s", alone, "one writer", 1.0 if count == 1 else 0.9, **one["cores"])
        for count, one in found.items()
    ]


def together(dsn: str, count: int, bets: int) -> dict[str, Any]:
    """Have a number of writers place bets at the same time."""
    writers = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.writer", dsn, str(seed), str(bets)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for seed in range(100 * count, 101 * count)
    ]
    try:
        for writer in writers:
            assert writer.stdout is not None and writer.stdout.readline() == "ready\n", "a writer is ready"  # noqa: PT018  (one thought)
        postgres_s, began_s = postgres_cpu_s(dsn), time.perf_counter()
        for writer in writers:
            assert writer.stdin is not None, "it is a pipe"
            writer.stdin.write("go\n")
            writer.stdin.flush()
        told = [json.loads(writer.stdout.readline()) for writer in writers if writer.stdout is not None]
        taken_s = time.perf_counter() - began_s
        postgres_s = postgres_cpu_s(dsn) - postgres_s
    finally:
        for writer in writers:
            writer.communicate(timeout=START_S_MAX)
    return {
        "bets_per_s": sum(one["bets"] for one in told) / taken_s,
        "cores": {
            "cores_of_writers": round(sum(one["cpu_s"] for one in told) / taken_s, 2),
            "cores_of_postgres": round(postgres_s / taken_s, 2),
            "head_held_ms": round(sum(one["held_ms"] for one in told) / count, 2),
        },
    }


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
