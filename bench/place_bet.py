"""Durable bets a second in process, held against a lean loop, the library's default application, and a psycopg transaction a bet.

The dispatcher and the lean loop get commands as JSON, on 20,000 wallets and 500 markets, in a table that is warm; the dispatcher's
prices move. The *lean loop* is what cannot be saved: decode, look up price, gates and balance, encode two facts, COPY, commit. The
*library's application* is the eventsourcing library as its documentation shows it: two aggregates, one save, on 200 wallets.
"""

import gc
import statistics
import time
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

import msgspec
import psycopg
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from psycopg.conninfo import conninfo_to_dict

from bench.callers import BATCH, answered
from bench.chained_log import ChainedLog
from bench.harness import Figure, at_least, memory, rss_mib, stay_on_one_core
from bench.plain_transaction import PlainTransactions
from bench.world import FUNDS_MINOR, MARKETS, ROWS_WARM, WALLETS, World
from commands.betting.place_bet import PlaceBet
from commands.ports import NewFact
from domain.bet.facts import BetPlaced, Leg
from domain.ids import SLIPSTREAM, derived
from domain.market.commands import PriceMarket
from domain.settling import RULES_CURRENT
from domain.wallet.facts import StakeReserved
from infra.eventstore.fact_encoding import copy_heads, numbered_rows

BETS = 40_000
BETS_LIBRARY = 1_500
BETS_PLAIN = 4_000
ROUNDS = 5
WARM_UP_S_MAX = 180.0
"""The wallets of the warm table have a hundred facts each and no snapshots yet; whoever loads them first makes those."""

OPEN = 1
"""The version that a gate stands at while nobody moved it, in the lean loop."""

_decode = msgspec.json.Decoder(PlaceBet).decode


def measure(dsn: str, *, rounds: int = ROUNDS, bets: int = BETS, rows_warm: int = ROWS_WARM) -> list[Figure]:
    """Measure the dispatcher, the lean loop and the library in turn, `rounds` times; return medians."""
    stay_on_one_core()
    world = World(dsn)
    world.open_accounts()
    world.warm(rows_warm)
    lean, library, plain = Lean(world), Library(dsn), PlainTransactions(dsn)
    rates: dict[str, list[float]] = {"dispatcher": [], "lean": [], "library": [], "plain": []}
    samples_mib = []
    dispatcher = world.dispatcher()
    world.open_markets(dispatcher)
    warm_up(world, dispatcher)
    through_the_dispatcher(world, dispatcher, bets)
    gc.freeze()
    for _ in range(rounds):
        warm_up(world, dispatcher)
        rates["dispatcher"].append(through_the_dispatcher(world, dispatcher, bets))
        samples_mib.append(rss_mib())
        rates["lean"].append(lean.run(bets))
        rates["library"].append(library.run(BETS_LIBRARY))
        rates["plain"].append(plain.run(BETS_PLAIN))
    dispatcher.stop()
    world.store.close()
    library.close()
    rate, limit, peer, usual = (statistics.median(rates[name]) for name in ("dispatcher", "lean", "library", "plain"))
    return [
        at_least("place_bet", rate, "bets/s", limit, "lean loop", 0.75),
        at_least("place_bet.library", rate, "bets/s", peer, "the library's default application", 20),
        at_least("place_bet.plain", rate, "bets/s", usual, "a psycopg transaction a bet", 4),
        *memory("place_bet", samples_mib),
    ]


def warm_up(world: World, dispatcher: Any) -> None:
    """Let every wallet bet once and every market move.

    What the others wrote made the dispatcher forget what it knew; a process that serves has its wallets and markets in memory. On a slow
    machine bets that wait for 20,000 wallets to be loaded would also outlast the grace of prices that move meanwhile.
    """
    dispatcher.call_many([world.move_price(market) for market in range(MARKETS)])
    dispatcher.call_many([world.bet(account) for account in range(WALLETS)], timeout_s=WARM_UP_S_MAX)


def through_the_dispatcher(world: World, dispatcher: Any, bets: int) -> float:
    """Place bets as fast as the dispatcher takes them, from callers who wait for their answers; return bets a second.

    Every bet must be accepted.
    """
    wire = [
        command if isinstance(command, PriceMarket) else msgspec.json.encode(command) for command in world.bets_with_moving_prices(bets)
    ]
    taken_s, refused = answered(dispatcher, wire)
    assert not refused, f"{len(refused)} bets were not accepted: {refused[0]!r}"
    return bets / taken_s


