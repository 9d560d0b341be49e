"""How far a topic is a copy of the log, kept beside the log; and which of several relays goes on with it."""

import secrets
import threading
from collections.abc import Sequence
from importlib.resources import files
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import TupleRow

from commands.ports import StoreUnavailable
from domain.partitions import PARTITIONS
from infra.eventstore.nonblocking_connection import CONNECTION_TIMEOUTS

LEADING = 0x51_1B_57_52
"""The advisory lock of the one relay that copies; the second key is the hash of the topic's name."""

SILENCE_MS_MAX = 1_500
"""The database ends the session of a leader that was silent for so long, such as one whose machine stands still: another takes over."""

_SQL = files("infra.log") / "sql"
_POSITION, _BEGIN, _ADVANCE = ((_SQL / f"relay_{name}.sql").read_bytes() for name in ("position", "begin", "advance"))


class LeadLost(Exception):  # noqa: N818  (named for what happened)
    """Another relay may be copying by now."""


class Copied(NamedTuple):
    """How far a topic is a copy of the log; see `sql/create_tables.sql`."""

    epoch: int
    since: int
    homes: str
    position: int
    last_of: Sequence[int]


def copied_of(connection: psycopg.Connection[TupleRow], topic: str) -> Copied | None:
    """Return how far a topic is a copy of the log, None where no relay ever began one."""
    row = connection.execute(_POSITION, {"topic": topic}, prepare=True).fetchone()
    return None if row is None else Copied(*row)


class RelayCursor:
    """The lead among relays of one topic, and the position that only the leader moves: both in one session. For several threads."""

    def __init__(self, dsn: str, topic: str) -> None:
        """Open the session; raises StoreUnavailable."""
        self._topic = topic
        self._lock = threading.Lock()
        try:
            self._connection: psycopg.Connection[TupleRow] = psycopg.connect(
                dsn, autocommit=True, application_name="slipstream relay", **CONNECTION_TIMEOUTS
            )
        except psycopg.OperationalError as error:
            raise StoreUnavailable(str(error).strip()) from error
        self._execute("SET synchronous_commit = off", ())  # a position that is lost costs repeats, no gap
        self._execute(f"SET idle_session_timeout = {SILENCE_MS_MAX}", ())

    def take_lead(self) -> bool:
        """Take the lead if nobody has it; return whether it is ours.

        Raises:
            StoreUnavailable: when the database is unavailable.

        """
        (row,) = self._execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", (LEADING, self._topic))
        return bool(row[0])

    def beat(self) -> None:
        """Show the database that this relay is alive. Raises StoreUnavailable where the session is over, and the lead with it."""
        self._execute("SELECT 1", ())

    def load(self) -> Copied | None:
        """Return where the copy stands; raises StoreUnavailable."""
        try:
            with self._lock:
                return copied_of(self._connection, self._topic)
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise StoreUnavailable(str(error).strip()) from error

    def begin(self, since: int, homes: str) -> Copied:
        """Begin the copy anew after a position; raises StoreUnavailable."""
        begun = Copied(secrets.randbits(62), since, homes, since, [since] * PARTITIONS)
        asked = {"topic": self._topic, "epoch": begun.epoch, "since": since, "homes": homes, "last_of": begun.last_of}
        self._execute(_BEGIN, asked)
        return begun

    def advance(self, before: Copied, after: Copied) -> None:
        """Note how far the copy is now.

        Raises:
            LeadLost: when it is not where it was. StoreUnavailable: when the session is over, and the lead with it.

        """
        asked = {"topic": self._topic, "epoch": before.epoch, "expected": before.position}
        if self._execute(_ADVANCE, asked | {"position": after.position, "last_of": list(after.last_of)}) != [(1,)]:
            raise LeadLost

    def close(self) -> None:
        """Give up the session, and with it the lead."""
        self._connection.close()

    def _execute(self, statement: Any, parameters: Any) -> list[TupleRow]:
        """Return the rows, or how many were changed."""
        try:
            with self._lock:
                cursor = self._connection.execute(statement, parameters)
                return cursor.fetchall() if cursor.description else [(cursor.rowcount,)]
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise StoreUnavailable(str(error).strip()) from error
