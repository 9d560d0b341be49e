"""One connection to the database for small tables beside the log: opened when it is needed, opened anew when it broke, for any thread."""

import select
import threading
from collections.abc import Callable
from typing import TypeVar

import psycopg
from psycopg.rows import TupleRow

from commands.ports import StoreUnavailable
from infra.eventstore.nonblocking_connection import CONNECTION_TIMEOUTS

Answer = TypeVar("Answer")


class OneConnection:
    """A connection on which one question is asked at a time. Each waits for the database: ask from a thread that may."""

    def __init__(self, dsn: str, application_name: str) -> None:
        self._dsn, self._application_name = dsn, application_name
        self._connection: psycopg.Connection[TupleRow] | None = None
        self._one_at_a_time = threading.Lock()

    def run(self, ask: Callable[[psycopg.Connection[TupleRow]], Answer]) -> Answer:
        """Return what `ask` returns of the connection.

        Raises:
            StoreUnavailable: when the database is unavailable.

        """
        with self._one_at_a_time:
            try:
                if self._connection is not None and (self._connection.broken or _is_ended(self._connection)):
                    self._give_up()
                if self._connection is None:
                    self._connection = psycopg.connect(
                        self._dsn, autocommit=True, application_name=self._application_name, **CONNECTION_TIMEOUTS
                    )
                return ask(self._connection)
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                self._give_up()
                raise StoreUnavailable(str(error).strip()) from error

    def close(self) -> None:
        """Give up the connection."""
        with self._one_at_a_time:
            self._give_up()

    def _give_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def _is_ended(connection: psycopg.Connection[TupleRow]) -> bool:
    """Whether the server has sent something though nothing was asked: mostly that it ends the connection. A new one is as good."""
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))
