"""Prepares a database before a role or a command uses it: checks the server, creates tables as their owner, grants rights."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b, sha256
from importlib.resources import files
from typing import Any

import psycopg
import structlog
from eventsourcing.persistence import ProgrammingError

from commands.registry import process_managers
from infra.eventstore.nonblocking_connection import CONNECTION_TIMEOUTS
from infra.eventstore.recorder import GroupCommitRecorder, datastore_of
from infra.eventstore.server_check import refuse_unfit
from infra.operator_errors import Failure
from infra.process_managers.tables import create_tables, creation

MAKING_READY = 0x51_1B_57_4F
"""The advisory lock that lets one process at a time make tables and give rights."""

_FILES = (
    "eventstore/sql/create_head.sql",
    "eventstore/sql/append_only.sql",
    "second_factors/sql/create_tables.sql",
    "sealed_text/sql/create_tables.sql",
    "search/sql/create_tables.sql",
    "log/sql/create_tables.sql",
    "delivery/sql/create_tables.sql",
    "eventstore/sql/users.sql",
)
_STATE = """
SELECT to_regclass('public.stored_events') IS NOT NULL AS there,
    coalesce((SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = to_regclass('public.stored_events')), '') AS owner,
    coalesce(obj_description(to_regclass('public.stored_events_batches'), 'pg_class'), '') AS layout,
    current_database() AS database, current_user AS user
"""
_MISSING_RIGHT = """
SELECT name, needed FROM (VALUES
    ('stored_events', 'SELECT'), ('stored_events', 'INSERT'), ('stored_events_batches', 'SELECT'), ('stored_events_batches', 'INSERT'),
    ('stored_events_head', 'SELECT'), ('stored_events_head', 'UPDATE'), ('stored_events_snapshots', 'UPDATE'), ('open_leg', 'DELETE'),
    ('second_factor', 'UPDATE'), ('text_key', 'DELETE'), ('search_slip', 'DELETE'), ('relay_position', 'UPDATE'),
    ('dead_letter', 'UPDATE'), ('delivery', 'UPDATE'), ('delivery_device', 'DELETE')
) AS right_to (name, needed)
WHERE NOT coalesce(has_table_privilege(to_regclass('public.' || name), needed), false) LIMIT 1
"""

logger = structlog.get_logger()


@dataclass(eq=False)
class TablesMissing(Failure):
    """The database {database} has no log, and {user} may not make one: set SLIPSTREAM_OWNER_DATABASE_URL to a user who may."""

    database: str
    user: str


@dataclass(eq=False)
class TablesOutdated(Failure):
    """The tables of {database} are of another version of Slipstream: start it once with SLIPSTREAM_OWNER_DATABASE_URL, as their owner."""

    database: str


@dataclass(eq=False)
class RightMissing(Failure):
    """The database user {user} may not {right} in {table}: run infra/eventstore/sql/users.sql, then GRANT slipstream_roles TO {user}."""

    user: str
    right: str
    table: str


@dataclass(eq=False)
class RolesNotMade(Failure):
    """The owner's user {user} may not make the role slipstream_roles: run infra/eventstore/sql/users.sql once as an administrator."""

    user: str


def make_ready(url: str, owner_url: str | None = None) -> None:
    """Refuse a server that the log cannot depend on, make what is missing, and see that the user of `url` may do what it must.

    Without an owner's URL the tables are made by the user of `url`, who then could also change them; that is said in the log.

    Raises:
        Failure: naming what is wrong and what to do about it.
        psycopg.OperationalError: when the database is unavailable.

    """
    if owner_url is not None:
        with psycopg.connect(owner_url, autocommit=True, **CONNECTION_TIMEOUTS) as connection:
            _make_tables(connection, owner_url, rights=True)
    with psycopg.connect(url, autocommit=True, **CONNECTION_TIMEOUTS) as connection:
        refuse_unfit(connection)
        state = _look(connection)
        if owner_url is None and (not state.there or state.owner == state.user):
            _make_tables(connection, url, rights=False)
            logger.info(
                "the roles' database user owns the log and could change it",
                user=state.user,
                remedy="set SLIPSTREAM_OWNER_DATABASE_URL; see infra/eventstore/sql/users.sql",
            )
        elif state.layout not in {_layout(rights=True), _layout(rights=False)}:
            raise TablesOutdated(state.database) if state.there else TablesMissing(state.database, state.user)
        missing = connection.execute(_MISSING_RIGHT).fetchone()
    if missing is not None:
        table, right = missing
        raise RightMissing(state.user, right, table)


def _make_tables(connection: psycopg.Connection[Any], url: str, *, rights: bool) -> None:
    """Make tables and give rights, unless that was done by this very version; whoever serves meanwhile must not wait for nothing."""
    refuse_unfit(connection)
    done = {_layout(rights=rights), _layout(rights=True)}
    if _look(connection).layout in done:
        return
    connection.execute("SELECT pg_advisory_lock(%s)", (MAKING_READY,))
    state = _look(connection)
    try:
        if state.layout in done:
            return
        with datastore_of(url, pool_size=1) as datastore:
            GroupCommitRecorder(datastore).create_table()
        create_tables(url, process_managers())
        connection.execute(_sql("second_factors/sql/create_tables.sql"))
        connection.execute(_sql("sealed_text/sql/create_tables.sql"))
        connection.execute(_sql("search/sql/create_tables.sql"))
        connection.execute(_sql("log/sql/create_tables.sql"))
        connection.execute(_sql("delivery/sql/create_tables.sql"))
        if rights:
            connection.execute(_sql("eventstore/sql/users.sql"))
        connection.execute(f"COMMENT ON TABLE public.stored_events_batches IS '{_layout(rights=rights)}'")
    except (psycopg.errors.InsufficientPrivilege, ProgrammingError) as error:
        if not isinstance(error, psycopg.Error) and not isinstance(error.__cause__, psycopg.errors.InsufficientPrivilege):
            raise
        raise (RolesNotMade(state.user) if "create role" in str(error) else TablesMissing(state.database, state.user)) from error
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", (MAKING_READY,))
    logger.info("the log's tables are ready", owner=state.user, rights_given=rights)


def _look(connection: psycopg.Connection[Any]) -> Any:
    with connection.cursor(row_factory=psycopg.rows.namedtuple_row) as cursor:
        state: Any = cursor.execute(_STATE).fetchone()
    assert state is not None, "a state is one row"
    return state


@cache
def _layout(*, rights: bool) -> str:
    """Name the layout of tables that this version makes: a hash of the statements that make it, without their comments."""
    made = [_sql(name) for name in _FILES] + [statement.as_string(None) for statement in creation(process_managers())]
    lines = [line for text in made for line in text.splitlines() if line.strip() and not line.lstrip().startswith("--")]
    digest = sha256("\n".join(lines).encode()).hexdigest()[:16]
    return f"slipstream layout {digest}{', rights given' if rights else ''}"


def _sql(name: str) -> str:
    return files("infra").joinpath(name).read_text()


def seal_key_of(secret: str) -> bytes:
    """Return the key that snapshots are sealed with: processes that share it believe each other's."""
    return blake2b(secret.encode(), person=b"snapshots").digest()


@contextmanager
def recorder_of(url: str, seal_key: bytes = b"") -> Iterator[GroupCommitRecorder]:
    """Give the event store of a database that was made ready."""
    datastore = datastore_of(url)
    recorder = GroupCommitRecorder(datastore, seal_key=seal_key)
    try:
        yield recorder
    finally:
        recorder.close()
        datastore.close()
