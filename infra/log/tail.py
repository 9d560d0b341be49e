"""Reads the log from Postgres. Positions have no gaps and follow commit order, so "after n" misses nothing: no timeouts, no heuristics."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar

import psycopg
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed, Identifier

from commands.log_reader import LogFilter, LogStretch
from commands.ports import StoreUnavailable
from domain.catalogue import FACTS
from domain.chain import mark_of
from domain.fact import Fact, Recorded
from domain.partitions import PARTITIONS
from infra.eventstore.fact_encoding import DAMAGE, decode_log, decode_one, decode_picked, decode_stretch
from infra.eventstore.nonblocking_connection import CONNECTION_TIMEOUTS
from infra.eventstore.statements import Statements

CRC32_SINCE = 180_000
"""The version of PostgreSQL that has the function `crc32`."""


class Tail:
    """A `LogReader` over one connection of its own, reopened when it broke. For one thread."""

    listens: ClassVar[bool] = True
    """Whether commits wake it: a standby takes nobody who listens."""

    def __init__(self, dsn: str, *, facts: str = "stored_events", schema: str = "public") -> None:
        self._dsn = dsn
        self._sql = Statements(schema, facts)
        self._listen = SQL("LISTEN {}").format(Identifier(facts))
        self._connection: psycopg.Connection[TupleRow] | None = None

    def identity(self) -> str:
        """Return the log's id.

        Raises:
            StoreUnavailable: when the database is unavailable.

        """
        return str(self._row(self._sql.mark, (0,))[0])

    def read(self, after: int, limit: int) -> Sequence[Recorded]:
        """Return the facts after a position, at most `limit`, in order. One that is damaged is an `UnknownFact` in its place.

        Raises:
            StoreUnavailable: when the database is unavailable; ask again.

        """
        try:
            row = self._row(self._sql.read_log, {"after": after, "limit": limit})
            return decode_stretch(row[0]) if row[0] else ()
        except UNREADABLE:
            return self.read_each(after, limit)

    def read_each(self, after: int, limit: int) -> Sequence[Recorded]:
        """Return the same, decoded fact by fact: slowly, and nothing that stands there breaks it."""
        asked = {"after": after, "limit": limit}
        return [decode_one(*row) for row in self._rows(self._sql.read_each, asked)]

    def read_filtered(self, wanted: LogFilter, after: int, limit: int) -> LogStretch:
        """Return what is wanted of the `limit` facts after a position, and where these end; see `commands.log_reader.LogReader`.

        Kinds and partitions are picked by the server, so that what nobody wants is neither sent nor decoded. Names that only an upcaster
        or a newer process knows pass it, and are judged here; so are partitions, by servers older than PostgreSQL 18.

        Raises:
            StoreUnavailable: when the database is unavailable; ask again.

        """
        asked: dict[str, Any] = {"others": others_of(wanted.kinds), "after": after, "limit": limit}
        statement, is_picked = self._sql.pick_log, wanted.partitions is None
        if wanted.partitions is not None and self._knows_crc32():
            statement, is_picked = self._sql.pick_homes, True
            asked |= {"known": KNOWN, "partitions": sorted(wanted.partitions), "count": PARTITIONS}
        try:
            recorded, upto = self._row(statement, asked)
            if not recorded:
                return LogStretch((), after if upto is None else upto)
            facts, are_current = decode_picked(recorded)
        except UNREADABLE:
            each = self.read_each(after, limit)
            return LogStretch([fact for fact in each if wanted.wants(fact)], each[-1].position)
        return LogStretch(facts if are_current and is_picked else [fact for fact in facts if wanted.wants(fact)], upto)

    def naming(self, kinds: Iterable[type[Fact]], stream_id: str, after: int, upto: int, limit: int) -> Sequence[Recorded]:
        """Return facts of some kinds that name a stream, in order, after a position and up to another; their commit times are not told.

        It reads the log from where that stream begins.

        Raises:
            StoreUnavailable: when the database is unavailable; ask again.

        """
        named = {"others": others_of(frozenset(kinds)), "stream_id": stream_id, "after": after, "upto": upto, "limit": limit}
        (recorded,) = self._row(self._sql.pick_naming, named)
        return decode_log(recorded) if recorded else ()

    def head(self) -> int:
        """Return the last position, 0 for an empty log.

        Raises:
            StoreUnavailable: when the database is unavailable.

        """
        return int(self._row(self._sql.head, ())[0])

    def mark_at(self, position: int) -> str | None:
        """Return what tells this log up to a position from any other; see `commands.log_reader.LogReader`.

        Raises:
            StoreUnavailable: when the database is unavailable.

        """
        log_id, digest = self._row(self._sql.mark, (position,))
        if position <= 0:
            return mark_of(log_id, b"")
        return None if digest is None else mark_of(log_id, bytes(digest))

    def wait(self, timeout_ms: int) -> None:
        """Return at the next wake-up, or after the timeout; then what a process committed and did not live to flush is flushed here."""
        try:
            connection = self._connect()
            if not list(connection.notifies(timeout=timeout_ms / 1000, stop_after=1)):
                connection.execute(self._sql.flush)
        except (psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.InsufficientPrivilege):
            pass
        except psycopg.Error:
            self.close()

    def close(self) -> None:
        """Give up the connection."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _knows_crc32(self) -> bool:
        try:
            return self._connect().info.server_version >= CRC32_SINCE
        except psycopg.OperationalError as error:
            self.close()
            raise StoreUnavailable(str(error).strip()) from error

    def _row(self, statement: Composed, parameters: Sequence[Any] | Mapping[str, Any]) -> TupleRow:
        (row,) = self._rows(statement, parameters)
        return row

    def _rows(self, statement: Composed, parameters: Sequence[Any] | Mapping[str, Any]) -> list[TupleRow]:
        try:
            with self._connect().cursor(binary=True) as cursor:
                return cursor.execute(statement, parameters, prepare=True).fetchall()
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self.close()
            raise StoreUnavailable(str(error).strip()) from error

    def _connect(self) -> psycopg.Connection[TupleRow]:
        if self._connection is None:
            self._connection = psycopg.connect(self._dsn, autocommit=True, application_name="slipstream tail", **CONNECTION_TIMEOUTS)
            self._connection.execute("SET plan_cache_mode = force_generic_plan")  # planned anew, a stretch would take half as long again
            if self.listens:
                self._connection.execute(self._listen)
        return self._connection


KNOWN = list(FACTS)
UNREADABLE = (psycopg.DataError, *DAMAGE)
"""What reading a stretch raises where one of its facts is damaged: the server finds no text or JSON, or the decoder here does not."""


@lru_cache(maxsize=256)
def others_of(kinds: frozenset[type[Fact]] | None) -> list[str]:
    """Return the names of all other kinds: what is known of them, so that an old name which an upcaster lifts is never missed."""
    return [] if kinds is None else [name for name, kind in FACTS.items() if kind not in kinds]
