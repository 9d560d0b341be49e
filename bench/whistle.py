"""A final whistle: 50,000 shared bets on one market are settled at once, with views and settlement as processes of their own.

How long until the first of the slips shows its result, and until all do, counted from the result's commit; and what becomes of the bets
that are placed meanwhile: their rate at full load beside that of a quiet moment, and in another whistle their p99 at an even load.
"""

import asyncio
import threading
import time
from contextlib import ExitStack
from functools import partial
from typing import Any, NamedTuple

import msgspec
import psycopg

from bench.callers import answered
from bench.harness import Figure, at_least, at_most, percentile
from bench.live import role, wait_for_views
from bench.replay import AuditedWorld
from bench.settle import DRAINED, bet_on, place, until
from bench.world import World
from commands.betting.place_bet import PlaceBet
from commands.dispatch.batch import Answer
from commands.dispatch.dispatcher import Dispatcher
from commands.social.share_slip import ShareBet
from domain.ids import slip_of
from domain.market.commands import ResultMarket
from infra.readmodels.valkey_reads import ValkeyReads
from projections.ports import Fields
from projections.social import slips

BETS = 50_000
SAMPLE = 64
"""How many slips are looked at, the first that were shared among them."""
LOOK_EVERY_S = 0.01
WAIT_S_MAX = 180.0
FIRST_MS_MAX, ALL_MS_MAX, BETS_P99_MS_MAX = 500.0, 6_000.0, 100.0
QUIET_BETS = 10_000
WINDOW = 2_048
EVEN_BETS_PER_S = 1_000


class Whistle(NamedTuple):
    """What became of a whistle: when the first of the slips looked at showed its result, and when the last of all did."""

    first_ms: float
    all_ms: float


def measure(dsn: str, redis_url: str, *, bets: int = BETS) -> list[Figure]:
    """Blow two whistles, one beside bets at full load, one beside bets at an even load."""
    world = AuditedWorld(dsn)
    world.open_accounts()
    dispatcher = world.dispatcher()
    world.open_markets(dispatcher)
    shared = [share_all(world, dispatcher, market, bets) for market in (0, 1)]
    with ExitStack() as beside:
        beside.enter_context(role(dsn, redis_url, "settle"))
        beside.enter_context(role(dsn, redis_url, "project"))
        wait_for_views(dsn, redis_url, WAIT_S_MAX)
        quiet_per_s = placed_per_s(world, dispatcher, QUIET_BETS)
        wait_for_views(dsn, redis_url, WAIT_S_MAX)
        full = FullLoad(world, dispatcher)
        whistle = blown(dsn, redis_url, world, dispatcher, 0, shared[0], full)
        wait_for_views(dsn, redis_url, WAIT_S_MAX)
        even = EvenLoad(world, dispatcher)
        calmer = blown(dsn, redis_url, world, dispatcher, 1, shared[1], even)
    dispatcher.stop()
    world.store.close()
    told = {"bets_per_s": EVEN_BETS_PER_S, "bets": len(even.taken_ms), "refused": even.refused}
    extra = {"bets": bets, "beside_even_load_ms": round(calmer.all_ms), "first_beside_even_load_ms": round(calmer.first_ms)}
    return [
        at_most("whistle.first", whistle.first_ms, "ms", FIRST_MS_MAX, "the target", **extra),
        at_most("whistle.all", whistle.all_ms, "ms", ALL_MS_MAX, "the target", bets_settled_per_s=round(1000 * bets / whistle.all_ms)),
        at_least("whistle.bets", full.per_s, "bets/s", quiet_per_s, "the same bets at a quiet moment", 0.6),
        at_most("whistle.bets_p99", percentile(even.taken_ms, 0.99), "ms", BETS_P99_MS_MAX, "the target", **told),
    ]


def share_all(world: World, dispatcher: Dispatcher, market: int, bets: int) -> list[PlaceBet]:
    """Place so many bets on a market, share each as a verified slip, and let the market's match end; return the bets."""
    asked = [bet_on(world, number, market) for number in range(bets)]
    place(dispatcher, asked)
    now = world.clock.now()
    place(dispatcher, [ShareBet(ask.bet_id, ask.account_id, "public", "hidden", 0, "", (), (), now) for ask in asked])
    world.end_matches(dispatcher, world.markets[market : market + 1])
    return asked


