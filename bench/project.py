"""Facts a second from a real log into every view, and how far behind the views are at half the wanted load.

The log is a mix: bets with their stakes, prices that move, half of the bets settled and paid. Held against the eventsourcing library's
`ProjectionRunner` as its documentation shows it: events of its own application, one at a time, each with its tracking in one transaction.
"""

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import redis
from eventsourcing.application import Application
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.conninfo import conninfo_to_dict

from bench.chained_log import ChainedLog
from bench.harness import percentile, rss_mib
from bench.world import FUNDS_MINOR, SELECTIONS, SINCE, World
from commands.ports import NewFact
from domain.bet.facts import BetPlaced, BetSettled, Leg
from domain.fixture.facts import FixtureScheduled, KickedOff
from domain.ids import derived
from domain.market.facts import MarketOpened, MarketPriced
from domain.odds import Odds
from domain.settling import LOST, WON
from domain.wallet.facts import ReturnsPaid, StakeLost, StakeReserved
from infra.eventstore.fact_encoding import copy_heads, numbered_rows
from infra.log.tail import Tail
from infra.readmodels.key_names import AT, META
from infra.readmodels.projector import Projector
from infra.readmodels.valkey import ValkeyModels
from infra.readmodels.valkey_reads import position_of
from projections.registry import VIEWS

FACTS = 300_000
FACTS_LIBRARY = 3_000
ROUNDS = 3
HALF_LOAD_PER_S = 25_000
LOAD_S = 10
TICK_S = 0.02
STAKE_MINOR = 5_00
WAIT_S_MAX = 120.0


def measure(dsn: str, redis_url: str, *, facts: int = FACTS, rounds: int = ROUNDS, load_s: int = LOAD_S) -> dict[str, Any]:
    """Measure both, and the library; the database of `redis_url` is emptied.

    Returns facts a second (`facts_per_s`, `library_facts_per_s`), `cpu_us_per_fact` of projector and Valkey
    together, `lag_ms_p50` and `lag_ms_p99` of a commit until all views show it, at
    `load_facts_per_s`, and the projector's `samples_mib`.
    """
    world = World(dsn)
    world.open_accounts()
    story = Story(world)
    story.write(dsn, facts)
    rates, costs_us = zip(*[catch_up(dsn, redis_url) for _ in range(rounds)], strict=True)
    figures = lag(dsn, redis_url, story, load_s)
    figures |= {
        "facts_per_s": statistics.median(rates),
        "cpu_us_per_fact": statistics.median(costs_us),
        "library_facts_per_s": library(dsn),
    }
    world.store.close()
    return figures


