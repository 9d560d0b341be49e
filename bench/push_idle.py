"""What a connection takes that only waits, beyond the first ones: of the gateway, of a bare server on picows, and of one on websockets."""

import time
from collections.abc import Sequence

from bench.harness import Figure, at_most, rss_mib
from bench.place_bet_http import SECRET
from bench.push_deliveries import hot_channel
from bench.push_world import MATCHES, PushWorld
from bench.socket_servers import Sockets, allow_many_files, first_frame, gateway, plan_of, socket_tokens

FIRST, IDLE = 1_000, 10_000
KIB_PER_CONNECTION_MAX = 28


def measure_idle(made: PushWorld, *, first: int = FIRST, idle: int = IDLE) -> list[Figure]:
    """Measure the gateway with connections that are signed in, each with a match and the account's portfolio, then the bare servers."""
    allow_many_files()
    accounts = made.world.accounts[: first + idle]
    tokens = socket_tokens(made.world, SECRET, accounts)
    commands = [
        first_frame([made.channel_of(number % MATCHES), f"portfolio:#{account}"], token)
        for number, (account, token) in enumerate(zip(accounts, tokens, strict=True))
    ]
    with gateway(made.dsn, made.redis_url) as (port, pid):
        kib, per_s = per_connection(port, pid, commands, first)
    extra: dict[str, float] = {"connections": idle, "opened_per_s": per_s}
    for kind in ("picows", "websockets"):
        with hot_channel(kind) as (port, _, pid):
            extra[f"bare_{kind}_kib"] = round(per_connection(port, pid, commands, first)[0], 1)
    return [at_most("push.idle", kib, "KiB a connection", KIB_PER_CONNECTION_MAX, "the target", **extra)]


def per_connection(port: int, pid: int, commands: Sequence[str], first: int) -> tuple[float, int]:
    """Open the first connections, then the others; return KiB of resident memory that each of those takes, and how many opened a second."""
    before = Sockets(plan_of(port, list(commands[:first])))
    first_mib = rss_mib(pid)
    began_s = time.monotonic()
    more = Sockets(plan_of(port, list(commands[first:])))
    took_s, idle = time.monotonic() - began_s, len(commands) - first
    kib = (rss_mib(pid) - first_mib) * 1024 / idle
    for sockets in (before, more):
        sockets.close()
    return kib, round(idle / took_s)
