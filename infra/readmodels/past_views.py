"""Views in memory, made of some facts of the log as they stand at an earlier moment; see `projections.notifications.past`."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from commands.log_reader import LogFilter, LogStretch
from commands.ports import StoreUnavailable
from domain.fact import Recorded
from infra.eventstore.fact_encoding import DAMAGE
from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.projector import Projector
from infra.readmodels.tracked_partitions import CannotProject
from projections.notifications.past import PastUnreadable
from projections.ports import ReadModels, View


class LoadsStreams(Protocol):
    """An event store, as far as it is read by stream."""

    def load(self, streams: Mapping[str, int]) -> Mapping[str, Sequence[Recorded]]:
        """Return the facts of each stream after the version given, in order; raises StoreUnavailable."""
        ...


class PastViews:
    """A `PastFacts` over an event store, which is asked from a thread."""

    def __init__(self, store: LoadsStreams) -> None:
        self._store = store

    async def facts(self, streams: Collection[str]) -> Sequence[Recorded]:
        """Return all facts of some streams, in the order of the log."""
        try:
            found = await asyncio.to_thread(self._store.load, dict.fromkeys(streams, 0))
        except StoreUnavailable as error:
            raise PastUnreadable("the log cannot be read now") from error
        except DAMAGE as error:
            raise PastUnreadable("a fact that it rests on is damaged") from error
        return sorted((fact for each in found.values() for fact in each), key=lambda fact: fact.position)

    async def views(self, facts: Sequence[Recorded], views: Sequence[View]) -> ReadModels:
        """Return views that were made of these facts alone."""
        try:
            return await asyncio.to_thread(made_of, facts, views)
        except CannotProject as error:
            raise PastUnreadable("a fact that it rests on is of a newer version than this program") from error


def made_of(facts: Sequence[Recorded], views: Sequence[View]) -> MemoryReads:
    """Return views in memory that were made of these facts; raises `CannotProject`."""
    models = MemoryModels()
    Projector(_GivenFacts(facts), models, views, has_gaps=True).catch_up()
    return MemoryReads(models)


class _GivenFacts:
    """A `LogReader` over facts that were read before, with gaps where the others stand."""

    def __init__(self, facts: Sequence[Recorded]) -> None:
        self._facts = facts

    def identity(self) -> str:
        return "00000000-0000-0000-0000-000000000000"

    def read(self, after: int, limit: int) -> Sequence[Recorded]:
        return [fact for fact in self._facts if fact.position > after][:limit]

    def read_filtered(self, wanted: LogFilter, after: int, limit: int) -> LogStretch:
        found = self.read(after, limit)
        return LogStretch([fact for fact in found if wanted.wants(fact)], found[-1].position if found else after)

    def wait(self, timeout_ms: int) -> None:
        del timeout_ms

    def head(self) -> int:
        return self._facts[-1].position if self._facts else 0

    def mark_at(self, position: int) -> str | None:
        return self.identity() if position <= self.head() else None