class Story:
    """What happens in a busy book, told as facts."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._open: list[tuple[str, int]] = []
        self._versions = [0] * len(world.markets)
        self._fixtures = [derived("fixture", market_id) for market_id in world.markets]
        self._available = [FUNDS_MINOR] * len(world.accounts)
        self._told = self._tell()

    def tell(self, facts: int) -> list[NewFact]:
        """Return the next facts."""
        return [next(self._told) for _ in range(facts)]

    def write(self, dsn: str, facts: int) -> None:
        """Fill the log up to so many facts."""
        with psycopg.connect(dsn) as connection:
            log = ChainedLog(connection)
            while log.position < facts:
                news = self.tell(min(10_000, facts - log.position))
                log.copy_in(numbered_rows(copy_heads(news), log.position), [len(news)])

    def _tell(self) -> Iterator[NewFact]:
        world, chance = self._world, self._world.random.random
        for number, fixture_id in enumerate(self._fixtures):
            yield NewFact(fixture_id, 1, FixtureScheduled("football", "Bench", f"Home {number}", f"Away {number}", SINCE, False, SINCE))
            yield NewFact(fixture_id, 2, KickedOff(SINCE))
            yield self._market(number, MarketOpened(fixture_id, "match_result", {}, SELECTIONS, world.new_prices(), 3_000, SINCE))
        while True:
            if chance() < 0.1:
                yield self._market(world.random.randrange(len(world.markets)), MarketPriced(world.new_prices(), SINCE))
            yield from self._bet(world.random.randrange(len(world.accounts)))
            if len(self._open) > 10_000:
                yield from self._settled(*self._open.pop(world.random.randrange(len(self._open))))
                self._open.pop(0)

    def _market(self, number: int, fact: MarketOpened | MarketPriced) -> NewFact:
        self._versions[number] += 1
        return NewFact(self._world.markets[number], self._versions[number], fact)

    def _bet(self, account: int) -> Iterator[NewFact]:
        world, account_id = self._world, self._world.accounts[account]
        number = world.random.randrange(len(world.markets))
        leg = Leg(world.markets[number], "home", Odds(2350, 1000), self._versions[number], fixture_id=self._fixtures[number])
        bet_id = world.clock.new_id()
        yield NewFact(bet_id, 1, BetPlaced(account_id, STAKE_MINOR, "EUR", "single", (leg,), "exact", 11_75, SINCE))
        left_minor = self._moved(account, -STAKE_MINOR)
        yield self._wallet(account, StakeReserved(account_id, bet_id, STAKE_MINOR, left_minor, SINCE))
        self._open.append((bet_id, account))

    def _settled(self, bet_id: str, account: int) -> Iterator[NewFact]:
        account_id, won = self._world.accounts[account], self._world.random.random() < 0.4
        paid_minor, result = (11_75, WON) if won else (0, LOST)
        outcome = "won" if won else "lost"
        yield NewFact(bet_id, 2, BetSettled(account_id, outcome, STAKE_MINOR, paid_minor, (result,), 1, SINCE))
        left_minor = self._moved(account, paid_minor)
        if won:
            yield self._wallet(account, ReturnsPaid(account_id, bet_id, STAKE_MINOR, paid_minor, left_minor, SINCE))
        else:
            yield self._wallet(account, StakeLost(account_id, bet_id, STAKE_MINOR, left_minor, SINCE))

    def _moved(self, account: int, by_minor: int) -> int:
        self._available[account] += by_minor
        return self._available[account]

    def _wallet(self, account: int, fact: StakeReserved | ReturnsPaid | StakeLost) -> NewFact:
        self._world.wallet_versions[account] += 1
        return NewFact(self._world.wallets[account], self._world.wallet_versions[account], fact)


def catch_up(dsn: str, redis_url: str, reader: Tail | None = None) -> tuple[float, float]:
    """Build all views from nothing, by any reader of the log; return facts a second, and the microseconds a fact that both took."""
    empty(redis_url)
    tail, models = reader or Tail(dsn), ValkeyModels(redis_url)
    spent_s, started = cpu_s(redis_url), time.perf_counter()
    position = Projector(tail, models, VIEWS).catch_up()
    took_s, spent_s = time.perf_counter() - started, cpu_s(redis_url) - spent_s
    tail.close()
    models.close()
    return position / took_s, spent_s / position * 1e6


def cpu_s(redis_url: str) -> float:
    """Return the processor time that this process and the server have used."""
    with redis.Redis.from_url(redis_url) as client:
        used: Any = client.info("cpu")
    return float(time.process_time() + used["used_cpu_sys"] + used["used_cpu_user"])


def empty(redis_url: str) -> None:
    """Empty the database."""
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()


def lag(dsn: str, redis_url: str, story: Story, load_s: int) -> dict[str, Any]:
    """Commit at a steady pace while a projector process follows; return how long commits take to be in all views."""
    per_tick = int(HALF_LOAD_PER_S * TICK_S)
    command = [sys.executable, "-m", "bench.project"]
    environment = os.environ | {"SLIPSTREAM_DATABASE_URL": dsn, "SLIPSTREAM_REDIS_URL": redis_url}
    client = redis.Redis.from_url(redis_url)
    with psycopg.connect(dsn) as connection, subprocess.Popen(command, env=environment) as process:
        log = ChainedLog(connection)
        head = log.position
        blobs = [numbered_rows(copy_heads(story.tell(per_tick)), head + tick * per_tick) for tick in range(int(load_s / TICK_S))]
        reached(client, head)
        commits: list[tuple[int, float]] = []
        writer = threading.Thread(target=commit_steadily, args=(connection, log, blobs, per_tick, commits))
        writer.start()
        samples, samples_mib = follow(client, commits, len(blobs), process.pid)
        writer.join()
        process.terminate()
    client.close()
    written_s = commits[-1][1] - commits[0][1]
    return {
        "lag_ms_p50": percentile(samples, 0.5) * 1000,
        "lag_ms_p99": percentile(samples, 0.99) * 1000,
        "load_facts_per_s": (len(blobs) - 1) * per_tick / written_s,
        "samples_mib": samples_mib,
    }


def commit_steadily(
    connection: psycopg.Connection, log: ChainedLog, blobs: list[bytes], per_tick: int, commits: list[tuple[int, float]]
) -> None:
    """Commit one batch a tick and wake readers, as the write path does."""
    started = time.perf_counter()
    for tick, blob in enumerate(blobs):
        time.sleep(max(0.0, started + tick * TICK_S - time.perf_counter()))
        log.copy_in(blob, [per_tick])
        commits.append((log.position, time.perf_counter()))
        connection.execute("NOTIFY stored_events")
        connection.commit()


def follow(client: redis.Redis, commits: list[tuple[int, float]], wanted: int, pid: int) -> tuple[list[float], list[float]]:
    """Return each commit's lag in seconds, to within 5 ms, and the projector's memory in MiB, every 25 commits."""
    samples: list[float] = []
    samples_mib: list[float] = []
    deadline_s = time.perf_counter() + WAIT_S_MAX
    while len(samples) < wanted:
        assert time.perf_counter() < deadline_s, "the views never came along"
        position, now_s = position_of_all(client), time.perf_counter()
        while len(samples) < len(commits) and commits[len(samples)][0] <= position:
            samples.append(max(0.0, now_s - commits[len(samples)][1]))
            if len(samples) % 25 == 0:
                samples_mib.append(rss_mib(pid))
        time.sleep(0.005)
    return samples, samples_mib


def reached(client: redis.Redis, position: int) -> None:
    """Wait until all views are there."""
    deadline_s = time.perf_counter() + WAIT_S_MAX
    while position_of_all(client) < position:
        assert time.perf_counter() < deadline_s, "the views never came along"
        time.sleep(0.05)


def position_of_all(client: Any) -> int:
    """Return what every partition of every view has reached; one round trip of short answers, so that asking costs the projector little."""
    builds = [f"{AT}{view.name}.{view.version}" for view in VIEWS]
    with client.pipeline(transaction=False) as pipe:
        for meta in META:
            pipe.execute_command("HMGET", meta, *builds)
        found: Any = pipe.execute()
    return min(position_of(each) for partition in found for each in partition)


class LibraryBet(Aggregate):
    """A bet as the library would keep it."""

    @event("Placed")
    def __init__(self, account_id: str, stake_minor: int) -> None:
        self.account_id = account_id
        self.stake_minor = stake_minor


class LibraryBook(Application[UUID]):
    """The library's application."""

    name = "bench_library_project"


