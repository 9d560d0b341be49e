"""Reads the log from end to end: while one stretch is in use, Postgres prepares the next.

No thread is used: the folding thread holds the interpreter's lock (GIL), and would delay each of libpq's small steps.
"""

import select
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import pq
from psycopg.rows import TupleRow
from psycopg.sql import Composed

from commands.ports import StoreUnavailable
from domain.fact import Recorded
from infra.eventstore.fact_encoding import decode_stretch
from infra.log.tail import UNREADABLE, Tail

Values = Mapping[str, int | bool]
"""What a statement is asked with, by name and always in the same order."""


class ReadAhead(Tail):
    """A tail that asks for the next stretch before it hands out this one. For one thread."""

    def __init__(self, dsn: str, **tables: str) -> None:
        super().__init__(dsn, **tables)
        self._asked: tuple[str, Values] | None = None
        self._prepared: set[str] = set()

    def read(self, after: int, limit: int) -> Sequence[Recorded]:
        """Return the facts after a position, at most `limit`, in order.

        Raises:
            StoreUnavailable: when the database is unavailable; ask again.

        """
        try:
            recorded = self.read_raw(after, limit)
            return decode_stretch(recorded) if recorded else ()
        except UNREADABLE:
            return self.read_each(after, limit)
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self.close()
            raise StoreUnavailable(str(error).strip()) from error

    def read_raw(self, after: int, limit: int) -> bytes:
        """Return the same as the database has it, nothing where there is none; raises what `psycopg` does."""
        question = {"after": after, "limit": limit}
        ((recorded, position),) = self._answer_to("read_log", question)
        if position and int(position) == after + limit:
            self._ask("read_log", question | {"after": after + limit})
        return recorded

    def wait(self, timeout_ms: int) -> None:
        """Return at the next wake-up, or after the timeout."""
        self._drop()
        super().wait(timeout_ms)

    def close(self) -> None:
        """Give up the connection, and the answer that is under way."""
        self._asked = None
        self._prepared.clear()
        super().close()

    def _rows(self, statement: Composed, parameters: Sequence[Any] | Mapping[str, Any]) -> list[TupleRow]:
        """Ask anything else."""
        self._drop()
        return super()._rows(statement, parameters)

    def _answer_to(self, name: str, values: Values) -> list[list[bytes]]:
        """Return the rows that answer a question, nulls empty. What found nothing when it was asked ahead is asked again."""
        if self._asked == (name, values):
            rows = self._answered()
            if rows and rows[0][0]:
                return rows
        self._ask(name, values)
        return self._answered()

    def _ask(self, name: str, values: Values) -> None:
        """Send a question and do not wait. `name` is its statement's, whose columns are text or bytes."""
        self._drop()
        libpq = self._connect().pgconn
        if name not in self._prepared:
            parameters = {
                key.encode(): b"$%d::%s" % (number, b"boolean" if isinstance(value, bool) else b"bigint")
                for number, (key, value) in enumerate(values.items(), 1)
            }
            statement: Composed = getattr(self._sql, name)
            libpq.send_prepare(name.encode(), statement.as_bytes(None) % parameters)
            _take(libpq)
            self._prepared.add(name)
        libpq.send_query_prepared(name.encode(), [str(value).encode() for value in values.values()], result_format=pq.Format.BINARY)
        self._asked = name, values

    def _answered(self) -> list[list[bytes]]:
        """Wait for the answer to the last question."""
        self._asked = None
        return _take(self._connect().pgconn)

    def _drop(self) -> None:
        """Let an answer that nobody wants any more pass."""
        if self._asked is not None:
            self._asked = None
            try:
                while _next(self._connect().pgconn) is not None:
                    pass
            except psycopg.Error:
                self.close()


def _take(libpq: Any) -> list[list[bytes]]:
    """Wait for the answer to what was sent; return its rows."""
    rows: list[list[bytes]] = []
    error: psycopg.Error | None = None
    while (result := _next(libpq)) is not None:
        if result.status == pq.ExecStatus.TUPLES_OK:
            columns = range(result.nfields)
            rows = [[result.get_value(row, column) or b"" for column in columns] for row in range(result.ntuples)]
        elif result.status != pq.ExecStatus.COMMAND_OK:
            error = psycopg.errors.error_from_result(result)
    if error is not None:
        raise error
    return rows


def _next(libpq: Any) -> Any:
    """Wait for the next result; None after the last."""
    while libpq.is_busy():
        select.select([libpq.socket], [], [])
        libpq.consume_input()
    return libpq.get_result()