def placed_per_s(world: World, dispatcher: Dispatcher, bets: int) -> float:
    """Return bets a second on the other markets, at what stands, as fast as they are taken."""
    wire = [msgspec.json.encode(elsewhere(world)) for _ in range(bets)]
    taken_s, refused = answered(dispatcher, wire)
    assert not refused, f"{len(refused)} bets were not struck: {refused[0]!r}"
    return bets / taken_s


def elsewhere(world: World) -> PlaceBet:
    """Return a bet on any market but the two that are over."""
    return bet_on(world, world.random.randrange(3), world.random.randrange(2, len(world.markets)))


class FullLoad:
    """Bets as fast as they are taken, until the end."""

    def __init__(self, world: World, dispatcher: Dispatcher) -> None:
        self._world, self._dispatcher = world, dispatcher
        self.per_s = 0.0

    def run(self, stop: threading.Event) -> None:
        """Place bets."""
        bets, taken_s = 0, 0.0
        while not stop.is_set():
            wire = [msgspec.json.encode(elsewhere(self._world)) for _ in range(WINDOW)]
            some_s, refused = answered(self._dispatcher, wire)
            bets, taken_s = bets + len(wire) - len(refused), taken_s + some_s
        self.per_s = bets / taken_s


class EvenLoad:
    """Bets at an even rate, each timed from when it was due to its answer."""

    def __init__(self, world: World, dispatcher: Dispatcher) -> None:
        self._world, self._dispatcher = world, dispatcher
        self.taken_ms: list[float] = []
        self.refused = 0

    def run(self, stop: threading.Event) -> None:
        """Place bets."""
        due_s = time.perf_counter()
        while not stop.is_set():
            due_s += 1 / EVEN_BETS_PER_S
            if (wait_s := due_s - time.perf_counter()) > 0:
                time.sleep(wait_s)
            self._dispatcher.submit(elsewhere(self._world), partial(self._told, due_s))

    def _told(self, due_s: float, answer: Any) -> None:
        if isinstance(answer, Answer):
            self.taken_ms.append(1000 * (time.perf_counter() - due_s))
        else:
            self.refused += 1


def blown(
    dsn: str, redis_url: str, world: World, dispatcher: Dispatcher, market: int, shared: list[PlaceBet], load: FullLoad | EvenLoad
) -> Whistle:
    """Result a market beside a load, and wait until every slip shows its result."""
    stop = threading.Event()
    loading = threading.Thread(target=load.run, args=(stop,))
    loading.start()
    time.sleep(1.0)
    try:
        dispatcher.call(ResultMarket(world.markets[market], world.clock.now()))
        began_s = time.perf_counter()
        looked_at = shared[: SAMPLE // 2] + world.random.sample(shared, SAMPLE // 2)
        first_s, last_s = asyncio.run(shown(redis_url, looked_at))
        with psycopg.connect(dsn, autocommit=True) as connection:
            until(connection, DRAINED)
        wait_for_views(dsn, redis_url, WAIT_S_MAX)
        all_s = max(last_s, time.perf_counter()) - began_s
    finally:
        stop.set()
        loading.join()
    return Whistle(1000 * (first_s - began_s), 1000 * all_s)


async def shown(redis_url: str, bets: list[PlaceBet]) -> tuple[float, float]:
    """Return when the first and the last of the slips of some bets showed their results."""
    asks = [Fields(slips.cards_key(each.account_id), (slip_of(each.bet_id) + slips.END,)) for each in bets]
    first_s, deadline_s = 0.0, time.perf_counter() + WAIT_S_MAX
    reads = ValkeyReads(redis_url)
    try:
        while True:
            ended = [row is not None for (row,) in await reads.many(slips.VIEW, asks)]
            now_s = time.perf_counter()
            first_s = first_s or (now_s if any(ended) else 0.0)
            if all(ended):
                return first_s, now_s
            assert now_s < deadline_s, f"{ended.count(False)} slips show no result"
            await asyncio.sleep(LOOK_EVERY_S)
    finally:
        await reads.close()
