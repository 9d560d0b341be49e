"""A gateway that is killed with 5,000 clients on it, which all come back at once when one listens again, while bets go on over HTTP."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import msgspec
import psutil

from bench import place_bet_http as http
from bench.harness import Figure, at_most, percentile
from bench.push_world import MATCHES, PushWorld
from bench.socket_servers import allow_many_files, first_frame, gateway, plan_of, socket_tokens
from bench.step import NEVER_MS, sent
from infra.embedded.server import HOST, free_port

CLIENTS = 5_000
MOVES_PER_S = 200.0
BETS_PER_S, BEFORE_S, WHILE_S = 200.0, 5.0, 15.0
BET_CONNECTIONS = 64
RECOVERED_S_MAX = 5.0
P99_MS_MAX = 50.0
SETTLE_S = 1.0


def measure_reconnect(
    made: PushWorld, *, clients: int = CLIENTS, bets_per_s: float = BETS_PER_S, before_s: float = BEFORE_S, while_s: float = WHILE_S
) -> list[Figure]:
    """Kill the gateway, start another, and look at the clients that come back and the bets that never stopped."""
    allow_many_files()
    tokens = socket_tokens(made.world, http.SECRET, made.world.accounts[:clients])
    commands = [first_frame([made.channel_of(number % MATCHES)], token) for number, token in enumerate(tokens)]
    port = free_port()
    env = http.api_env(made.dsn, made.redis_url)
    with http.serving("infra", "api", env=env) as (api, _), ThreadPoolExecutor(1) as beside, moving(made) as ended:
        with gateway(made.dsn, made.redis_url, port) as (_, pid):
            returning = started(plan_of(port, commands))
            bets_p99(made, api, bets_per_s, before_s / 2)
            before_ms = bets_p99(made, api, bets_per_s, before_s)
            meanwhile = beside.submit(bets_p99, made, api, bets_per_s, while_s)
            time.sleep(SETTLE_S)
            psutil.Process(pid).kill()
        with gateway(made.dsn, made.redis_url, port):
            found = json.loads(heard(returning))
            meanwhile_ms = meanwhile.result()
            ended.set()
            shown = compared(returning)
    returning.kill()
    returning.communicate()
    extra = {
        "clients": clients,
        "away_s": round(found["away_s"], 2),
        "recovered_p50_s": round(found["recovered_p50_s"], 2),
        "generator_core": round(found["generator_core"], 2),
    }
    gaps = found["not_recovered"] + shown
    return [
        at_most("push.reconnect", found["recovered_s"], "s", RECOVERED_S_MAX, "the target", **extra),
        at_most("push.reconnect_gaps", gaps, "clients", 0, "told to begin anew, or show less than a reload"),
        at_most(
            "push.reconnect_bets_p99", meanwhile_ms, "ms", max(P99_MS_MAX, before_ms), "before, or 50 ms", before_ms=round(before_ms, 1)
        ),
    ]


def started(plan: object) -> "subprocess.Popen[str]":
    """Start the clients; return once all of them are subscribed."""
    process = subprocess.Popen([sys.executable, "-m", "bench.reconnecting"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None, "it is a pipe"
    process.stdin.write(msgspec.json.encode(plan).decode() + "\n")
    process.stdin.flush()
    assert heard(process) == "ready\n"
    return process


def heard(process: "subprocess.Popen[str]") -> str:
    """Return the next line that the clients print."""
    assert process.stdout is not None, "it is a pipe"
    return process.stdout.readline()


def compared(process: "subprocess.Popen[str]") -> int:
    """Wait until the clients have been told all; return how many of them show less than a reload does."""
    assert process.stdin is not None, "it is a pipe"
    time.sleep(SETTLE_S)
    process.stdin.write("compare\n")
    process.stdin.flush()
    return int(heard(process))


@contextmanager
def moving(made: PushWorld) -> Iterator[threading.Event]:
    """Move prices until the block ends, or the event is set."""
    ended = threading.Event()
    thread = threading.Thread(target=lambda: [made.move_prices(0.25, lambda _: MOVES_PER_S) for _ in iter(ended.is_set, True)])
    thread.start()
    try:
        yield ended
    finally:
        ended.set()
        thread.join()


def bets_p99(made: PushWorld, api: int, per_s: float, seconds: float) -> float:
    """Place bets over HTTP at a rate; return the p99 of how long they took, with those that were refused or cut as never."""
    placing = http.requests(made.world, http.session_tokens(made.world), int(per_s * seconds * 1.1) + 1, accept="any")
    found = sent(
        {
            "host": HOST,
            "port": api,
            "connections": BET_CONNECTIONS,
            "requests": {"bet": placing},
            "shares": {"bet": 1.0},
            "before_per_s": per_s,
            "after_per_s": per_s,
            "before_s": seconds,
            "ramp_s": 1.0,
            "after_s": 0.0,
        }
    )
    took_ms = [took_s * 1000 if status == "201" else NEVER_MS for _, _, took_s, status, _ in found["answers"]]
    return percentile(took_ms + [NEVER_MS] * found["unanswered"], 0.99)
