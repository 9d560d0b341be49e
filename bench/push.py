"""What the gateway takes for a connection, how soon a price is at a client, and how many deliveries a second it makes.

The bare broadcast of `bench.bare_broadcast`, on the same library with the same load client and frames of the same size, is the limit of the
deliveries. Suspensions are what is measured: they are never conflated, so that each is a publication, and a write to every socket.
"""

import bisect
import time
from collections.abc import Callable, Sequence
from typing import Any

import psutil

from bench.harness import Figure, at_least, at_most, percentile, rss_mib
from bench.live import wait_for_views
from bench.place_bet_http import SECRET, api_env, role
from bench.socket_servers import Sockets, allow_many_files, bare_broadcast, first_frame, gateway, plan_of, socket_tokens
from bench.world import World
from commands.dispatch.batch import Answer
from commands.dispatch.dispatcher import Dispatcher
from domain.ids import derived
from domain.market.commands import ResumeMarket, SuspendMarket

FIRST, IDLE = 1_000, 3_000
KIB_PER_CONNECTION_MAX = 28
CONNECTIONS, MATCHES = 2_000, 200
MOVES_PER_S, SECONDS = 1_000, 5.0
P50_MS_MAX, P99_MS_MAX = 30.0, 100.0
SAMPLED_EACH = 20
HOT_CONNECTIONS, PUBLICATIONS = 1_000, 200
HOT_MATCHES = 10
SUSPENDED = '"status":"suspended"'
VIEWS_S = 120.0


def measure(
    dsn: str, redis_url: str, *, first: int = FIRST, idle: int = IDLE, connections: int = CONNECTIONS, hot: int = HOT_CONNECTIONS
) -> list[Figure]:
    """Measure memory, then prices, then deliveries beside the bare broadcast, each on connections of its own."""
    allow_many_files()
    world = World(dsn)
    world.open_accounts()
    dispatcher = world.dispatcher()
    world.open_markets(dispatcher)
    with role("project", api_env(dsn, redis_url)):
        wait_for_views(dsn, redis_url, VIEWS_S)
        with gateway(dsn, redis_url) as (port, pid):
            figures = [memory_of(world, port, pid, first, idle)]
            figures += odds(world, dispatcher, port, pid, connections)
            figures.append(deliveries(world, dispatcher, port, pid, hot))
    dispatcher.stop()
    world.store.close()
    return figures


def channel_of(world: World, number: int) -> str:
    """Return the channel of the match of a market of the world."""
    return f"fixture:{derived('fixture', world.markets[number])}"


def memory_of(world: World, port: int, pid: int, first: int, idle: int) -> Figure:
    """Return what a connection takes beyond the first ones: signed in, with a match and the account's portfolio."""
    accounts = world.accounts[: first + idle]
    tokens = socket_tokens(world, SECRET, accounts)
    commands = [
        first_frame([channel_of(world, number % MATCHES), f"portfolio:#{account}"], token)
        for number, (account, token) in enumerate(zip(accounts, tokens, strict=True))
    ]
    before = Sockets(plan_of(port, commands[:first]))
    first_mib = rss_mib(pid)
    began_s = time.monotonic()
    more = Sockets(plan_of(port, commands[first:]))
    took_s, kib = time.monotonic() - began_s, (rss_mib(pid) - first_mib) * 1024 / idle
    for sockets in (before, more):
        sockets.close()
    extra = {"connections": idle, "opened_per_s": round(idle / took_s)}
    return at_most("push.memory", kib, "KiB a connection", KIB_PER_CONNECTION_MAX, "the target", **extra)


