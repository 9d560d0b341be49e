"""Another process of the product's own layout: a producer that moves the prices of many markets, at a steady pace, until told to stop.

    python -m bench.price_mover DSN < plan        plan: one JSON line {"markets": [...], "moves_per_s": 1000, "producer": "bench"}

It prints one JSON line at its end: how many moves were committed, how many were refused, and the p99 of their latency.
"""

import json
import random
import select
import sys
import time
from typing import Any

import msgspec

from bench.harness import percentile
from bench.world import new_prices
from commands.dispatch.batch import Answer
from commands.dispatch.dispatcher import Dispatcher
from commands.registry import USE_CASES
from domain.market.commands import PriceMarket
from domain.producer.commands import Beat
from infra.clock import Clock
from infra.eventstore.recorder import GroupCommitRecorder, datastore_of
from infra.interpreter import tune_interpreter

TICK_S = 0.02
BEAT_S = 2.0
LEASE_MS = 60_000
"""Long enough for what stands on the prices after the mover has gone: a silent producer's prices take no bets."""


class Plan(msgspec.Struct):
    """What to move, and how often."""

    markets: list[str]
    moves_per_s: float
    producer: str
    seed: int = 7


def main(dsn: str) -> None:
    """Move prices until standard input ends."""
    tune_interpreter()
    plan = msgspec.json.decode(sys.stdin.readline(), type=Plan)
    rng, clock = random.Random(plan.seed), Clock()
    store = GroupCommitRecorder(datastore_of(dsn))
    dispatcher = Dispatcher(store, USE_CASES).start()
    latencies_s: list[float] = []
    refused: list[str] = []
    begun_s = next_beat_s = time.monotonic()
    moved = 0
    while not select.select([sys.stdin], [], [], TICK_S)[0]:
        now_s = time.monotonic()
        if now_s >= next_beat_s:
            next_beat_s += BEAT_S
            dispatcher.submit(Beat(plan.producer, LEASE_MS, clock.now()), lambda _: None)
        due = int((now_s - begun_s) * plan.moves_per_s) - moved
        for _ in range(due):
            market_id = plan.markets[rng.randrange(len(plan.markets))]
            ask = PriceMarket(market_id, new_prices(rng), clock.now(), producer=plan.producer, actor=plan.producer)
            dispatcher.submit(ask, noting(time.monotonic(), latencies_s, refused))
        moved += due
    dispatcher.stop()
    store.close()
    seconds = time.monotonic() - begun_s
    latency_ms = round(1000 * percentile(latencies_s, 0.99), 1) if latencies_s else None
    told = {"moves_per_s": len(latencies_s) / seconds, "refused": len(refused), "first_refusal": refused[:1], "p99_ms": latency_ms}
    sys.stdout.write(json.dumps(told) + "\n")


def noting(asked_s: float, latencies_s: list[float], refused: list[str]) -> Any:
    """Return what notes an answer."""

    def done(answer: Any) -> None:
        if isinstance(answer, Answer):
            latencies_s.append(time.monotonic() - asked_s)
        else:
            refused.append(repr(answer))

    return done


if __name__ == "__main__":
    main(sys.argv[1])
