"""Histories from seeds: crashes, lost acknowledgements, duplicates, reordering, a lying clock; and stores that must be caught."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import structlog

from commands.ports import Append, Appended, Verdict
from domain.fact import Recorded
from infra.eventstore.memory import MemoryEventStore
from tests.simulation.checks import Violation
from tests.simulation.world import World

STEPS = 300
HISTORIES = 200
SEEDS = [int(seed) for seed in os.environ["SLIPSTREAM_SEED"].split(",")] if "SLIPSTREAM_SEED" in os.environ else range(HISTORIES)
LIVED: dict[int, Counter[str]] = {}
"""The histories that came to their end: seed -> what trouble there was, how often."""


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    """Keep what the processes log off the screen; warnings are their right here."""
    with structlog.testing.capture_logs() as entries:
        yield entries


def lived_through(seed: int) -> Counter[str]:
    world = World(seed)
    world.run(STEPS)
    LIVED[seed] = world.happened
    return world.happened


@pytest.mark.parametrize("seed", SEEDS)
def test_every_promise_holds_after_every_step_of_a_history(seed: int, logged: list[Any]):
    print(f"replay with SLIPSTREAM_SEED={seed} pytest tests/simulation")  # noqa: T201  (shown where it failed)
    lived_through(seed)
    assert [entry for entry in logged if entry["log_level"] == "error"] == []


def test_a_seed_replays_one_history_exactly():
    def history() -> list[Recorded]:
        world = World(7)
        world.run(STEPS)
        return list(world.log.read(0, 1_000_000))

    assert history() == history()


HAPPENS = ["BetPlaced", "BetSettled", "BetLegResulted", "ReturnsPaid", "StakeLost", "FundsWithdrawn", "MarketSuspended", "MarketResumed"]
IS_REFUSED = ["InsufficientFunds", "MarketSuspendedNow", "PricesMoved", "StoreUnavailable"]


def test_histories_are_worth_looking_at():
    """Bets are struck and settled, refused, tried again; a simulation in which nothing happens proves nothing."""
    worlds = [World(seed) for seed in range(10)]
    for world in worlds:
        world.run(STEPS)
    happened = Counter(type(recorded.body).__name__ for world in worlds for recorded in world.log.read(0, 1_000_000))
    refused = sum((world.refused for world in worlds), Counter())
    assert min(happened[name] for name in HAPPENS) > 5, happened
    assert min(refused[name] for name in IS_REFUSED) > 0, refused


TROUBLE = {
    "crash at once": 100,
    "crash before": 100,
    "crash after": 40,
    "restarted while busy": 80,
    "away": 100,
    "acknowledgement lost": 30,
    "in doubt, and found in the log": 50,
    "append refused": 2_000,
    "doubled on its way": 4_000,
    "delivered again": 20_000,
    "asked again after it was done": 1_000,
    "answered again": 4_000,
    "overtook an older message": 2_500,
    "decided by a wrong clock": 10_000,
}
"""What must have come about how often in all histories together: a third of what does, so that a change of the product is no matter."""
TROUBLED_MIN = 30
"""In how many of the histories each of these must have come about."""


def test_the_weather_is_foul():
    """Processes crash, acknowledgements are lost, appends collide, messages come twice and out of order, clocks lie; all of it often."""
    troubles = [LIVED.get(seed) or lived_through(seed) for seed in range(HISTORIES)]
    happened = sum(troubles, Counter())
    assert {what: happened[what] for what, least in TROUBLE.items() if happened[what] < least} == {}
    troubled = Counter(what for trouble in troubles for what in trouble)
    assert {what: troubled[what] for what in TROUBLE if troubled[what] < TROUBLED_MIN} == {}


class IgnoresReads(MemoryEventStore):
    """Commits bets on markets that moved meanwhile."""

    def append_many(self, appends: Sequence[Append]) -> Appended:
        return super().append_many([Append(append.facts, (), append.not_before_us, append.not_after_us) for append in appends])


class WritesTwice(MemoryEventStore):
    """Tries a batch again whose first try had succeeded, under the next versions."""

    def append_many(self, appends: Sequence[Append]) -> Appended:
        appended = super().append_many(appends)
        for append, verdict in zip(appends, appended.verdicts, strict=True):
            if verdict.accepted and append.facts:
                for fact in append.facts:
                    again = Recorded(
                        len(self._log) + 1, fact.stream_id, self._version(fact.stream_id) + 1, fact.body, appended.committed_us
                    )
                    self._log.append(again)
                    self._streams[fact.stream_id].append(again)
        return appended


class ForgetsTheLast(MemoryEventStore):
    """Acknowledges a batch before it is durable, and sometimes loses its end."""

    def append_many(self, appends: Sequence[Append]) -> Appended:
        if len(appends) > 1 and appends[-1].facts and self.head() % 3 == 0:
            lost = Verdict(accepted=True, position=self.head() + 1)
            return Appended([*super().append_many(appends[:-1]).verdicts, lost])
        return super().append_many(appends)


class BelievesPhantoms(MemoryEventStore):
    """Checks versions and nothing else: what was decided on a refused append passes where another filled the same version."""

    def append_many(self, appends: Sequence[Append]) -> Appended:
        return Appended([super(BelievesPhantoms, self).append_many([append]).verdicts[0] for append in appends])


class RefusesNothing(MemoryEventStore):
    """Last writer wins: takes whatever version comes next for the one that was meant."""

    def _follows(self, *_: object) -> bool:
        return True


@pytest.mark.parametrize("broken", [IgnoresReads, WritesTwice, ForgetsTheLast, BelievesPhantoms, RefusesNothing])
def test_a_broken_store_is_caught(broken: type[MemoryEventStore]):
    def breaks(seed: int) -> bool:
        try:
            World(seed, broken).run(STEPS)
        except (Violation, AssertionError):
            return True
        return False

    assert any(breaks(seed) for seed in range(30))
