"""What the rows of `push` share: a world with accounts and markets, the projector beside it, prices that move, and their commits."""

import bisect
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from bench.live import wait_for_views
from bench.place_bet_http import SECRET, api_env, role
from bench.step import NEVER_MS
from bench.world import World
from commands.dispatch.batch import Answer
from commands.dispatch.dispatcher import Dispatcher
from domain.ids import derived

MATCHES = 200
VIEWS_S = 120.0
PAUSE_S = 0.005
Committed = Sequence[tuple[int, int]]
"""Positions of changes in order, each with when it was committed, in nanoseconds of the monotonic clock."""


class PushWorld(NamedTuple):
    """A world on servers of its own, with whom to write to its log."""

    world: World
    dispatcher: Dispatcher
    dsn: str
    redis_url: str

    def channel_of(self, number: int) -> str:
        """Return the channel of the match of a market of the world."""
        return f"fixture:{derived('fixture', self.world.markets[number])}"

    def move_prices(self, seconds: float, rate_at: Callable[[float], float]) -> "PriceMoves":
        """Move the prices of the first matches in turn for a while, at a rate that may change with time; note each commit."""
        moves = PriceMoves()
        began_s = last_s = time.monotonic()
        owed = 0.0
        while (now_s := time.monotonic()) - began_s < seconds:
            owed += rate_at(now_s - began_s) * (now_s - last_s)
            last_s = now_s
            while owed >= 1:
                owed -= 1
                number = moves.asked % MATCHES
                self.dispatcher.submit(self.world.move_price(number), moves.noting(number))
                moves.asked += 1
            time.sleep(PAUSE_S)
        return moves


class PriceMoves:
    """How many moves were asked for, and those that were committed, by match."""

    def __init__(self) -> None:
        self.asked = 0
        self.committed: dict[int, list[tuple[int, int]]] = defaultdict(list)

    def noting(self, number: int) -> Callable[[Answer | BaseException], None]:
        """Return what notes when a move was committed, by its position."""

        def done(answer: Answer | BaseException) -> None:
            if isinstance(answer, Answer):
                self.committed[number].append((answer.position, time.monotonic_ns()))

        return done

    def delays_ms(self, found: dict[str, Any], sampled: Iterable[int]) -> list[tuple[int, float]]:
        """Return when each change was committed, and how long after that a sampled client was told of it or of one that came later."""
        arrived: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for number, at_ns, position in found["arrivals"]:
            arrived[number].append((position, at_ns))
        return [each for number in sampled for each in delays_of(self.committed[number % MATCHES], arrived[number])]


def delays_of(committed: Committed, told: Committed) -> list[tuple[int, float]]:
    """Return for each change when it was committed, and how long after it a client was told; `NEVER_MS` where it never was."""
    told = sorted(told)
    delays = []
    for position, at_ns in committed:
        first = bisect.bisect_left(told, (position, 0))
        delays.append((at_ns, max(0.0, (told[first][1] - at_ns) / 1e6) if first < len(told) else NEVER_MS))
    return delays


@contextmanager
def push_world(dsn: str, redis_url: str) -> Iterator[PushWorld]:
    """Make the world, with views that show it."""
    world = World(dsn, secret=SECRET)
    world.open_accounts()
    dispatcher = world.dispatcher()
    world.open_markets(dispatcher)
    with role("project", api_env(dsn, redis_url)):
        wait_for_views(dsn, redis_url, VIEWS_S)
        yield PushWorld(world, dispatcher, dsn, redis_url)
    dispatcher.stop()
    world.store.close()
