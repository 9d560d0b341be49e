"""Durable bets a second by RPC on sockets, some in each frame, beside bets over HTTP and in process, in turn in the same run."""

import json
import statistics
from typing import Any

from bench.harness import Figure, at_least, at_most, percentile
from bench.place_bet_http import SECRET, api_env, in_process, paced, requests, serving, session_tokens
from bench.socket_servers import Sockets, allow_many_files, first_frame, gateway, plan_of, socket_tokens
from bench.world import NAMES, World

CONNECTIONS = 64
BETS_PER_FRAME = 8
FRAMES = 20
ROUNDS = 3
HTTP_BETS = 6_000
IN_PROCESS_BETS = 12_000
P99_MS_MAX = 100.0


def measure(dsn: str, redis_url: str, *, rounds: int = ROUNDS, frames: int = FRAMES, http_bets: int = HTTP_BETS) -> list[Figure]:
    """Place bets on sockets, over HTTP and in process in turn, `rounds` times. Every bet must be struck."""
    allow_many_files()
    world = World(dsn)
    world.open_accounts()
    dispatcher = world.dispatcher()
    world.open_markets(dispatcher)
    sessions = session_tokens(world)
    found: list[dict[str, Any]] = []
    http: list[float] = []
    inside: list[float] = []
    in_process(world, dispatcher, IN_PROCESS_BETS)
    with serving("infra", "api", env=api_env(dsn, redis_url)) as (api, _), gateway(dsn, redis_url) as (port, _):
        paced(api, requests(world, sessions, http_bets // 4))
        for _ in range(rounds):
            found.append(on_sockets(world, port, frames))
            http.append(paced(api, requests(world, sessions, http_bets))["per_s"])
            inside.append(in_process(world, dispatcher, IN_PROCESS_BETS))
        reached = statistics.median(each["per_s"] for each in found)
        half = on_sockets(world, port, frames, per_s=reached / 2)
    dispatcher.stop()
    world.store.close()
    extra = {"connections": CONNECTIONS, "bets_per_frame": BETS_PER_FRAME, "generator_core": round(found[0]["generator_core"], 2)}
    return [
        at_least("place_bet_rpc", reached, "bets/s", statistics.median(inside), "place_bet in process", 0.6, **extra),
        at_least("place_bet_rpc.http", reached, "bets/s", statistics.median(http), "the same bets over HTTP", 1.0),
        at_most("place_bet_rpc.p99_at_half_load", half["p99_ms"], "ms", P99_MS_MAX, "the target", per_s=round(half["per_s"])),
    ]


def on_sockets(world: World, port: int, frames: int, per_s: float = 0.0) -> dict[str, Any]:
    """Place bets on all connections, each with a frame of them under way, at a rate if one is given; return rate and p99."""
    accounts = world.accounts[:CONNECTIONS]
    tokens = socket_tokens(world, SECRET, accounts)
    commands = [first_frame([], token) for token in tokens]
    rpcs = [["\n".join(rpc(world, 10 + number) for number in range(BETS_PER_FRAME)) for _ in range(frames)] for _ in accounts]
    turns: dict[str, Any] = {"replies_per_frame": BETS_PER_FRAME, "frames_per_s": per_s / BETS_PER_FRAME}
    sockets = Sockets(plan_of(port, commands, ready='"connect"', rpcs=rpcs, **turns))
    sockets.measure()
    found = sockets.result()
    bets = CONNECTIONS * frames * BETS_PER_FRAME
    assert found["struck"] == bets, f"{found['struck']} of {bets} bets were struck"
    p99_ms = 1000 * percentile(found["took_s"], 0.99)
    return {"per_s": bets / found["seconds"], "p99_ms": p99_ms, "generator_core": found["cpu_s"] / found["seconds"]}


def rpc(world: World, command_id: int) -> str:
    """Return a command that places a bet at the odds shown."""
    number, name = world.random.randrange(len(world.markets)), NAMES[world.random.randrange(3)]
    odds, version = world.prices[number][name].text, world.versions[number]
    leg = {"market_id": world.markets[number], "selection": name, "odds": odds, "version": version}
    bet = {"type": "single", "stake_minor": 1_00, "currency": "EUR", "legs": [leg], "accept": "exact"}
    data = {"idempotency_key": world.clock.new_id(), "bet": bet}
    return json.dumps({"id": command_id, "rpc": {"method": "place_bet", "data": data}}, separators=(",", ":"))
