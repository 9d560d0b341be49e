"""Which of several processes tells a Centrifugo: the one that holds a lock of the database. Another takes over when that one ends."""

import psycopg

from infra.one_connection import OneConnection

TELLING = 0x736C_6970_7075_7368
"""The advisory lock of the process that tells the Centrifugo."""


class OneTeller:
    """The lock, on a connection of its own; it ends with that. For threads that may wait."""

    def __init__(self, dsn: str) -> None:
        self._connection = OneConnection(dsn, "slipstream stream: telling")

    def is_this(self) -> bool:
        """Return whether this process holds the lock, taking it where nobody does.

        Raises:
            StoreUnavailable: when the database is unavailable.

        """
        return self._connection.run(_take)

    def close(self) -> None:
        """Let another one tell."""
        self._connection.close()


def _take(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (TELLING,)).fetchone()
    return row is not None and bool(row[0])
