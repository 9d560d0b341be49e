"""How soon a price is at a client, and how many suspensions a second reach all clients of a match, through the whole product."""

import time
from typing import Any

import psutil

from bench.harness import Figure, at_least, at_most, percentile
from bench.push_world import MATCHES, PushWorld
from bench.socket_servers import Sockets, allow_many_files, bare_broadcast, first_frame, gateway, plan_of
from domain.market.commands import ResumeMarket, SuspendMarket

CONNECTIONS, MOVES_PER_S, SECONDS = 5_000, 2_000, 10.0
P50_MS_MAX, P99_MS_MAX = 30.0, 100.0
SAMPLED_EACH = 20
SETTLE_S = 0.5
HOT_CONNECTIONS, PUBLICATIONS = 1_000, 200
HOT_MATCHES = 10
SUSPENDED = '"status":"suspended"'


def measure_odds(
    made: PushWorld, *, connections: int = CONNECTIONS, moves_per_s: float = MOVES_PER_S, seconds: float = SECONDS
) -> list[Figure]:
    """Move the prices of many matches at a steady rate; return how long after its commit a price, or a later one, was at a client."""
    allow_many_files()
    commands = [first_frame([made.channel_of(number % MATCHES)]) for number in range(connections)]
    with gateway(made.dsn, made.redis_url) as (port, pid):
        sockets = Sockets(plan_of(port, commands, sampled_each=SAMPLED_EACH))
        process = psutil.Process(pid)
        cpu_s = sum(process.cpu_times()[:2])
        sockets.measure()
        moves = made.move_prices(seconds, lambda _: moves_per_s)
        time.sleep(SETTLE_S)
        sockets.stop()
        found = sockets.result()
        cpu_s = sum(process.cpu_times()[:2]) - cpu_s
    took_ms = [ms for _, ms in moves.delays_ms(found, range(0, connections, SAMPLED_EACH))]
    extra = {
        "connections": connections,
        "moves_per_s": round(moves.asked / seconds),
        "deliveries_per_s": round(found["frames"] / found["seconds"]),
        "gateway_core": round(cpu_s / found["seconds"], 2),
        "generator_core": round(found["cpu_s"] / found["seconds"], 2),
        "lost": found["lost"],
    }
    return [
        at_most("push.odds_p50", percentile(took_ms, 0.5), "ms", P50_MS_MAX, "the target", **extra),
        at_most("push.odds_p99", percentile(took_ms, 0.99), "ms", P99_MS_MAX, "the target"),
    ]


def measure_suspensions(made: PushWorld, *, connections: int = HOT_CONNECTIONS) -> list[Figure]:
    """Suspend matches that all clients look at again and again, and broadcast as much without a product in between.

    Suspensions are never conflated, so that each is a publication, and a write to every socket.
    """
    allow_many_files()
    world, commands = made.world, [first_frame([made.channel_of(number) for number in range(HOT_MATCHES)])] * connections
    expected = PUBLICATIONS * connections
    with gateway(made.dsn, made.redis_url) as (port, pid):
        sockets = Sockets(plan_of(port, commands, times=HOT_MATCHES, counted=SUSPENDED, expected=expected, sampled_each=connections))
        process = psutil.Process(pid)
        cpu_s = sum(process.cpu_times()[:2])
        sockets.measure()
        for _ in range(PUBLICATIONS // HOT_MATCHES):
            now, markets = world.clock.now(), world.markets[:HOT_MATCHES]
            made.dispatcher.call_many([SuspendMarket(market_id, "possible goal", now) for market_id in markets])
            made.dispatcher.call_many([ResumeMarket(market_id, world.new_prices(), now) for market_id in markets])
        found = sockets.result()
        per_core = expected / (sum(process.cpu_times()[:2]) - cpu_s)
    bare = bare_deliveries(connections, size=len_of(found))
    generator_core = round(found["cpu_s"] / found["seconds"], 2)
    extra = {"per_server_core": round(per_core), "bare_per_core": round(bare["per_core"]), "generator_core": generator_core}
    return [at_least("push.suspensions", expected / found["seconds"], "deliveries/s", bare["per_s"], "a bare broadcast", 0.8, **extra)]


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