class Lean:
    """The loop that does nothing but what must be done."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.prices: dict[str, Any] = {}
        self.wallets = {account_id: (derived("lean", account_id), FUNDS_MINOR, 0) for account_id in world.accounts}
        self.account_gates = dict.fromkeys(world.accounts, OPEN)
        self.gates_of = {market_id: (derived("lean fixture", market_id), "competition", "sport") for market_id in world.markets}
        self.gates = dict.fromkeys((gate_id for gates in self.gates_of.values() for gate_id in gates), OPEN)
        self.connection = psycopg.connect(world.dsn)

    def run(self, bets: int) -> float:
        """Place bets; return bets a second."""
        world = self.world
        asks = [world.bet() for _ in range(bets)]
        wire = [msgspec.json.encode(ask) for ask in asks]
        self.prices = {market_id: (v, p) for market_id, v, p in zip(world.markets, world.versions, world.prices, strict=True)}
        log = ChainedLog(self.connection)
        gc.collect()
        started = time.perf_counter()
        for start in range(0, bets, BATCH):
            facts: list[NewFact] = []
            for raw in wire[start : start + BATCH]:
                self.decide(_decode(raw), facts)
            log.copy_in(numbered_rows(copy_heads(facts), log.position), [2] * (len(facts) // 2))
        return bets / (time.perf_counter() - started)

    def decide(self, ask: PlaceBet, facts: list[NewFact]) -> None:
        """Check the account's gate, version, odds, the market's gates and funds; make the two facts."""
        leg = ask.legs[0]
        version, prices = self.prices[leg.market_id]
        wallet_id, available_minor, wallet_version = self.wallets[ask.account_id]
        if self.account_gates[ask.account_id] != OPEN or leg.version != version or prices[leg.selection] != leg.odds:
            raise AssertionError("the lean loop refuses nothing")
        for gate_id in self.gates_of[leg.market_id]:
            if self.gates[gate_id] != OPEN:
                raise AssertionError("the lean loop refuses nothing")
        if available_minor < ask.stake_minor:
            raise AssertionError("the lean loop refuses nothing")
        left_minor = available_minor - ask.stake_minor
        self.wallets[ask.account_id] = (wallet_id, left_minor, wallet_version + 1)
        struck = (Leg(leg.market_id, leg.selection, leg.odds, version),)
        returns_minor = (2 * ask.stake_minor * leg.odds.numerator + leg.odds.denominator) // (2 * leg.odds.denominator)
        reserved = StakeReserved(ask.account_id, ask.bet_id, ask.stake_minor, left_minor, ask.at)
        placed = BetPlaced(
            ask.account_id, ask.stake_minor, ask.currency, ask.type, struck, ask.accept, returns_minor, ask.at, rules=RULES_CURRENT
        )
        facts.append(NewFact(wallet_id, wallet_version + 1, reserved))
        facts.append(NewFact(ask.bet_id, 1, placed))


class LibraryWallet(Aggregate):
    """A wallet as the library's documentation would write it."""

    @event("Opened")
    def __init__(self, funds_minor: int) -> None:
        self.available_minor = funds_minor

    @event("StakeReserved")
    def reserve(self, bet_id: UUID, stake_minor: int) -> None:  # noqa: ARG002  (the library records it from the signature)
        """Set a stake aside."""
        assert self.available_minor >= stake_minor
        self.available_minor -= stake_minor


class LibraryBet(Aggregate):
    """A bet as the library's documentation would write it."""

    @event("Placed")
    def __init__(self, account_id: UUID, market_id: UUID, selection: str, odds: Decimal, version: int, stake_minor: int) -> None:
        self.account_id, self.market_id, self.selection = account_id, market_id, selection
        self.odds, self.version, self.stake_minor = odds, version, stake_minor


class Library:
    """The library's default application on Postgres, one save a bet, in a schema of its own."""

    def __init__(self, dsn: str) -> None:
        named = conninfo_to_dict(dsn)
        self.application: Application[UUID] = Application(
            env={
                "PERSISTENCE_MODULE": "eventsourcing.postgres",
                "AGGREGATE_CACHE_MAXSIZE": "50000",
                "POSTGRES_DBNAME": str(named["dbname"]),
                "POSTGRES_HOST": str(named["host"]),
                "POSTGRES_PORT": str(named["port"]),
                "POSTGRES_USER": str(named["user"]),
                "POSTGRES_PASSWORD": str(named.get("password") or "trusted"),
                "APPLICATION_NAME": "library",
                "LIBRARY_POSTGRES_DBNAME": str(named["dbname"]),
            }
        )
        self.wallets = [LibraryWallet(funds_minor=FUNDS_MINOR) for _ in range(200)]
        self.application.save(*self.wallets)

    def run(self, bets: int) -> float:
        """Place bets; return bets a second."""
        market_id = uuid5(SLIPSTREAM, "library")
        started = time.perf_counter()
        for number in range(bets):
            wallet: LibraryWallet = self.application.repository.get(self.wallets[number % 200].id)
            bet = LibraryBet(wallet.id, market_id, "home", Decimal("2.35"), 1, 5_00)
            wallet.reserve(bet.id, 5_00)
            self.application.save(wallet, bet)
        return bets / (time.perf_counter() - started)

    def close(self) -> None:
        """Close its connections."""
        self.application.close()
