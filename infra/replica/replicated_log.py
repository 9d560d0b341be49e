"""Streams and personal data read from a replica of the log, never an older log than the primary has at that moment."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import psycopg
from psycopg.rows import TupleRow
from psycopg.sql import Composed

from domain.fact import Recorded
from infra.audit.log_auditing import HeadedStore, head_of
from infra.eventstore.statements import Statements
from infra.eventstore.stream_reads import personal_read, streams_read
from infra.replica.replica import Replica


class ReplicaLeft(Exception):  # noqa: N818  (named for what happened)
    """The replica does not answer, so the primary must."""


class ReplicatedLog:
    """A `HeadedStore` that asks a replica for facts, and the primary for its head alone, or where the replica is behind it or away."""

    def __init__(self, primary: HeadedStore, replica: Replica) -> None:
        self._primary, self._replica = primary, replica
        self._sql = Statements("public", "stored_events")

    def max_notification_id(self) -> int | None:
        """Return the last position there is, None for an empty log."""
        return self._primary.max_notification_id()

    def load(self, streams: Mapping[str, int]) -> Mapping[str, Sequence[Recorded]]:
        """Return the facts of each stream after the version given, all that the primary has now.

        Raises:
            StoreUnavailable: when the primary is unavailable.

        """
        try:
            return streams_read(partial(self._value, head_of(self._primary)), self._sql, streams)
        except ReplicaLeft:
            return self._primary.load(streams)

    def personal(self, account_id: str, after: int, upto: int, limit: int) -> Sequence[Recorded]:
        """Return the first facts in a stretch of the log that stand in an account's stream or name it.

        Raises:
            StoreUnavailable: when the replica does not have the stretch, and the primary is unavailable.

        """
        try:
            return personal_read(partial(self._value, upto), self._sql, account_id, after, upto, limit)
        except ReplicaLeft:
            return self._primary.personal(account_id, after, upto, limit)

    def _value(self, position: int, statement: Composed, parameters: Sequence[Any]) -> Any:
        def ask(connection: psycopg.Connection[TupleRow]) -> list[TupleRow]:
            with connection.cursor(binary=True) as cursor:
                return cursor.execute(statement, parameters, prepare=True).fetchall()

        found = self._replica.rows_at(position, ask)
        if found is None:
            raise ReplicaLeft
        return found.rows[0][0]
