"""The tables of process managers, and every statement on them: one file each, for the words of each manager."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib.resources import files
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from commands.process_manager import CaseTables, ProcessManager
from domain.partitions import PARTITIONS
from infra.eventstore.nonblocking_connection import CONNECTION_TIMEOUTS

CREATING, TURN = 0x51_1B_57_50, 0x51_1B_57_51
"""Advisory locks: who may create the tables, and, with a partition of a manager, who keeps its rows."""
MEMBERS = 0x51_1B_57_60
"""An advisory lock that every process which shares the partitions of a manager holds, so that they can be counted."""

_SQL = files("infra.process_managers") / "sql"
_CARRY_OVER = files("infra.settlement") / "sql" / "carry_over.sql"
_OF_WAITING = ("waiting", "came", "channel")


class Statements:
    """Every statement by name, for the tables of one manager. Those on `waiting` and `came` are empty where it has none."""

    def __init__(self, tables: CaseTables, schema: str = "public") -> None:
        named = {**tables._asdict(), "schema": schema, "channel": f"{schema}.{tables.came}", "later_retry_at": f"{tables.later}_retry_at"}
        names = {name: Identifier(value) for name, value in named.items() if value}

        self.has_waiting = bool(tables.waiting)

        def sql(name: str) -> SQL:
            text = (_SQL / f"{name}.sql").read_text()
            if not self.has_waiting and any(f"{{{one}}}" in text for one in _OF_WAITING):
                return SQL("")
            return SQL(SQL(text).format(**names).as_string(None))

        self.create_position = sql("create_position")
        self.add_manager = sql("add_manager")
        self.create_waiting = sql("create_waiting")
        self.create_later = sql("create_later")
        self.divide_position = sql("divide_position")
        self.join_members = sql("join_members")
        self.leave_members = sql("leave_members")
        self.count_members = sql("count_members")
        self.take_partitions = sql("take_partitions")
        self.give_up_partitions = sql("give_up_partitions")
        self.positions = sql("positions")
        self.lock_positions = sql("lock_positions")
        self.advance_positions = sql("advance_positions")
        self.begin_anew = sql("begin_anew")
        self.held_keys = sql("held_keys") if self.has_waiting else sql("held_later_keys")
        self.forget_came = sql("forget_came")
        self.copy_waiting = sql("copy_waiting")
        self.insert_waiting = sql("insert_waiting")
        self.insert_came = sql("insert_came")
        self.insert_later = sql("insert_later")
        self.drop_over_waiting = sql("drop_over_waiting")
        self.drop_over_later = sql("drop_over_later")
        self.announce = sql("announce")
        self.clock = sql("clock")
        self.listen = sql("listen")
        self.claim_due = sql("claim_due")
        self.claim_later = sql("claim_later")
        self.drop_waiting = sql("drop_waiting")
        self.drop_later = sql("drop_later")
        self.set_aside = sql("set_aside")
        self.retry_later = sql("retry_later")
        self.drop_drained = sql("drop_drained")
        self.every_waiting = sql("every_waiting")
        self.every_later = sql("every_later")
        self.every_came = sql("every_came")


def creation(managers: Iterable[ProcessManager], schema: str = "public") -> Sequence[SQL]:
    """Return the statements that make the tables of these managers, in order; see `create_tables`."""
    carry_over = SQL(SQL(_CARRY_OVER.read_text()).format(schema=Identifier(schema)).as_string(None))
    made: list[SQL] = []
    for manager in managers:
        sql = Statements(manager.tables, schema)
        made += [made_once for made_once in (sql.create_position, carry_over, sql.divide_position) if not made]
        made += [sql.create_waiting, sql.create_later] if sql.has_waiting else [sql.create_later]
    return made


def create_tables(dsn: str, managers: Sequence[ProcessManager]) -> None:
    """Create what is missing; safe to call from many processes at once. Who may not create finds what the owner created.

    Raises:
        psycopg.OperationalError: when the database is unavailable.

    """
    with suppress(psycopg.errors.InsufficientPrivilege), psycopg.connect(dsn, **CONNECTION_TIMEOUTS) as connection:
        if _are_there(connection, managers):
            return
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (CREATING,))
        for statement in creation(managers):
            connection.execute(statement)
        for manager in managers:
            connection.execute(Statements(manager.tables).add_manager, (manager.name,))


def _are_there(connection: psycopg.Connection[Any], managers: Iterable[ProcessManager]) -> bool:
    """Say whether the tables are there as this version has them."""
    wanted = [("process_manager_partition", "mark")]
    for manager in managers:
        tables = manager.tables
        wanted += [
            (table, column) for table, column in ((tables.waiting, "part"), (tables.came, "number"), (tables.later, "partition")) if table
        ]
    there = (_SQL / "is_there.sql").read_text().encode()
    if not all(row[0] for one in wanted for row in connection.execute(there, one)):
        return False
    of_all = "SELECT manager FROM process_manager_partition GROUP BY manager HAVING count(*) = %s"
    known = {name for (name,) in connection.execute(of_all, (PARTITIONS,))}
    return known >= {manager.name for manager in managers}


def connect(dsn: str, role: str) -> psycopg.Connection[Any]:
    """Open a connection whose commits need not wait for the disk: what a crash of the server loses here is found again in the log.

    Raises:
        psycopg.OperationalError: when the database is unavailable.

    """
    connection = psycopg.connect(dsn, autocommit=True, application_name=f"slipstream {role}", **CONNECTION_TIMEOUTS)
    connection.execute("SET synchronous_commit = off")
    return connection
