"""Reads the log from end to end: while one stretch is in use, Postgres prepares the next.

A thread would do the same and lose by it: whoever folds holds the interpreter's lock, and each of libpq's small steps would wait for it.
"""

import select
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import pq

from commands.ports import StoreUnavailable
from domain.fact import Recorded
from infra.eventstore.encoding import decode_log
from infra.log.tail import Tail


class ReadAhead(Tail):
    """A tail that asks for the next stretch before it hands out this one. For one thread."""

    def __init__(self, dsn: str, **tables: str) -> None:
        super().__init__(dsn, **tables)
        self._asked_after: int | None = None

    def read(self, after: int, limit: int) -> Sequence[Recorded]:
        """Return the facts after a position, at most `limit`, in order.

        Raises:
            StoreUnavailable: when the database is away; ask again.

        """
        try:
            facts = self._answered()[:limit] if self._asked_after == after else ()
            if not facts:
                self._ask(after, limit)
                facts = self._answered()
            if len(facts) == limit:
                self._ask(facts[-1].position, limit)
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self.close()
            raise StoreUnavailable(str(error).strip()) from error
        return facts

    def head(self) -> int:
        """Return the last position; see `Tail`."""
        self._drop()
        return super().head()

    def mark_at(self, position: int) -> str | None:
        """Return the mark of a position; see `Tail`."""
        self._drop()
        return super().mark_at(position)

    def wait(self, timeout_ms: int) -> None:
        """Return at the next wake-up, or after the timeout."""
        self._drop()
        super().wait(timeout_ms)

    def close(self) -> None:
        """Give up the connection, and the answer that is under way."""
        self._asked_after = None
        super().close()

    def _ask(self, after: int, limit: int) -> None:
        """Send the question and do not wait."""
        self._drop()
        connection = self._connect()
        statement = self._sql.read_log.as_bytes(connection) % {b"after": b"%d" % after, b"limit": b"%d" % limit}
        connection.pgconn.send_query(statement)
        self._asked_after = after

    def _answered(self) -> Sequence[Recorded]:
        """Wait for the answer to the last question."""
        libpq, recorded = self._connect().pgconn, b""
        self._asked_after = None
        while (result := _next(libpq)) is not None:
            if result.status != pq.ExecStatus.TUPLES_OK:
                raise psycopg.errors.error_from_result(result)
            recorded = result.get_value(0, 0) or b""
        return decode_log(recorded) if recorded else ()

    def _drop(self) -> None:
        """Let an answer that nobody wants any more pass."""
        if self._asked_after is not None:
            self._asked_after = None
            try:
                while _next(self._connect().pgconn) is not None:
                    pass
            except psycopg.Error:
                self.close()


def _next(libpq: Any) -> Any:
    """Wait for the next result; None after the last."""
    while libpq.is_busy():
        select.select([libpq.socket], [], [])
        libpq.consume_input()
    return libpq.get_result()
