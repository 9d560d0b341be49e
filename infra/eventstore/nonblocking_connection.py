"""The messages of a group commit, sent directly through libpq without waiting: a cursor takes many more steps for the same.

Psycopg's own objects serve everything else on the same connection. Whoever sends here takes the answer here, before they are used again.
"""

import select
import time
from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg import pq

ANSWER_MS_MAX = 8_000
"""How long a server may take to answer: longer than the lock on the head is waited for, shorter than a client waits for a bet."""

CONNECTION_TIMEOUTS: dict[str, Any] = {
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "client_encoding": "UTF8",
}
"""Connection options with which a peer that vanished is noticed in seconds, not in hours, and text is UTF-8 whatever the server prefers."""

UNAVAILABLE_ERRORS = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.ReadOnlySqlTransaction)
"""Errors that mean that the log is unavailable for now: no connection, a broken one, or a standby that takes no writes."""

OK = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK)


class NonblockingConnection:
    """One connection's libpq, used without blocking."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._libpq = connection.pgconn
        self._libpq.nonblocking = 1
        self._unsent = False
        self._poll = select.poll()
        self._poll.register(self._libpq.socket, select.POLLIN)

    def prepare(self, name: bytes, sql: bytes) -> None:
        """Prepare a statement, to be asked by name.

        Raises:
            psycopg.Error: when the server does not take it.

        """
        self._libpq.send_prepare(name, sql)
        self._flush()
        self.finish()

    def send(self, sql: bytes) -> None:
        """Send statements, several in one go.

        Raises:
            psycopg.OperationalError: when the connection is gone.

        """
        self._libpq.send_query(sql)
        self._flush()

    def ask(self, name: bytes, *parameters: bytes) -> None:
        """Send a prepared statement with its parameters in binary.

        Raises:
            psycopg.OperationalError: when the connection is gone.

        """
        self._libpq.send_query_prepared(name, parameters, [pq.Format.BINARY] * len(parameters))
        self._flush()

    def rows(self) -> list[list[bytes]]:
        """Wait for everything that was sent; return the rows of the last statement, as text.

        Raises:
            psycopg.Error: the first that went wrong, as psycopg names it.

        """
        return self.finish()[1][-1]

    def answered(self) -> bool:
        """Tell whether what was sent is answered, so that taking the answer takes no waiting.

        Raises:
            psycopg.OperationalError: when the connection is gone.

        """
        self.nudge()
        self._libpq.consume_input()
        return not self._libpq.is_busy()

    def wait(self, timeout_s: float) -> bool:
        """Wait until what was sent is answered, at most so long; tell whether it is.

        Raises:
            psycopg.OperationalError: when the connection is gone.

        """
        ends_s = time.monotonic() + timeout_s
        while not self.answered():
            left_s = ends_s - time.monotonic()
            if left_s <= 0:
                return False
            self._poll.poll(left_s * 1_000)
        return True

    def copy_in(self, chunks: Iterable[bytes]) -> None:
        """Give the COPY that was sent its rows, and end it; the server writes what it has while the next chunk is made.

        Does not wait until the server has taken all: `nudge` sends the rest. The outcome is for `finish`.

        Raises:
            psycopg.Error: when it was refused.

        """
        while self._result().status != pq.ExecStatus.COPY_IN:
            pass
        libpq = self._libpq
        for chunk in chunks:
            if libpq.put_copy_data(chunk) != 1:
                raise psycopg.OperationalError("no memory for the rows of a COPY")
            libpq.flush()
        if libpq.put_copy_end() != 1:
            raise psycopg.OperationalError("no memory for the end of a COPY")
        self._unsent = bool(libpq.flush())

    def nudge(self) -> None:
        """Send more of the pending rows, as far as the socket accepts them."""
        if self._unsent:
            self._unsent = bool(self._libpq.flush())

    def drain(self) -> None:
        """After an error, read what the server still has to say about what was sent."""
        while self._next() is not None:
            pass

    def finish(self) -> tuple[list[bytes], list[list[list[bytes]]]]:
        """Wait for everything that was sent; return the tag of every statement, and its rows, as text.

        Raises:
            psycopg.Error: the first that went wrong, as psycopg names it.

        """
        if self._unsent:
            self._flush()
        tags: list[bytes] = []
        rows: list[list[list[bytes]]] = []
        while (result := self._next()) is not None:
            self._check(result)
            tags.append(result.command_status or b"")
            columns = range(result.nfields)
            rows.append([[result.get_value(row, column) or b"" for column in columns] for row in range(result.ntuples)])
        return tags, rows

    def _flush(self) -> None:
        while self._libpq.flush():
            self._poll.modify(self._libpq.socket, select.POLLIN | select.POLLOUT)
            self._wait()
            self._poll.modify(self._libpq.socket, select.POLLIN)
            self._libpq.consume_input()
        self._unsent = False

    def _result(self) -> pq.abc.PGresult:
        result = self._next()
        if result is None:
            raise psycopg.InterfaceError("the server answered less than was asked")
        self._check(result)
        return result

    def _next(self) -> pq.abc.PGresult | None:
        libpq = self._libpq
        while libpq.is_busy():
            self._wait()
            libpq.consume_input()
        return libpq.get_result()

    def _wait(self) -> None:
        if not self._poll.poll(ANSWER_MS_MAX):
            raise psycopg.OperationalError(f"the server said nothing for {ANSWER_MS_MAX} ms")

    def _check(self, result: pq.abc.PGresult) -> None:
        if result.status not in (*OK, pq.ExecStatus.COPY_IN):
            raise psycopg.errors.error_from_result(result)
