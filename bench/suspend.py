"""How long a suspension takes to be committed: on an idle process, and with the lane of bets full and a settler beside.

The bets fill the lane faster than they are taken; a settler in another process works through the open bets of a market that came out.
"""

import statistics
import threading
import time
from contextlib import ExitStack

from bench.harness import Figure, at_most, percentile
from bench.live import bet, role
from bench.settle import place_all
from bench.world import World
from commands.dispatch.batch import Overloaded
from commands.dispatch.dispatcher import Dispatcher
from commands.registry import USE_CASES
from domain.market.commands import ResultMarket, ResumeMarket, SuspendMarket

QUEUE_MAX = 20_000
TRIES = 120
PAUSE_S = 0.05
OPEN_BETS = 200_000
MEDIAN_MS_MAX, P99_MS_MAX = 20.0, 100.0


def measure(dsn: str, redis_url: str, *, tries: int = TRIES, open_bets: int = OPEN_BETS) -> list[Figure]:
    """Suspend and resume one market again and again, first alone, then under load."""
    world = World(dsn)
    world.open_accounts()
    place_all(world, open_bets)
    dispatcher = Dispatcher(world.store, USE_CASES, queue_commands_max=QUEUE_MAX).start()
    idle_ms = suspensions(world, dispatcher, tries // 3)
    stop = threading.Event()
    filling = threading.Thread(target=fill, args=(world, dispatcher, stop))
    with ExitStack() as beside:
        world.end_matches(dispatcher, world.markets[:1])
        dispatcher.call(ResultMarket(world.markets[0], world.clock.now()))
        beside.enter_context(role(dsn, redis_url, "settle"))
        filling.start()
        time.sleep(3.0)
        full_ms = suspensions(world, dispatcher, tries)
        stop.set()
        filling.join()
    dispatcher.stop()
    world.store.close()
    idle, median, p99 = statistics.median(idle_ms), statistics.median(full_ms), percentile(full_ms, 0.99)
    return [
        at_most("suspend", median, "ms", MEDIAN_MS_MAX, "the target, median under load", idle_ms=round(idle, 2)),
        at_most("suspend.p99", p99, "ms", P99_MS_MAX, "the target, p99 under load", most_ms=round(max(full_ms), 1)),
    ]


def suspensions(world: World, dispatcher: Dispatcher, tries: int) -> list[float]:
    """Return how many milliseconds each suspension took from being asked for to being answered after its commit."""
    taken_ms = []
    market_id = world.markets[1]
    for _ in range(tries):
        began_s = time.perf_counter()
        dispatcher.call(SuspendMarket(market_id, "goal", world.clock.now()))
        taken_ms.append(1000 * (time.perf_counter() - began_s))
        dispatcher.call(ResumeMarket(market_id, world.new_prices(), world.clock.now()))
        time.sleep(PAUSE_S)
    return taken_ms


def fill(world: World, dispatcher: Dispatcher, stop: threading.Event) -> None:
    """Keep the lane of bets full until told to stop; a bet that finds no room is asked for again."""
    ask = bet(world)
    while not stop.is_set():
        try:
            dispatcher.submit(ask, lambda _: None)
        except Overloaded:
            time.sleep(0.005)
        else:
            ask = bet(world)
