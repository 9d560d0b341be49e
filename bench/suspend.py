"""How long a suspension takes to be committed: on an idle process, with the lane of bets full, and with a settler beside.

The bets fill the lane faster than they are taken. At a goal a feed suspends every market of the match at once: the answers of all of them
are waited for. Then a settler in another process works through the open bets of a market that came out, and one market is suspended.
"""

import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from bench.harness import Figure, at_most, percentile
from bench.live import bet, role
from bench.settle import place_all
from bench.world import World
from commands.dispatch.batch import Overloaded
from commands.dispatch.dispatcher import Dispatcher
from commands.registry import USE_CASES
from domain.ids import derived
from domain.market.commands import OpenMarket, ResultMarket, ResumeMarket, SuspendMarket
from domain.market.facts import Selection
from domain.odds import Odds

Prices = Callable[[], dict[str, Odds]]

QUEUE_MAX = 20_000
TRIES = 120
PAUSE_S = 0.05
OPEN_BETS = 200_000
MARKETS_OF_MATCH = 20
BOTH = (Selection("over", "Over"), Selection("under", "Under"))
PRICES = {"over": Odds(1900, 1000), "under": Odds(1900, 1000)}
MEDIAN_MS_MAX, P99_MS_MAX = 20.0, 100.0


def measure(dsn: str, redis_url: str, *, tries: int = TRIES, open_bets: int = OPEN_BETS) -> list[Figure]:
    """Suspend and resume one market again and again, first alone, then under load."""
    world = World(dsn)
    world.open_accounts()
    place_all(world, open_bets)
    dispatcher = Dispatcher(world.store, USE_CASES, queue_commands_max=QUEUE_MAX).start()
    match = open_match(world, dispatcher)
    idle_ms = suspensions(world, dispatcher, tries // 3, world.markets[1:2], world.new_prices)
    with ExitStack() as beside:
        beside.enter_context(filled(world, dispatcher))
        time.sleep(3.0)
        goal_ms = suspensions(world, dispatcher, tries, match, lambda: PRICES)
        world.end_matches(dispatcher, world.markets[:1])
        dispatcher.call(ResultMarket(world.markets[0], world.clock.now()))
        beside.enter_context(role(dsn, redis_url, "settle"))
        time.sleep(3.0)
        full_ms = suspensions(world, dispatcher, tries, world.markets[1:2], world.new_prices)
    dispatcher.stop()
    world.store.close()
    idle, goal = statistics.median(idle_ms), statistics.median(goal_ms)
    median, p99 = statistics.median(full_ms), percentile(full_ms, 0.99)
    of_goal = {"markets": len(match), "p99_ms": round(percentile(goal_ms, 0.99), 1)}
    return [
        at_most("suspend.goal", goal, "ms", MEDIAN_MS_MAX, "the target, median of every market of a match under load", **of_goal),
        at_most("suspend", median, "ms", MEDIAN_MS_MAX, "the target, median under load", idle_ms=round(idle, 2)),
        at_most("suspend.p99", p99, "ms", P99_MS_MAX, "the target, p99 under load", most_ms=round(max(full_ms), 1)),
    ]


def open_match(world: World, dispatcher: Dispatcher) -> Sequence[str]:
    """Open the markets of a match on its total of goals, at one line after the other; return them."""
    now, fixture_id = world.clock.now(), derived("fixture", "bench of a goal")
    world.schedule(dispatcher, fixture_id, "Home")
    lines = [f"{goals}.5" for goals in range(MARKETS_OF_MATCH)]
    markets = [derived("market", f"bench of a goal {line}") for line in lines]
    dispatcher.call_many(
        [
            OpenMarket(market_id, fixture_id, "total_goals", {"total": line}, BOTH, PRICES, 3000, now)
            for market_id, line in zip(markets, lines, strict=True)
        ]
    )
    return markets


def suspensions(world: World, dispatcher: Dispatcher, tries: int, markets: Sequence[str], prices: Prices) -> list[float]:
    """Return how many milliseconds each time it took from asking to suspend all of these markets to the last answer after its commit."""
    taken_ms = []
    for _ in range(tries):
        began_s = time.perf_counter()
        dispatcher.call_many([SuspendMarket(market_id, "goal", world.clock.now()) for market_id in markets])
        taken_ms.append(1000 * (time.perf_counter() - began_s))
        dispatcher.call_many([ResumeMarket(market_id, prices(), world.clock.now()) for market_id in markets])
        time.sleep(PAUSE_S)
    return taken_ms


@contextmanager
def filled(world: World, dispatcher: Dispatcher) -> Iterator[None]:
    """Keep the lane of bets full by a thread of its own."""
    stop = threading.Event()
    filling = threading.Thread(target=fill, args=(world, dispatcher, stop))
    filling.start()
    try:
        yield
    finally:
        stop.set()
        filling.join()


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
