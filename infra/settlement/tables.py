"""The tables of settlement, and every statement on them: one file each."""

from contextlib import suppress
from importlib.resources import files
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from infra.eventstore.nonblocking_connection import PATIENCE

CREATING, PROJECTING = 0x51_1B_57_50, 0x51_1B_57_51
"""Advisory locks: who may create the tables, and who may project into them."""

_SQL = files("infra.settlement") / "sql"


class Statements:
    """Every statement by name, for one schema."""

    def __init__(self, schema: str = "public") -> None:
        names = {"schema": Identifier(schema), "channel": Identifier(f"{schema}.resulted_market")}

        def sql(name: str) -> SQL:
            return SQL(SQL((_SQL / f"{name}.sql").read_text()).format(**names).as_string(None))

        self.create_tables = sql("create_tables")
        self.tables_are_there = sql("tables_are_there")
        self.begin_anew = sql("begin_anew")
        self.await_turn = sql("await_turn")
        self.position = sql("position")
        self.advance_position = sql("advance_position")
        self.copy_legs = sql("copy_legs")
        self.insert_result = sql("insert_result")
        self.announce = sql("announce")
        self.clock = sql("clock")
        self.listen = sql("listen")
        self.claim_legs = sql("claim_legs")
        self.drop_legs = sql("drop_legs")
        self.set_aside = sql("set_aside")
        self.claim_set_aside = sql("claim_set_aside")
        self.retry_later = sql("retry_later")
        self.drop_set_aside = sql("drop_set_aside")
        self.drop_drained = sql("drop_drained")
        self.every_leg = sql("every_leg")
        self.every_result = sql("every_result")


def create_tables(dsn: str, statements: Statements | None = None) -> None:
    """Create what is missing; safe to call from many processes at once. Who may not create finds what the owner created.

    Raises:
        psycopg.OperationalError: when the database is away.

    """
    sql = statements or Statements()
    with suppress(psycopg.errors.InsufficientPrivilege), psycopg.connect(dsn, **PATIENCE) as connection:
        there = connection.execute(sql.tables_are_there).fetchone()
        if there is not None and there[0]:
            return
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (CREATING,))
        connection.execute(sql.create_tables)


def connect(dsn: str, role: str) -> psycopg.Connection[Any]:
    """Open a connection whose commits need not wait for the disk: what a crash of the server loses here is found again in the log.

    Raises:
        psycopg.OperationalError: when the database is away.

    """
    connection = psycopg.connect(dsn, autocommit=True, application_name=f"slipstream {role}", **PATIENCE)
    connection.execute("SET synchronous_commit = off")
    return connection
