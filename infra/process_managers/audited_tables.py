"""Reads the tables of process managers for the audit, all at one moment."""

from collections.abc import Sequence

import psycopg

from commands.audit import CameRow, CaseRow, ManagerTables
from commands.ports import StoreUnavailable
from commands.process_manager import ProcessManager
from domain.partitions import PARTITIONS
from infra.process_managers.tables import Statements, connect


def read_tables(dsn: str, managers: Sequence[ProcessManager], schema: str = "public") -> Sequence[ManagerTables] | None:
    """Return the tables as they are now, None where no process manager ever ran.

    Raises:
        StoreUnavailable: when the database is away.

    """
    found = []
    try:
        with connect(dsn, "audit") as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            for manager in managers:
                sql = Statements(manager.tables, schema)
                standing = connection.execute(sql.positions, (manager.name, list(range(PARTITIONS)))).fetchall()
                positions = {partition: position for partition, position, *_ in standing}
                cases = [CaseRow(*row) for row in connection.execute(sql.every_later)]
                came = []
                if sql.has_waiting:
                    cases += [CaseRow(*row) for row in connection.execute(sql.every_waiting)]
                    came = [CameRow(*row) for row in connection.execute(sql.every_came)]
                found.append(ManagerTables(manager.name, positions, cases, came))
    except psycopg.errors.UndefinedTable:
        return None
    except psycopg.OperationalError as error:
        raise StoreUnavailable(str(error).strip()) from error
    return found
