"""Looks at the log: how far it is, by what clock, and how old what its readers have not seen is. A few index look-ups."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import psycopg
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed, Identifier

from commands.ports import StoreUnavailable
from domain.fact import micros
from infra.clock import Clock
from infra.eventstore.nonblocking_connection import PATIENCE
from infra.readiness.sample import BehindSample, LogSample, SettlementSample

STATEMENT_MS_MAX = 2_000
US = 1_000_000
_SQL = files("infra.readiness") / "sql"


class LogLook:
    """Asks the database, over one connection of its own. For one thread."""

    def __init__(self, dsn: str, clock: Clock, *, facts: str = "stored_events", schema: str = "public") -> None:
        self._dsn = dsn
        self._clock = clock
        names = {
            "schema": Identifier(schema),
            "facts": Identifier(facts),
            "head": Identifier(f"{facts}_head"),
            "batches": Identifier(f"{facts}_batches"),
        }

        def sql(name: str) -> Composed:
            return SQL((_SQL / f"{name}.sql").read_text()).format(**names)

        self._state, self._settlement = sql("state"), sql("settlement")
        self._committed_after, self._last_beats = sql("committed_after"), sql("last_beats")
        self._connection: psycopg.Connection[TupleRow] | None = None

    def look(
        self, views: Mapping[str, int], producers: Sequence[str]
    ) -> tuple[LogSample, dict[str, BehindSample], SettlementSample | None, dict[str, float]]:
        """Return the log, how far each view at its position is behind it, the settlement, and how long each producer has been silent.

        Raises:
            StoreUnavailable: when the database is away.

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
        self, views: Mapping[str, int], producers: Sequence[str]
    ) -> tuple[LogSample, dict[str, BehindSample], SettlementSample | None, dict[str, float]]:
        connection = self._connect()
        asked_us = micros(self._clock.now())
        now_us, head, committed_us, encoding, settles = _one(connection.execute(self._state))
        answered_us = micros(self._clock.now())
        log = LogSample(head, encoding, ((asked_us + answered_us) / 2 - now_us) / US, max(0, committed_us - now_us) / US)
        settled, oldest_result, set_aside = 0, None, 0
        if settles:
            settled, oldest_result, set_aside = _one(connection.execute(self._settlement))
        wanted = {*views.values(), settled, *([oldest_result - 1] if oldest_result else [])}
        after: dict[int, int | None] = dict(connection.execute(self._committed_after, (sorted(wanted),)).fetchall())

        def behind(position: int) -> BehindSample:
            first_us = after.get(position)
            return BehindSample(max(0, head - position), 0.0 if first_us is None else max(0, now_us - first_us) / US)

        result_s = behind(oldest_result - 1).age_s if oldest_result else 0.0
        settlement = SettlementSample(behind(settled), result_s, set_aside)
        beats: dict[str, int | None] = dict(connection.execute(self._last_beats, (list(producers),)).fetchall()) if producers else {}
        silence_s = {str(name): max(0, now_us - beat_us) / US for name, beat_us in beats.items() if beat_us is not None}
        return log, {view: behind(position) for view, position in views.items()}, settlement, silence_s

    def _connect(self) -> psycopg.Connection[TupleRow]:
        if self._connection is None:
            self._connection = psycopg.connect(self._dsn, autocommit=True, application_name="slipstream readiness", **PATIENCE)
            self._connection.execute(f"SET statement_timeout = {STATEMENT_MS_MAX}")
        return self._connection


def _one(cursor: psycopg.Cursor[TupleRow]) -> Any:
    row = cursor.fetchone()
    assert row is not None, "every question has one row for an answer"
    return row
