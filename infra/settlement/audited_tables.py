"""Reads the tables of the settlement for the audit, all at one moment."""

from importlib.resources import files

import psycopg
from psycopg.sql import SQL, Identifier

from commands.audit import OpenLegRow, ResultRow, SettlementTables
from commands.betting.settlement import SETTLEMENT
from commands.ports import StoreUnavailable
from infra.process_managers.tables import Statements, connect

_SQL = files("infra.settlement") / "sql"


def read_tables(dsn: str, schema: str = "public") -> SettlementTables | None:
    """Return the tables as they are now, None where nothing was ever settled.

    Raises:
        StoreUnavailable: when the database is unavailable.

    """

    def sql(name: str) -> SQL:
        return SQL(SQL((_SQL / f"{name}.sql").read_text()).format(schema=Identifier(schema)).as_string(None))

    try:
        with connect(dsn, "audit") as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            position = connection.execute(Statements(SETTLEMENT.tables, schema).position, (SETTLEMENT.name,)).fetchone()
            legs = [OpenLegRow(*row) for row in connection.execute(sql("every_leg"))]
            results = [ResultRow(*row) for row in connection.execute(sql("every_result"))]
    except psycopg.errors.UndefinedTable:
        return None
    except psycopg.OperationalError as error:
        raise StoreUnavailable(str(error).strip()) from error
    assert position is not None, "the position is one row"
    return SettlementTables(position[0], legs, results)
