"""The tables of deliveries beside the log: their statements by name, and how deliveries are added."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import psycopg
from psycopg.rows import TupleRow

from infra.delivery.rows import DIGEST, NO_ID, LedgerRow, digests_of
from infra.eventstore.nonblocking_connection import CONNECTION_TIMEOUTS

_SQL = files("infra.delivery") / "sql"
STATEMENTS: Mapping[str, bytes] = {
    each.name.removesuffix(".sql"): each.read_bytes() for each in _SQL.iterdir() if each.name.endswith(".sql")
}
COLUMNS = len(LedgerRow._fields) - 1
"""Those that a new row says; how often it was tried is its own."""

Connection = psycopg.Connection[TupleRow]


def connect(dsn: str, application_name: str) -> Connection:
    """Open a connection whose commits are on disk: what was sent is known after any crash.

    Raises:
        psycopg.OperationalError: when the database is unavailable.

    """
    return psycopg.connect(dsn, autocommit=True, application_name=f"slipstream {application_name}", **CONNECTION_TIMEOUTS)


def run(connection: Connection, name: str, parameters: dict[str, Any] | None = None) -> psycopg.Cursor[TupleRow]:
    """Run a statement by its name."""
    return connection.execute(STATEMENTS[name], parameters or {}, prepare=True)


def one(connection: Connection, name: str, parameters: dict[str, Any] | None = None) -> TupleRow:
    """Return the one row of a statement."""
    row = run(connection, name, parameters).fetchone()
    assert row is not None, f"{name} has one row"
    return row


def add(connection: Connection, rows: Sequence[LedgerRow]) -> None:
    """Add deliveries within the caller's transaction; those that are there stay as they are. Folded ones go into a digest that is open.

    Raises:
        psycopg.Error: when the database is unavailable.

    """
    folded = [row for row in rows if row.state == "folded"]
    if folded:
        places = into_digests(connection, folded)
        rows = [row._replace(digest_id=places[row.place]) if row.state == "folded" else row for row in rows]
    _copy(connection, rows)


def into_digests(connection: Connection, folded: Sequence[LedgerRow]) -> dict[tuple[str, str, str], str]:
    """Return the open digest of each place that folded deliveries go to, opened where there is none, locked until the transaction ends."""
    accounts = {"account_ids": sorted({row.account_id for row in folded})}
    missing = digests_of(folded)
    places: dict[tuple[str, str, str], str] = {}
    while missing:
        _insert(connection, missing)
        places = {(account, channel, address): digest for account, channel, address, digest in run(connection, "open_digests", accounts)}
        missing = [row for row in missing if row.place not in places]
    return places


def _copy(connection: Connection, rows: Sequence[LedgerRow]) -> None:
    if not rows:
        return
    try:
        with connection.transaction(), connection.cursor() as cursor, cursor.copy(STATEMENTS["copy_deliveries"]) as copy:
            copy.write("".join([_line(row) for row in rows]))
    except psycopg.errors.UniqueViolation:
        _insert(connection, rows)


def _insert(connection: Connection, rows: Sequence[LedgerRow]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(STATEMENTS["insert_delivery"], [row[:COLUMNS] for row in rows])


def _line(row: LedgerRow) -> str:
    """Return a row as COPY takes it: nothing in it needs escaping, as ids and names of kinds have neither tabs nor backslashes."""
    return "\t".join([str(each) if each is not None else r"\N" for each in row[:COLUMNS]]) + "\n"


def rows_from(found: Sequence[TupleRow]) -> list[LedgerRow]:
    """Return deliveries as they were found."""
    return [LedgerRow(*row) for row in found]


__all__ = ["DIGEST", "NO_ID", "STATEMENTS", "Connection", "add", "connect", "into_digests", "one", "rows_from", "run"]