class LibraryRows(PostgresTrackingRecorder):
    """A table of open bets, written in the transaction of its tracking."""

    def insert(self, bet_id: UUID, stake_minor: int, tracking: Tracking) -> None:
        """Insert one row."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute("INSERT INTO bench_library_rows VALUES (%s, %s) ON CONFLICT DO NOTHING", (bet_id, stake_minor))


class LibraryView(Projection[LibraryRows]):
    """The library's projection of that table."""

    name = "bench_library_view"

    @singledispatchmethod
    def process_event(self, _domain_event: Any, _tracking: Tracking) -> None:
        """Take in an event."""

    @process_event.register
    def _placed(self, domain_event: LibraryBet.Placed, tracking: Tracking) -> None:  # type: ignore[name-defined]
        self.view.insert(domain_event.originator_id, domain_event.stake_minor, tracking)


def library(dsn: str) -> float:
    """Return events a second through the library's runner."""
    named = conninfo_to_dict(dsn)
    environment = {"PERSISTENCE_MODULE": "eventsourcing.postgres", "POSTGRES_PORT": str(named.get("port", "5432"))}
    environment |= {f"POSTGRES_{key.upper()}": str(named.get(key, "")) for key in ("dbname", "host", "user", "password")}
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS bench_library_rows (bet_id uuid PRIMARY KEY, stake_minor bigint)")
    application, last = LibraryBook(environment), 0
    for start in range(0, FACTS_LIBRARY, 500):
        last = application.save(*[LibraryBet(f"account {number}", STAKE_MINOR) for number in range(start, start + 500)])[-1].notification.id
    application.close()
    started = time.perf_counter()
    with ProjectionRunner(application_class=LibraryBook, projection_class=LibraryView, view_class=LibraryRows, env=environment) as runner:
        runner.wait(last, timeout=WAIT_S_MAX)
    return FACTS_LIBRARY / (time.perf_counter() - started)


def follow_forever() -> None:
    """Be the projector process that the lag is measured of."""
    tail, models = Tail(os.environ["SLIPSTREAM_DATABASE_URL"]), ValkeyModels(os.environ["SLIPSTREAM_REDIS_URL"])
    Projector(tail, models, VIEWS).run(threading.Event())


if __name__ == "__main__":
    follow_forever()
