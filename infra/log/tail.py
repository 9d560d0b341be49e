"""Reads the log from Postgres. Positions are gapless in commit order, so "after n" misses nothing: no time-outs, no heuristics."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import psycopg
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed, Identifier

from commands.ports import StoreUnavailable
from domain.catalogue import FACTS
from domain.chain import mark_of
from domain.fact import Fact, Recorded
from infra.eventstore.fact_encoding import decode_log
from infra.eventstore.nonblocking_connection import CONNECTION_TIMEOUTS
from infra.eventstore.statements import Statements


class Tail:
    """A `LogReader` over one connection of its own, reopened when it broke. For one thread."""

    def __init__(self, dsn: str, *, facts: str = "stored_events", schema: str = "public") -> None:
        self._dsn = dsn
        self._sql = Statements(schema, facts)
        self._listen = SQL("LISTEN {}").format(Identifier(facts))
        self._connection: psycopg.Connection[TupleRow] | None = None

    def read(self, after: int, limit: int) -> Sequence[Recorded]:
        """Return the facts after a position, at most `limit`, in order.

        Raises:
            StoreUnavailable: when the database is away; ask again.

        """
        row = self._row(self._sql.read_log, {"after": after, "limit": limit})
        return decode_log(row[0]) if row[0] else ()

    def read_kinds(self, kinds: Iterable[type[Fact]], after: int, limit: int) -> tuple[Sequence[Recorded], int]:
        """Return the facts of some kinds among the `limit` after a position, in order, and where these end: `after` where there are none.

        Raises:
            StoreUnavailable: when the database is away; ask again.

        """
        recorded, position = self._row(self._sql.pick_log, {"others": _others(kinds), "after": after, "limit": limit})
        return decode_log(recorded) if recorded else (), after if position is None else position

    def naming(self, kinds: Iterable[type[Fact]], stream_id: str, after: int, upto: int, limit: int) -> Sequence[Recorded]:
        """Return facts of some kinds that name a stream, in order, after a position and up to another; their commit times are not told.

        It reads the log from where that stream begins.

        Raises:
            StoreUnavailable: when the database is away; ask again.

        """
        named = {"others": _others(kinds), "stream_id": stream_id, "after": after, "upto": upto, "limit": limit}
        (recorded,) = self._row(self._sql.pick_naming, named)
        return decode_log(recorded) if recorded else ()

    def head(self) -> int:
        """Return the last position, 0 for an empty log.

        Raises:
            StoreUnavailable: when the database is away.

        """
        return int(self._row(self._sql.head, ())[0])

    def mark_at(self, position: int) -> str | None:
        """Return what tells this log up to a position from any other; see `commands.ports.LogReader`.

        Raises:
            StoreUnavailable: when the database is away.

        """
        log_id, digest = self._row(self._sql.mark, (position,))
        if position <= 0:
            return mark_of(log_id, b"")
        return None if digest is None else mark_of(log_id, bytes(digest))

    def wait(self, timeout_ms: int) -> None:
        """Return at the next wake-up, or after the timeout."""
        try:
            for _ in self._connect().notifies(timeout=timeout_ms / 1000, stop_after=1):
                pass
        except psycopg.Error:
            self.close()

    def close(self) -> None:
        """Give up the connection."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _row(self, statement: Composed, parameters: Sequence[Any] | Mapping[str, Any]) -> TupleRow:
        try:
            with self._connect().cursor(binary=True) as cursor:
                row = cursor.execute(statement, parameters, prepare=True).fetchone()
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self.close()
            raise StoreUnavailable(str(error).strip()) from error
        assert row is not None, "an aggregate and the head are one row each"
        return row

    def _connect(self) -> psycopg.Connection[TupleRow]:
        if self._connection is None:
            self._connection = psycopg.connect(self._dsn, autocommit=True, application_name="slipstream tail", **CONNECTION_TIMEOUTS)
            self._connection.execute("SET plan_cache_mode = force_generic_plan")  # planned anew, a stretch would take half as long again
            self._connection.execute(self._listen)
        return self._connection


def _others(kinds: Iterable[type[Fact]]) -> list[str]:
    """Return the names of all other kinds: what is known of them, so that an old name which an upcaster lifts is never missed."""
    wanted = set(kinds)
    return [name for name, kind in FACTS.items() if kind not in wanted]
