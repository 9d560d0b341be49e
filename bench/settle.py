"""Bets settled a second on one market with many open bets, each settlement durable; held against bets placed a second in the same run."""

import threading
import time
from collections.abc import Sequence
from typing import Any, LiteralString

import psycopg

from bench.harness import rss_mib, seconds, stay_on_one_core
from bench.world import NAMES, World, batches
from commands.betting.place_bet import PlaceBet
from commands.dispatch.batch import Answer
from commands.dispatch.dispatcher import Dispatcher
from commands.registry import USE_CASES, process_managers
from domain.bet.commands import AskedLeg
from domain.market.commands import ResultMarket
from infra.process_managers import create_tables, run_process_managers
from infra.process_managers.worker import CASES_PER_CHUNK

BETS = 200_000
COMMANDS_AT_ONCE = 8_192
WAIT_S_MAX = 120.0
POLL_S = 0.02

PROJECTED = "SELECT position >= %s FROM process_manager_position WHERE manager = 'settlement'"
SETTLED = "SELECT position >= %s FROM stored_events_head"
DRAINED = "SELECT NOT EXISTS (SELECT FROM resulted_market)"
DONE = "SELECT NOT EXISTS (SELECT FROM resulted_market WHERE market_id = %s)"
"""Where others write too, facts say only about how far it is: the market's last bet is settled once the manager has nothing left of it."""


def measure(dsn: str, *, bets: int = BETS, legs: int = 1) -> dict[str, Any]:
    """Place the bets through the dispatcher, result the market that all of them have a leg on, and return both rates in bets a second.

    With more legs than one the bets are multiples that stay open: each is told how that leg came out, and no money moves.
    """
    stay_on_one_core()
    world = World(dsn, seed=legs)
    world.open_accounts()
    placed_s, facts_a_bet = place_all(world, bets, legs), 2 if legs == 1 else 1
    create_tables(dsn, process_managers())
    stop = threading.Event()
    dispatcher = Dispatcher(world.store, USE_CASES, commands_per_batch_max=CASES_PER_CHUNK)
    settler = threading.Thread(target=run_process_managers, args=(dsn, dispatcher, process_managers(), stop))
    world.end_matches(dispatcher.start(), world.markets[:1])
    with psycopg.connect(dsn, autocommit=True) as connection:
        head = world.head(connection)
        began_s = time.perf_counter()
        settler.start()
        until(connection, PROJECTED, head)
        projected_s = time.perf_counter() - began_s
        began_s = time.perf_counter()
        dispatcher.call(ResultMarket(world.markets[0], world.clock.now()))
        samples_mib = []
        for settled in (bets // 4, bets // 2, 3 * bets // 4, bets):
            until(connection, SETTLED, head + 1 + facts_a_bet * settled)
            samples_mib.append(rss_mib())
        until(connection, DONE, world.markets[0])
        settled_s = time.perf_counter() - began_s
    stop.set()
    settler.join()
    dispatcher.stop()
    return {
        "bets": bets,
        "bets_settled_per_s": bets / settled_s,
        "bets_placed_per_s": bets / placed_s,
        "facts_projected_per_s": head / projected_s,
        "samples_mib": samples_mib,
    }


def place_all(world: World, bets: int, legs: int = 1) -> float:
    """Place the bets on one market, with more legs on others by chance; return how many seconds it took."""
    dispatcher = world.dispatcher()
    world.open_markets(dispatcher)
    commands = [multiple_on(world, number, legs) if legs > 1 else bet_on(world, number) for number in range(bets)]
    taken_s = seconds(lambda: place(dispatcher, commands))
    dispatcher.stop()
    return taken_s


def bet_on(world: World, number: int, market: int = 0) -> PlaceBet:
    """Return a bet on one market, at the odds shown, by the accounts in a shuffled turn."""
    account = world.random.randrange(len(world.accounts))
    name = NAMES[number % 3]
    leg = AskedLeg(world.markets[market], name, world.prices[market][name], 1)
    return PlaceBet(world.clock.new_id(), world.accounts[account], 5_00, "EUR", "single", (leg,), "exact", world.clock.now())


def multiple_on(world: World, number: int, legs: int) -> PlaceBet:
    """Return a multiple with a leg on the first market, at the odds shown."""
    markets = [0, *world.random.sample(range(1, len(world.markets)), legs - 1)]
    name = NAMES[number % 3]
    asked = tuple([AskedLeg(world.markets[market], name, world.prices[market][name], 1) for market in markets])
    account = world.random.randrange(len(world.accounts))
    return PlaceBet(world.clock.new_id(), world.accounts[account], 5_00, "EUR", "multiple", asked, "exact", world.clock.now())


def place(dispatcher: Dispatcher, commands: Sequence[Any]) -> None:
    """Place all bets, or what else is asked; everything must be accepted."""
    for some in batches(commands, COMMANDS_AT_ONCE):
        answers = dispatcher.try_many(list(some), timeout_s=WAIT_S_MAX)
        assert all(isinstance(answer, Answer) for answer in answers), next(a for a in answers if not isinstance(a, Answer))


def until(connection: psycopg.Connection[Any], question: LiteralString, *parameters: int | str, wait_s: float = WAIT_S_MAX) -> None:
    """Wait until the database says yes."""
    deadline_s = time.monotonic() + wait_s
    while True:
        row = connection.execute(question, parameters).fetchone()
        if row is not None and row[0]:
            return
        assert time.monotonic() < deadline_s, f"not within {wait_s} s: {question}"
        time.sleep(POLL_S)
