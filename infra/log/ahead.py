"""Reads the log from end to end: while one stretch is in use, Postgres prepares the next.

A thread would do the same and lose by it: whoever folds holds the interpreter's lock, and each of libpq's small steps would wait for it.
"""

import select
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import pq
from psycopg.sql import Composed

from commands.ports import StoreUnavailable
from domain.fact import Recorded
from infra.eventstore.encoding import decode_log
from infra.log.tail import Tail

Values = Mapping[str, int | bool]
"""What a statement is asked with, by name; numbers and truth values need no quoting."""


class ReadAhead(Tail):
    """A tail that asks for the next stretch before it hands out this one. For one thread."""

    def __init__(self, dsn: str, **tables: str) -> None:
        super().__init__(dsn, **tables)
        self._asked: tuple[Composed, Values] | None = None

    def read(self, after: int, limit: int) -> Sequence[Recorded]:
        """Return the facts after a position, at most `limit`, in order.

        Raises:
            StoreUnavailable: when the database is away; ask again.

        """
        question = {"after": after, "limit": limit}
        try:
            recorded, position = self._answer_to(self._sql.read_log, question)
            if position and int(position) == after + limit:
                self._ask(self._sql.read_log, question | {"after": after + limit})
            return decode_log(recorded) if recorded else ()
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self.close()
            raise StoreUnavailable(str(error).strip()) from error

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
        self._asked = None
        super().close()

    def _answer_to(self, statement: Composed, values: Values) -> list[bytes]:
        """Return the row that answers a question, its nulls empty. What found nothing when it was asked ahead is asked again."""
        if self._asked == (statement, values):
            row = self._answered()
            if row[0]:
                return row
        self._ask(statement, values)
        return self._answered()

    def _ask(self, statement: Composed, values: Values) -> None:
        """Send a question and do not wait."""
        self._drop()
        connection = self._connect()
        literals = {name.encode(): str(value).encode() for name, value in values.items()}
        connection.pgconn.send_query(statement.as_bytes(connection) % literals)
        self._asked = statement, values

    def _answered(self) -> list[bytes]:
        """Wait for the answer to the last question."""
        libpq = self._connect().pgconn
        row: list[bytes] = []
        error: psycopg.Error | None = None
        self._asked = None
        while (result := _next(libpq)) is not None:
            if result.status != pq.ExecStatus.TUPLES_OK:
                error = psycopg.errors.error_from_result(result)
            else:
                row = [result.get_value(0, column) or b"" for column in range(result.nfields)]
        if error is not None:
            raise error
        return row

    def _drop(self) -> None:
        """Let an answer that nobody wants any more pass."""
        if self._asked is not None:
            self._asked = None
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
