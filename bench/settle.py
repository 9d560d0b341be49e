"""Bets settled a second on one market with many open bets, each settlement durable; held against bets placed a second in the same run."""

import threading
import time
from typing import Any, LiteralString

import psycopg

from bench.world import NAMES, SINCE, World, batches
from commands.dispatch import Answer, Dispatcher
from commands.place_bet import PlaceBet
from domain.bet.commands import AskedLeg
from domain.market.commands import ResultMarket
from domain.settling import LOST, WON
from infra.settler import create_tables, run_settler

BETS = 200_000
COMMANDS_AT_ONCE = 8_192
WAIT_S_MAX = 120.0
POLL_S = 0.01

PROJECTED = "SELECT position = (SELECT position FROM stored_events_head) FROM open_leg_position"
SETTLED = "SELECT NOT EXISTS (SELECT FROM open_leg) AND position = %s FROM stored_events_head"


def measure(dsn: str, *, bets: int = BETS, workers: int = 2, legs_per_chunk: int = 1_024) -> dict[str, Any]:
    """Place the bets through the one door, result their market, and return both rates in bets a second."""
    world = World(dsn)
    world.open_accounts()
    dispatcher = world.dispatcher()
    world.open_markets(dispatcher)
    commands = [bet_on(world, number) for number in range(bets)]
    started_s = time.perf_counter()
    place(dispatcher, commands)
    placed_s = time.perf_counter() - started_s
    dispatcher.stop()

    create_tables(dsn)
    stop = threading.Event()
    dispatcher = world.dispatcher()
    arguments = {"workers": workers, "legs_per_chunk": legs_per_chunk}
    settler = threading.Thread(target=run_settler, args=(dsn, dispatcher, stop), kwargs=arguments)
    settler.start()
    with psycopg.connect(dsn, autocommit=True) as connection:
        began_s = time.perf_counter()
        until(connection, PROJECTED)
        projected_s = time.perf_counter() - began_s
        head = world.head(connection)
        result = ResultMarket(world.markets[0], {"home": WON, "draw": LOST, "away": LOST}, 1, 0, SINCE)
        began_s = time.perf_counter()
        dispatcher.call(result)
        until(connection, SETTLED, head + 1 + 2 * bets)
        settled_s = time.perf_counter() - began_s
    stop.set()
    settler.join()
    dispatcher.stop()
    return {
        "bets": bets,
        "bets_settled_per_s": bets / settled_s,
        "bets_placed_per_s": bets / placed_s,
        "facts_projected_per_s": head / projected_s,
    }


def bet_on(world: World, number: int) -> PlaceBet:
    """Return a bet on the one market, at the odds shown, by the accounts in a shuffled turn."""
    account = world.random.randrange(len(world.accounts))
    name = NAMES[number % 3]
    leg = AskedLeg(world.markets[0], name, world.prices[0][name], 1)
    return PlaceBet(
        world.clock.new_id(), world.accounts[account], world.wallets[account], 5_00, "EUR", "single", (leg,), "exact", world.clock.now()
    )


def place(dispatcher: Dispatcher, commands: list[PlaceBet]) -> None:
    """Place all bets; every one must be struck."""
    for some in batches(commands, COMMANDS_AT_ONCE):
        answers = dispatcher.try_many(some, timeout_s=WAIT_S_MAX)
        assert all(isinstance(answer, Answer) for answer in answers), next(a for a in answers if not isinstance(a, Answer))


def until(connection: psycopg.Connection[Any], question: LiteralString, *parameters: int) -> None:
    """Wait until the database says yes."""
    deadline_s = time.monotonic() + WAIT_S_MAX
    while True:
        row = connection.execute(question, parameters).fetchone()
        if row is not None and row[0]:
            return
        assert time.monotonic() < deadline_s, f"not within {WAIT_S_MAX} s: {question}"
        time.sleep(POLL_S)