def odds(world: World, dispatcher: Dispatcher, port: int, pid: int, connections: int) -> list[Figure]:
    """Move the prices of many matches at a steady rate; return how long after its commit a price was at a client."""
    commands = [first_frame([channel_of(world, number % MATCHES)]) for number in range(connections)]
    sockets = Sockets(plan_of(port, commands, sampled_each=SAMPLED_EACH))
    committed: list[list[tuple[int, int]]] = [[] for _ in range(MATCHES)]
    process = psutil.Process(pid)
    cpu_s = sum(process.cpu_times()[:2])
    sockets.measure()
    began_s, moved = time.monotonic(), 0
    while (passed_s := time.monotonic() - began_s) < SECONDS:
        for number in range(moved, int(passed_s * MOVES_PER_S)):
            dispatcher.submit(world.move_price(number % MATCHES), noting(committed[number % MATCHES]))
            moved += 1
        time.sleep(0.005)
    time.sleep(0.5)
    sockets.stop()
    found = sockets.result()
    arrived = [since_commit_ms(committed[number % MATCHES], position, at_ns) for number, at_ns, position in found["arrivals"]]
    took_ms = [ms for ms in arrived if ms is not None]
    extra = {
        "connections": connections,
        "moves_per_s": round(moved / SECONDS),
        "deliveries_per_s": round(found["frames"] / found["seconds"]),
        "gateway_core": round((sum(process.cpu_times()[:2]) - cpu_s) / found["seconds"], 2),
        "generator_core": round(found["cpu_s"] / found["seconds"], 2),
        "lost": found["lost"],
    }
    return [
        at_most("push.odds_p50", percentile(took_ms, 0.5), "ms", P50_MS_MAX, "the target", **extra),
        at_most("push.odds_p99", percentile(took_ms, 0.99), "ms", P99_MS_MAX, "the target"),
    ]


def noting(committed: list[tuple[int, int]]) -> Callable[[Answer | BaseException], None]:
    """Return what notes when a move was committed, by its position."""

    def done(answer: Answer | BaseException) -> None:
        if isinstance(answer, Answer):
            committed.append((answer.position, time.monotonic_ns()))

    return done


def since_commit_ms(committed: Sequence[tuple[int, int]], position: int, at_ns: int) -> float | None:
    """Return how long before an arrival the newest change up to its position was committed, None where it was none of these."""
    found = bisect.bisect_right(committed, (position, 2**63)) - 1
    return max(0.0, (at_ns - committed[found][1]) / 1e6) if found >= 0 else None


def deliveries(world: World, dispatcher: Dispatcher, port: int, pid: int, connections: int) -> Figure:
    """Suspend matches that all clients look at again and again, and broadcast as much without a product in between."""
    commands = [first_frame([channel_of(world, number) for number in range(HOT_MATCHES)])] * connections
    expected = PUBLICATIONS * connections
    sockets = Sockets(plan_of(port, commands, times=HOT_MATCHES, counted=SUSPENDED, expected=expected, sampled_each=connections))
    process = psutil.Process(pid)
    cpu_s = sum(process.cpu_times()[:2])
    sockets.measure()
    for _ in range(PUBLICATIONS // HOT_MATCHES):
        now, markets = world.clock.now(), world.markets[:HOT_MATCHES]
        dispatcher.call_many([SuspendMarket(market_id, "possible goal", now) for market_id in markets])
        dispatcher.call_many([ResumeMarket(market_id, world.new_prices(), now) for market_id in markets])
    found = sockets.result()
    per_core = expected / (sum(process.cpu_times()[:2]) - cpu_s)
    bare = bare_deliveries(connections, size=len_of(found))
    generator_core = round(found["cpu_s"] / found["seconds"], 2)
    extra = {"per_server_core": round(per_core), "bare_per_core": round(bare["per_core"]), "generator_core": generator_core}
    return at_least("push.deliveries", expected / found["seconds"], "deliveries/s", bare["per_s"], "a bare broadcast", 0.8, **extra)


def len_of(found: dict[str, Any]) -> int:
    """Return how many bytes a publication took."""
    return int(found["bytes"] / found["frames"])


def bare_deliveries(connections: int, size: int) -> dict[str, float]:
    """Return deliveries a second, and by core of the server, of the bare broadcast."""
    with bare_broadcast() as (port, process):
        expected = PUBLICATIONS * connections
        sockets = Sockets(plan_of(port, [first_frame(["bare"])] * connections, expected=expected, sampled_each=connections))
        running = psutil.Process(process.pid)
        cpu_s = sum(running.cpu_times()[:2])
        sockets.measure()
        assert process.stdin is not None, "it is a pipe"
        process.stdin.write(f"{PUBLICATIONS} {size}\n")
        process.stdin.flush()
        found = sockets.result()
        cpu_s = sum(running.cpu_times()[:2]) - cpu_s
    return {"per_s": found["frames"] / found["seconds"], "per_core": found["frames"] / cpu_s}
