"""Bets in process while the product lives around them: prices moved by another process, then views and settlement followed by others.

The same bets are placed on a quiet log, with a producer beside that moves 1,000 prices a second over 500 live markets (some of up to
10,000 facts), and with the projector and the settler running too. Bettors take what stands (`accept: any`), since nobody here sees a
screen. Held against the quiet row of the same run. Which process runs on which core is left to the system, in every row: a process that
keeps to one core has its children keep to it, and all roles would share it.
"""

import gc
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import msgspec
import psycopg

from bench.callers import answered
from bench.harness import Figure, at_least, at_most
from bench.price_mover import LEASE_MS
from bench.world import MARKETS, NAMES, WALLETS, World, new_prices
from commands.betting.place_bet import PlaceBet
from commands.dispatch.dispatcher import Dispatcher
from commands.ports import Append, NewFact
from domain.bet.commands import AskedLeg
from domain.market.facts import MarketPriced
from domain.odds import Odds
from domain.partitions import PARTITIONS
from domain.producer.commands import Beat
from infra.readmodels.valkey import ValkeyModels
from projections.registry import VIEWS

BETS = 20_000
ROUNDS = 3
LONG_MARKETS, LONG_FACTS = 25, 10_000
MOVES_PER_S = 1_000
ALL_ROLES_S = 60.0
LAG_S_MAX = 2.0
PRODUCER = "bench"


def measure(dsn: str, redis_url: str, *, rounds: int = ROUNDS, bets: int = BETS, all_roles_s: float = ALL_ROLES_S) -> list[Figure]:
    """Measure the quiet row and the one with the feed in turn, then all roles together for a minute."""
    world = World(dsn)
    world.open_accounts()
    dispatcher = world.dispatcher()
    world.open_markets(dispatcher)
    lengthen(world)
    dispatcher.call(Beat(PRODUCER, LEASE_MS, world.clock.now()))
    quiet: list[float] = []
    live: list[float] = []
    feed: dict[str, Any] = {}
    place(world, dispatcher, bets)
    gc.freeze()
    for _ in range(rounds):
        quiet.append(place(world, dispatcher, bets))
        with moving(dsn, world.markets) as moved:
            time.sleep(1.0)
            live.append(place(world, dispatcher, bets))
        dispatcher.call(Beat(PRODUCER, LEASE_MS, world.clock.now()))  # the mover has gone, and its prices must stand for the quiet row
        feed = moved
        assert feed["refused"] == 0, feed
    reached, limit = statistics.median(live), statistics.median(quiet)
    figures = [
        at_least(
            "place_bet.live", reached, "bets/s", limit, "the quiet row", 0.8, moves_per_s=feed["moves_per_s"], move_p99_ms=feed["p99_ms"]
        )
    ]
    figures += with_all_roles(world, dispatcher, dsn, redis_url, limit, all_roles_s)
    dispatcher.stop()
    world.store.close()
    return figures


def with_all_roles(world: World, dispatcher: Dispatcher, dsn: str, redis_url: str, quiet: float, seconds: float) -> list[Figure]:
    """Place bets for a while with every role beside, and look how far the views are behind at the end."""
    with ExitStack() as roles:
        for words in (["project"], ["settle"]):
            roles.enter_context(role(dsn, redis_url, *words))
        wait_for_views(dsn, redis_url, 120.0)
        feed = roles.enter_context(moving(dsn, world.markets))
        rates = []
        ends_s = time.monotonic() + seconds
        while time.monotonic() < ends_s:
            rates.append(place(world, dispatcher, BETS))
        lag_s = wait_for_views(dsn, redis_url, 120.0)
    reached = statistics.median(rates)
    return [
        at_least("place_bet.all_roles", reached, "bets/s", quiet, "the quiet row", 0.5, moves_per_s=feed.get("moves_per_s")),
        at_most("place_bet.all_roles.lag", lag_s, "s", LAG_S_MAX, "the target"),
    ]


def lengthen(world: World) -> None:
    """Give some markets a long past, as a market of many moves has."""
    for market_id in world.markets[:LONG_MARKETS]:
        version = 1
        while version < LONG_FACTS:
            marks, prices = (0, 0, 0), [new_prices(world.random) for _ in range(1_000)]
            facts = [NewFact(market_id, version + n + 1, MarketPriced(p, world.clock.now(), 3_000, marks)) for n, p in enumerate(prices)]
            assert world.store.append_many([Append(facts)]).verdicts[0].accepted
            version += len(facts)


def place(world: World, dispatcher: Dispatcher, bets: int) -> float:
    """Place bets at whatever stands, from callers who wait for their answers; return bets a second. Every bet must be struck."""
    wire = [msgspec.json.encode(bet(world)) for _ in range(bets)]
    taken_s, refused = answered(dispatcher, wire)
    assert len(refused) <= bets // 1000, f"{len(refused)} bets were not struck: {refused[0]!r}"
    return (bets - len(refused)) / taken_s


def bet(world: World) -> PlaceBet:
    """Return a bet at what stands, by any account, on any market."""
    leg = AskedLeg(world.markets[world.random.randrange(MARKETS)], NAMES[world.random.randrange(3)], Odds(1100, 1000), 1)
    account_id = world.accounts[world.random.randrange(WALLETS)]
    return PlaceBet(world.clock.new_id(), account_id, 1, "EUR", "single", (leg,), "any", world.clock.now())


@contextmanager
def moving(dsn: str, markets: list[str]) -> Iterator[dict[str, Any]]:
    """Have another process move prices; afterwards the dictionary says how that went."""
    told: dict[str, Any] = {}
    plan = json.dumps({"markets": markets, "moves_per_s": MOVES_PER_S, "producer": PRODUCER})
    with subprocess.Popen(
        [sys.executable, "-m", "bench.price_mover", dsn], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None, "both are pipes"  # noqa: PT018  (one thought)
        process.stdin.write(plan + "\n")
        process.stdin.flush()
        try:
            yield told
        finally:
            process.stdin.close()
            told.update(json.loads(process.stdout.readline() or "{}"))


@contextmanager
def role(dsn: str, redis_url: str, *words: str) -> Iterator[None]:
    """Run a role of the product beside."""
    with role_with(dsn, redis_url, {}, *words):
        yield


@contextmanager
def role_with(dsn: str, redis_url: str, settings: Mapping[str, str], *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a role with more settings, and give its process."""
    process = subprocess.Popen([sys.executable, "-m", "infra", *words], env={**env_of(dsn, redis_url), **settings})
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def env_of(dsn: str, redis_url: str) -> dict[str, str]:
    """Return the environment of a process of the product on some servers, which logs errors alone."""
    return {**os.environ, "SLIPSTREAM_DATABASE_URL": dsn, "SLIPSTREAM_REDIS_URL": redis_url, "SLIPSTREAM_LOG_LEVEL": "error"}


def wait_for_views(dsn: str, redis_url: str, timeout_s: float) -> float:
    """Wait until every view has come to where the log ends now; return how long that took: the lag, as whoever waits for it feels it."""
    models = ValkeyModels(redis_url)
    with psycopg.connect(dsn, autocommit=True) as connection:
        head = World.head(connection)
    began_s = time.monotonic()
    while True:
        state = models.state(range(PARTITIONS)).values()
        standing = [each.builds.get(each.live.get(view.name, "")) for each in state for view in VIEWS]
        if all(each is not None and each.position >= head for each in standing):
            return time.monotonic() - began_s
        assert time.monotonic() - began_s < timeout_s, "the views do not come to the log's end"
        time.sleep(0.02)
