"""Looks at a PostgreSQL server before a log is kept on it: what the log depends on must be so, and is refused by name where it is not."""

from dataclasses import dataclass
from typing import Any

import psycopg

from infra.operator_errors import Failure

VERSION_MIN = 15


@dataclass(eq=False)
class EncodingNotUtf8(Failure):
    """The database {database} is encoded in {encoding}, and the log needs UTF8: CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0."""

    database: str
    encoding: str


@dataclass(eq=False)
class ServerTooOld(Failure):
    """The database server is PostgreSQL {version}: the log needs 15 or newer."""

    version: str


@dataclass(eq=False)
class ServerIsStandby(Failure):
    """The database server is a standby: set SLIPSTREAM_DATABASE_URL to its primary, and SLIPSTREAM_READ_DATABASE_URL to it."""


@dataclass(eq=False)
class DatabaseReadOnly(Failure):
    """The database {database} takes no writes from {user}: set default_transaction_read_only to off."""

    database: str
    user: str


@dataclass(eq=False)
class FsyncOff(Failure):
    """The database server runs with fsync off, so that a power cut loses what was answered: set fsync to on."""


@dataclass(eq=False)
class FullPageWritesOff(Failure):
    """The database server runs with full_page_writes off, so that a power cut tears its pages: set full_page_writes to on."""


@dataclass(eq=False)
class CommitsNotDurable(Failure):
    """The database answers commits of {user} before they are on the disk: set synchronous_commit to on."""

    user: str


@dataclass(eq=False)
class StringsNotStandard(Failure):
    """The database {database} reads backslashes in strings as escapes: set standard_conforming_strings to on."""

    database: str


_LOOK = """
SELECT current_database() AS database, current_user AS user, pg_is_in_recovery() AS standby, current_setting('server_version') AS version,
    current_setting('server_version_num')::int / 10000 AS major, current_setting('server_encoding') AS encoding,
    current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
    current_setting('synchronous_commit') AS synchronous_commit, current_setting('transaction_read_only') AS read_only,
    current_setting('standard_conforming_strings') AS standard_strings
"""


def refuse_unfit(connection: psycopg.Connection[Any]) -> None:
    """Look at the server, and at the database and user of a connection.

    Raises:
        ServerTooOld, EncodingNotUtf8, ServerIsStandby, DatabaseReadOnly, FsyncOff, FullPageWritesOff, CommitsNotDurable,
        StringsNotStandard: the first that is so, in this order.

    """
    with connection.cursor(row_factory=psycopg.rows.namedtuple_row) as cursor:
        found: Any = cursor.execute(_LOOK).fetchone()
    assert found is not None, "settings are one row"
    refusals: list[tuple[bool, Failure]] = [
        (found.major < VERSION_MIN, ServerTooOld(found.version)),
        (found.encoding != "UTF8", EncodingNotUtf8(found.database, found.encoding)),
        (found.standby, ServerIsStandby()),
        (found.read_only != "off", DatabaseReadOnly(found.database, found.user)),
        (found.fsync != "on", FsyncOff()),
        (found.full_page_writes != "on", FullPageWritesOff()),
        (found.synchronous_commit == "off", CommitsNotDurable(found.user)),
        (found.standard_strings != "on", StringsNotStandard(found.database)),
    ]
    for unfit, refusal in refusals:
        if unfit:
            raise refusal
