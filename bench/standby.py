"""What `synchronous_commit` costs with a standby: bets a second with each of its levels, on one pair of servers on one machine.

`on` is what the product runs with: a bet is answered once it is on the disks of both. `remote_write` waits until the standby's system has
it, `local` for the disk of the primary alone, `remote_apply` until a read at the standby shows it. `off` answers before any disk has it,
and is what no role accepts; it is here as the limit.
"""

import statistics
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from bench.harness import Figure, at_least
from bench.place_bet import through_the_dispatcher, warm_up
from bench.world import World
from infra.embedded.postgres_pair import PostgresPair
from infra.eventstore.group_commit import GroupCommit
from infra.eventstore.statements import Statements

LEVELS = ("off", "local", "remote_write", "on", "remote_apply")
BETS = 20_000
ROUNDS = 3
START_S_MAX = 300.0


def measure(*, bets: int = BETS, rounds: int = ROUNDS) -> list[Figure]:
    """Measure the levels in turn, `rounds` times; return medians, and how long a failover took."""
    with tempfile.TemporaryDirectory(prefix="slipstream-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with PostgresPair(folder / "postgres") as pair:
            dsn = pair.start()
            follow(pair)
            rates = measured(dsn, bets, rounds)
            failover_s = fail_over(pair, folder)
    medians = {level: statistics.median(found) for level, found in rates.items()}
    limit = medians["off"]
    return [
        *(at_least(f"standby.{level}", medians[level], "bets/s", limit, "synchronous_commit off", 0.5) for level in LEVELS),
        Figure("standby.failover", failover_s, "s", 10.0, "the target", "<= 10 s", failover_s <= 10.0),
    ]


class AnswersEarly(GroupCommit):
    """Answers when a batch was committed, before any disk has it."""

    def __init__(self, dsn: str, statements: Statements) -> None:
        super().__init__(dsn, statements)
        self._flush = self._flush.partition(b";")[0] + b";SELECT"


def follow(pair: PostgresPair) -> None:
    """Look after a pair until the standby has every commit."""
    deadline_s = time.monotonic() + START_S_MAX
    while not pair.standby.is_synchronous:
        assert time.monotonic() < deadline_s, "the standby follows"
        pair.revive()
        time.sleep(0.05)


def fail_over(pair: PostgresPair, folder: Path) -> float:
    """Kill the primary; return the seconds until a transaction was committed by its successor."""
    servers = [each for each in psutil.Process().children() if each.name() == "postgres"]
    commands = {each: " ".join(each.cmdline()) for each in servers}
    (primary,) = [each for each, command in commands.items() if str(folder) in command and "data.second" not in command]
    began_s = time.perf_counter()
    primary.kill()
    while not pair.revive():
        time.sleep(0.01)
    with psycopg.connect(pair.start()) as connection:
        connection.execute("UPDATE stored_events_flushed SET position = position")
    return time.perf_counter() - began_s


def measured(dsn: str, bets: int, rounds: int) -> dict[str, list[float]]:
    """Return the bets a second of each level, by rounds."""
    worlds = {level: World(f"{dsn}?options={quote(f'-c synchronous_commit={level}')}", seed=seed) for seed, level in enumerate(LEVELS)}
    rates: dict[str, list[float]] = {level: [] for level in LEVELS}
    for level, world in worlds.items():
        world.open_accounts()
        dispatcher = world.dispatcher()
        world.open_markets(dispatcher)
        dispatcher.stop()
        if level == "off":
            world.store._group_commit = AnswersEarly(world.dsn, world.store._sql)  # noqa: SLF001  (no setting of the product does it)
    for _ in range(rounds):
        for level, world in worlds.items():
            dispatcher = world.dispatcher()
            warm_up(world, dispatcher)
            rates[level].append(through_the_dispatcher(world, dispatcher, bets))
            dispatcher.stop()
    for world in worlds.values():
        world.store.close()
    return rates
