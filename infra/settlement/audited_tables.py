"""Reads the tables of the settlement for the audit, all at one moment."""

import psycopg

from commands.audit import OpenLegRow, ResultRow, SettlementTables
from commands.ports import StoreUnavailable
from infra.settlement.tables import Statements, connect


def read_tables(dsn: str, statements: Statements | None = None) -> SettlementTables | None:
    """Return the tables as they are now, None where nothing was ever settled.

    Raises:
        StoreUnavailable: when the database is away.

    """
    sql = statements or Statements()
    try:
        with connect(dsn, "audit") as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            position = connection.execute(sql.position).fetchone()
            legs = [OpenLegRow(*row) for row in connection.execute(sql.every_leg)]
            results = [ResultRow(*row) for row in connection.execute(sql.every_result)]
    except psycopg.errors.UndefinedTable:
        return None
    except psycopg.OperationalError as error:
        raise StoreUnavailable(str(error).strip()) from error
    assert position is not None, "the position is one row"
    return SettlementTables(position[0], legs, results)
