"""A real PostgreSQL whose clock the history sets: what asks for `clock_timestamp()` finds a function of ours."""

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from domain.fact import Recorded

LOCK_TIMEOUT = "5s"
"""One thread steps everybody, so whoever waits for a lock would wait for ever."""

SET_UP = """
CREATE SCHEMA IF NOT EXISTS sim;
CREATE TABLE IF NOT EXISTS sim.clock (shown timestamptz NOT NULL);
TRUNCATE sim.clock;
INSERT INTO sim.clock VALUES (to_timestamp(0));
CREATE OR REPLACE FUNCTION sim.clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE sql AS 'SELECT shown FROM sim.clock';
DROP SCHEMA IF EXISTS public CASCADE;
CREATE SCHEMA public;
"""


class Database:
    """A database of its own, empty at the beginning of every history."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection = psycopg.connect(url, autocommit=True)
        self._shown_us = 0
        name = sql.Identifier(str(conninfo_to_dict(url)["dbname"]))
        for setting in ("search_path TO sim, pg_catalog, public", f"lock_timeout TO '{LOCK_TIMEOUT}'"):
            self._connection.execute(sql.SQL("ALTER DATABASE {} SET ").format(name) + sql.SQL(setting))

    def empty(self) -> None:
        """Drop everything that a history made."""
        self._connection.execute(SET_UP)
        self._shown_us = 0

    def show(self, now_us: int) -> None:
        """Set the database's clock."""
        if now_us != self._shown_us:
            self._shown_us = now_us
            self._connection.execute("UPDATE sim.clock SET shown = to_timestamp(0) + %s * interval '1 microsecond'", (now_us,))

    def note_batches(self, facts: Sequence[Recorded]) -> None:
        """Keep when facts of a log that is elsewhere were committed, as a log that is here does."""
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS public.stored_events_batches (upto bigint PRIMARY KEY, committed_at timestamptz NOT NULL)"
        )
        self._connection.execute(
            "INSERT INTO public.stored_events_batches SELECT upto, to_timestamp(0) + us * interval '1 microsecond'"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS fact (upto, us)",
            ([fact.position for fact in facts], [fact.committed_us for fact in facts]),
        )

    def has(self, table: str) -> bool:
        """Whether there is a table."""
        row: Any = self._connection.execute("SELECT to_regclass(%s) IS NOT NULL", (f"public.{table}",)).fetchone()
        return bool(row[0])

    def count(self, *tables: str) -> dict[str, int]:
        """How many rows there are in each table."""
        rows = {}
        for table in tables:
            row: Any = self._connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("public", table))).fetchone()
            rows[table] = int(row[0])
        return rows

    def wait_until_gone(self, backend: int) -> None:
        """Wait until a server process has noticed that its client left, and let go of its locks: how long that takes is not of the seed."""
        while self._connection.execute("SELECT FROM pg_stat_activity WHERE pid = %s", (backend,)).fetchone() is not None:
            pass

    def close(self) -> None:
        self._connection.close()
