"""Runs histories: one seed each, under limits so short that what is rare in the product happens all the time."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import structlog

from commands.dispatch import cached_stream, state_cache
from domain.bet.lines import BET_TYPES
from infra.eventstore.memory import MemoryEventStore
from tests.bet_types import MORE_TYPES
from tests.simulation.database import Database
from tests.simulation.judge.record import claim
from tests.simulation.world import World

STEPS = 300
SNAPSHOT_EVERY_FACTS = 3


@contextmanager
def short_limits() -> Iterator[list[Any]]:
    """Snapshots after a few facts, and types of bet with several lines; the logs of the processes are kept off the screen and returned."""
    kept = {name: BET_TYPES.get(name) for name in MORE_TYPES}
    BET_TYPES.update(MORE_TYPES)
    cached_stream.SNAPSHOT_EVERY_FACTS = state_cache.SNAPSHOT_EVERY_FACTS = SNAPSHOT_EVERY_FACTS
    try:
        with structlog.testing.capture_logs() as logged:
            yield logged
    finally:
        cached_stream.SNAPSHOT_EVERY_FACTS = state_cache.SNAPSHOT_EVERY_FACTS = 64
        for name, known in kept.items():
            if known is None:
                del BET_TYPES[name]


class Lived(NamedTuple):
    """A history that came to its end: what tells it from any other, and how much was in it."""

    digest: str
    facts: int
    checks: int
    faults: Counter[str]
    refused: Counter[str]
    kinds: Counter[str]


def live(
    seed: int,
    *,
    store: type[MemoryEventStore] = MemoryEventStore,
    database: Database | None = None,
    steps: int = STEPS,
    social: bool = False,
) -> Lived:
    """Live through the history of a seed; with a database, process managers are at work in it, and every other time the log is there too.

    A `social` one has people who follow, share, react, comment and tail, and moderators.

    Raises:
        Violation: when a promise does not hold.

    """
    with short_limits() as logged:
        world = World(seed, store, database, social=social)
        try:
            world.run(steps)
        finally:
            world.close()
    errors = [entry for entry in logged if entry["log_level"] == "error" and not _is_blank_view(entry)]
    claim(not errors, "no process reports an error", errors[:3])
    kinds = Counter(entry.kind for entry in world.judge.entries)
    return Lived(world.digest, world.judge.position, world.checks, world.faults.counts, world.refused, kinds)


def _is_blank_view(entry: Any) -> bool:
    """Whether a view is begun again that died in the middle of its first batch: it does not say yet which log it is of."""
    return bool(entry["event"] == "a view belongs to another log and is rebuilt" and entry["position"] == 0)
