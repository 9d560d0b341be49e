"""Ten times the bets that the machine can decide, in process: how fast those that are taken are answered, and how many there are.

The peak is what callers reach who wait for their answers. Then bets are offered at ten times that, as the API would take them: who finds
the queue too slow is refused at once, and nobody asks again.

Then over HTTP: ten times the connections that reach the API's peak. Who is refused waits for as long as `Retry-After` says. Beside them
a few bets a second are timed, those that are refused apart.
"""

import asyncio
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from api.async_command_queue import AsyncCommandQueue
from api.auth.tokens import Session
from api.bet_placing import BetPlacing
from bench import place_bet_http as http
from bench import wrk
from bench.callers import answered
from bench.harness import Figure, at_least, at_most, percentile
from bench.live import bet
from bench.world import World
from commands.dispatch.batch import Overloaded
from commands.dispatch.dispatcher import Dispatcher
from commands.registry import USE_CASES

BETS, ROUNDS, SECONDS = 20_000, 3, 5.0
TIMES = 10
TICK_S = 0.002
P99_MS_MAX = 500.0
QUEUE_MAX = 20_000
TIMED_PER_S = 200


def measure(dsn: str, redis_url: str, *, bets: int = BETS, rounds: int = ROUNDS, overload_s: float = SECONDS) -> list[Figure]:
    """Measure the peak and the overload in turn; return medians, and the p99 of all bets that were taken. Then the same over HTTP."""
    world = World(dsn)
    world.open_accounts()
    dispatcher = Dispatcher(world.store, USE_CASES, queue_commands_max=QUEUE_MAX).start()
    world.open_markets(dispatcher)
    peaks: list[float] = []
    reached: list[float] = []
    taken_ms: list[float] = []
    refused = 0
    answered(dispatcher, [bet(world) for _ in range(bets)])
    for _round in range(rounds):
        peaks.append(bets / answered(dispatcher, [bet(world) for _ in range(bets)])[0])
        offered = asyncio.run(Offering(world, dispatcher).run(TIMES * peaks[-1], overload_s))
        reached.append(len(offered.taken_ms) / offered.took_s)
        taken_ms += offered.taken_ms
        refused += offered.refused
    dispatcher.stop()
    of_http = over_http(dsn, redis_url, world, rounds, overload_s) if wrk.is_there() else []
    world.store.close()
    told = {"refused": refused, "taken": len(taken_ms)}
    return [
        at_least("overload", statistics.median(reached), "bets/s", statistics.median(peaks), "the peak of the same run", 0.9, **told),
        at_most("overload.p99", percentile(taken_ms, 0.99), "ms", P99_MS_MAX, "the target, of bets that are taken"),
        *of_http,
    ]


def over_http(dsn: str, redis_url: str, world: World, rounds: int, for_s: float) -> list[Figure]:
    """Measure the API at its peak and with ten times the connections in turn; return the median of bets a second that are taken then.

    And the p99 of some of those that are taken while all the others ask.
    """
    tokens = http.session_tokens(world)
    found: dict[int, list[float]] = {http.CONNECTIONS: [], TIMES * http.CONNECTIONS: []}
    taken_ms, refused = list[float](), 0
    env = http.api_env(dsn, redis_url) | {"SLIPSTREAM_CONNECTIONS_PER_ADDRESS_MAX": str(2 * TIMES * http.CONNECTIONS)}
    with http.serving("infra", "api", env=env) as (port, _):
        http.load(port, world, tokens, for_s)
        for connections, rates in [*found.items()] * rounds:
            made, first_key = http.requests(world, tokens, http.TEMPLATES, wrk.KEY), world.clock.new_id().replace("-", "")[:12]
            timed = http.requests(world, tokens, int(TIMED_PER_S * for_s))
            with ThreadPoolExecutor(1) as beside:
                sampling = beside.submit(http.sent, port, timed, TIMED_PER_S) if connections > http.CONNECTIONS else None
                sent = wrk.load(port, made, connections=connections, seconds=for_s, first_key=first_key, retries=True)
            assert not sent["broken"], sent
            if sampling is not None:
                taken_ms += sampling.result()["taken_ms"]
                refused += sampling.result()["statuses"].get("503", 0)
            rates.append(sent["per_s"] * (sent["answers"] - sent["refused"]) / sent["answers"])
    peak, under = (statistics.median(rates) for rates in found.values())
    extra = {"connections": TIMES * http.CONNECTIONS}
    timed_extra = {"timed": len(taken_ms), "refused": refused}
    return [
        at_least("overload.http", under, "bets/s", peak, "the peak over HTTP of the same run", 0.6, **extra),
        at_most("overload.http_p99", percentile(taken_ms, 0.99), "ms", P99_MS_MAX, "the target, of bets that are taken", **timed_extra),
    ]


class Offering:
    """Bets offered at a rate, whatever becomes of those before."""

    def __init__(self, world: World, dispatcher: Dispatcher) -> None:
        self._world = world
        self._placing = BetPlacing(AsyncCommandQueue(dispatcher))
        self._is_over: asyncio.Event | None = None
        self.taken_ms: list[float] = []
        self.refused = 0
        self.took_s = 0.0
        self._under_way = 0

    async def run(self, per_s: float, seconds: float) -> "Offering":
        """Offer bets for so long, and wait for the answers to those that were taken; return this."""
        session = [Session(account_id, "", "EUR", (), 2**40) for account_id in self._world.accounts]
        bodies, first_key = [self._body() for _ in range(1_000)], self._world.clock.new_id()[:-12].encode()
        began_s, offered = time.perf_counter(), 0
        while (passed_s := time.perf_counter() - began_s) < seconds:
            while offered < passed_s * per_s and time.perf_counter() - began_s - passed_s < TICK_S:
                self._offer(bodies[offered % len(bodies)], b"%b%012x" % (first_key, offered), session[offered % len(session)])
                offered += 1
            await asyncio.sleep(0)
        self.took_s = time.perf_counter() - began_s
        self._is_over = asyncio.Event()
        if self._under_way:
            await self._is_over.wait()
        return self

    def _offer(self, body: bytes, key: bytes, session: Session) -> None:
        began_s = time.perf_counter()

        def told(*_: Any) -> None:
            self._end_one()
            self.taken_ms.append(1_000 * (time.perf_counter() - began_s))

        def refuse(error: BaseException) -> None:
            assert isinstance(error, Overloaded), error
            self._end_one()
            self.refused += 1

        self._under_way += 1
        try:
            self._placing.place(body, key, session, self._world.clock.now(), told, refuse)
        except Overloaded as error:
            refuse(error)

    def _end_one(self) -> None:
        self._under_way -= 1
        if self._is_over is not None and not self._under_way:
            self._is_over.set()

    def _body(self) -> bytes:
        asked = bet(self._world)
        legs = [
            {"market_id": leg.market_id, "selection": leg.selection, "odds": leg.odds.text, "version": leg.version} for leg in asked.legs
        ]
        return msgspec.json.encode({"type": "single", "stake_minor": 5_00, "currency": "EUR", "legs": legs, "accept": "any"})
