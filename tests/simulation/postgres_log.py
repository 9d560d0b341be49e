"""The log in PostgreSQL, as histories use it: the real recorder, and a tail that reads what it wrote."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from commands.log_reader import LogFilter, LogStretch
from commands.ports import Append, Appended, NewFact, StreamSnapshot, Wanted
from domain.fact import Fact, Recorded
from infra.eventstore.recorder import GroupCommitRecorder, datastore_of
from infra.log.tail import Tail
from tests.simulation.database import Database


class PostgresLog:
    """A log over two connections, which remembers what it has read until it writes again.

    Snapshots are left out: they are written aside, so that no seed could say whether one is there.
    """

    def __init__(self, database: Database, clock_us: Callable[[], int]) -> None:
        self._database, self._clock_us = database, clock_us
        self._datastore = datastore_of(database.url)
        self._recorder = GroupCommitRecorder(self._datastore)
        self._recorder.create_table()
        self._tail = Tail(database.url)
        self._read: list[Recorded] = []
        self._is_behind = False

    def encode(self, facts: Sequence[NewFact]) -> Sequence[bytes] | None:
        return self._recorder.encode(facts)

    def append_many(self, appends: Sequence[Append]) -> Appended:
        self._database.show(self._clock_us())
        self._is_behind = True
        return self._recorder.append_many(appends)

    def load(self, streams: Mapping[str, int]) -> Mapping[str, Sequence[Recorded]]:
        return self._recorder.load(streams)

    def begin_load(self, streams: Mapping[str, Wanted]) -> Any:
        self._database.show(self._clock_us())
        return self._recorder.begin_load(streams)

    def save_snapshots(self, snapshots: Sequence[StreamSnapshot]) -> None:
        del snapshots

    def read(self, after: int, limit: int) -> Sequence[Recorded]:
        return self._facts()[after : after + limit]

    def read_filtered(self, wanted: LogFilter, after: int, limit: int) -> LogStretch:
        return self._tail.read_filtered(wanted, after, limit)

    def identity(self) -> str:
        return self._tail.identity()

    def head(self) -> int:
        return len(self._facts())

    def forget(self) -> None:
        """Read everything again when it is asked for."""
        self._read, self._is_behind = [], True

    def _facts(self) -> list[Recorded]:
        if self._is_behind:
            self._read += self._tail.read(len(self._read), 1_000_000)
            self._is_behind = False
        return self._read

    def ends_of(self, stream_ids: Collection[str], upto: int) -> Mapping[str, tuple[Recorded, Recorded]]:
        ends: dict[str, tuple[Recorded, Recorded]] = {}
        for fact in self._facts()[:upto]:
            if fact.stream_id in stream_ids:
                ends[fact.stream_id] = (ends.get(fact.stream_id, (fact, fact))[0], fact)
        return ends

    def naming(self, kinds: Iterable[type[Fact]], stream_id: str, after: int, upto: int, limit: int) -> Sequence[Recorded]:
        return self._tail.naming(kinds, stream_id, after, upto, limit)

    def mark_at(self, position: int) -> str | None:
        return self._tail.mark_at(position)

    def wait(self, timeout_ms: int) -> None:
        del timeout_ms

    def close(self) -> None:
        self._tail.close()
        self._recorder.close()
        self._datastore.close()
