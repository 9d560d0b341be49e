"""Reads the log's position and clock, and how far its readers are behind, with a few index look-ups."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, TypeVar

import psycopg
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed, Identifier

from commands.ports import StoreUnavailable
from commands.process_manager import ProcessManager
from domain.fact import micros
from infra.clock import Clock
from infra.eventstore.nonblocking_connection import CONNECTION_TIMEOUTS
from infra.readiness.sample import BehindSample, LogSample, ManagerSample

STATEMENT_MS_MAX = 2_000
US = 1_000_000
Reader = TypeVar("Reader")
_SQL = files("infra.readiness") / "sql"


class LogLook:
    """Asks the database, over one connection of its own. For one thread."""

    def __init__(
        self,
        dsn: str,
        clock: Clock,
        managers: Sequence[ProcessManager] = (),
        *,
        relay_topic: str | None = None,
        facts: str = "stored_events",
        schema: str = "public",
    ) -> None:
        self._dsn = dsn
        self._relay_topic = relay_topic
        self._clock = clock
        names = {
            "schema": Identifier(schema),
            "facts": Identifier(facts),
            "head": Identifier(f"{facts}_head"),
            "batches": Identifier(f"{facts}_batches"),
        }

        def sql(name: str, **more: Identifier) -> Composed:
            return SQL((_SQL / f"{name}.sql").read_text()).format(**names, **more)

        def of_manager(manager: ProcessManager) -> Composed:
            tables = {name: Identifier(value) for name, value in manager.tables._asdict().items() if value}
            return sql("manager_that_waits" if manager.tables.waiting else "manager", **tables)

        self._state = sql("state")
        self._managers = {manager.name: of_manager(manager) for manager in managers}
        self._manager_partitions = sql("manager_partitions")
        self._search, self._relay, self._notices = sql("search"), sql("relay"), sql("told")
        self._committed_after, self._last_beats = sql("committed_after"), sql("last_beats")
        self._connection: psycopg.Connection[TupleRow] | None = None

    def look(
        self, views: Mapping[Reader, int], producers: Sequence[str]
    ) -> tuple[LogSample, dict[Reader, BehindSample], dict[str, ManagerSample], dict[str, float]]:
        """Return the log, how far each reader of it at its position is behind, the managers, and how long each producer has been silent.

        Raises:
            StoreUnavailable: when the database is unavailable.

        """
        try:
            return self._look(views, producers)
        except psycopg.Error as error:
            self.close()
            raise StoreUnavailable(str(error).strip()) from error

    def close(self) -> None:
        """Give up the connection."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _look(
        self, views: Mapping[Reader, int], producers: Sequence[str]
    ) -> tuple[LogSample, dict[Reader, BehindSample], dict[str, ManagerSample], dict[str, float]]:
        connection = self._connect()
        asked_us = micros(self._clock.now())
        now_us, head, committed_us, encoding, manages, searches, relays, tells = _one(connection.execute(self._state))
        answered_us = micros(self._clock.now())
        log = LogSample(head, encoding, ((asked_us + answered_us) / 2 - now_us) / US, max(0, committed_us - now_us) / US)
        told = {name: self._told(connection, name) if manages else (0, None, 0.0, 0, 0) for name in self._managers}
        standing = connection.execute(self._manager_partitions).fetchall() if manages else []
        indexed, trouble = _one(connection.execute(self._search)) if searches else (0, "")
        noticed = _one(connection.execute(self._notices))[0] if tells else 0
        relayed = self._copied(connection) if relays and self._relay_topic else None
        wanted = {*views.values(), indexed, noticed, relayed or 0, *(position for _, _, position in standing)}
        for position, oldest, *_ in told.values():
            wanted |= {position, (oldest or 1) - 1}
        after: dict[int, int | None] = dict(connection.execute(self._committed_after, (sorted(wanted),)).fetchall())

        def behind(position: int) -> BehindSample:
            first_us = after.get(position)
            return BehindSample(max(0, head - position), 0.0 if first_us is None else max(0, now_us - first_us) / US)

        managers = {
            name: ManagerSample(
                behind(position),
                max(behind(oldest - 1).age_s if oldest else 0.0, overdue_s),
                set_aside,
                timed,
                {partition: behind(reached) for manager, partition, reached in standing if manager == name},
            )
            for name, (position, oldest, overdue_s, set_aside, timed) in told.items()
        }
        beats: dict[str, int | None] = dict(connection.execute(self._last_beats, (list(producers),)).fetchall()) if producers else {}
        silence_s = {str(name): max(0, now_us - beat_us) / US for name, beat_us in beats.items() if beat_us is not None}
        log = log._replace(
            searched=behind(indexed) if indexed else None,
            search_trouble=trouble,
            told=behind(noticed) if noticed else None,
            relayed={self._relay_topic: behind(relayed)} if self._relay_topic is not None and relayed is not None else {},
        )
        return log, {view: behind(position) for view, position in views.items()}, managers, silence_s

    def _copied(self, connection: psycopg.Connection[TupleRow]) -> int:
        """Return how far the log was copied to the topic, 0 where no relay ever began to."""
        row = connection.execute(self._relay, (self._relay_topic,)).fetchone()
        return 0 if row is None else int(row[0])

    def _told(self, connection: psycopg.Connection[TupleRow], name: str) -> tuple[int, int | None, float, int, int]:
        """Return how far a manager has read, what came for cases first, how overdue the oldest with a time is, set aside, and timed."""
        position, oldest, overdue_s, set_aside, timed = _one(connection.execute(self._managers[name], {"manager": name}))
        return position or 0, oldest, float(overdue_s or 0.0), set_aside, timed

    def _connect(self) -> psycopg.Connection[TupleRow]:
        if self._connection is None:
            self._connection = psycopg.connect(self._dsn, autocommit=True, application_name="slipstream readiness", **CONNECTION_TIMEOUTS)
            self._connection.execute(f"SET statement_timeout = {STATEMENT_MS_MAX}")
        return self._connection


def _one(cursor: psycopg.Cursor[TupleRow]) -> Any:
    row = cursor.fetchone()
    assert row is not None, "every question has one row for an answer"
    return row
