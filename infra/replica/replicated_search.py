"""The search index read from a replica: as new as what the searcher has seen, and no more than a moment older than the primary's."""

import asyncio

import psycopg
from psycopg.rows import TupleRow

from infra.clock import Clock
from infra.replica.replica import Replica
from infra.search.index_table import Ask, IndexQuestions, SearchTable

LOOK_AT_PRIMARY_S = 1.0
"""How often the primary is asked how far its index is: a replica that has not reached that is not asked."""


class ReplicatedSearch:
    """Gives the index to ask; see `projections.social.search.SearchIndexes`."""

    def __init__(self, primary: SearchTable, replica: Replica) -> None:
        self._primary, self._replica = primary, replica
        self._clock = Clock()
        self._newest, self._due_s = 0, 0.0

    async def at(self, position: int) -> "ReplicaIndex | SearchTable":
        """Return the index of the replica where it has what the primary's had a second ago, or since; else the primary's.

        Raises:
            StoreUnavailable: when the primary is unavailable.

        """
        if position > self._newest or self._clock.monotonic_s() >= self._due_s:
            self._newest = await self._primary.position()
            self._due_s = self._clock.monotonic_s() + LOOK_AT_PRIMARY_S
        if position > self._newest:
            return self._primary
        found = await asyncio.to_thread(self._replica.rows_at, self._newest, _nothing)
        return self._primary if found is None else ReplicaIndex(self._primary, self._replica, found.position)


class ReplicaIndex(IndexQuestions):
    """The index of a replica at a position or later. What the replica does not answer, the primary does, which is not behind it."""

    def __init__(self, primary: SearchTable, replica: Replica, reached: int) -> None:
        self._primary, self._replica, self._reached = primary, replica, reached

    async def position(self) -> int:
        """Return the log position that the index has reached."""
        return self._reached

    async def run(self, ask: Ask) -> list[TupleRow]:
        """Return the rows of a question."""
        found = await asyncio.to_thread(self._replica.rows_at, self._reached, ask)
        return await self._primary.run(ask) if found is None else found.rows


def _nothing(_connection: psycopg.Connection[TupleRow]) -> list[TupleRow]:
    return []
