"""Looks at a read replica before it is read from."""

from dataclasses import dataclass

import psycopg

from infra.eventstore.nonblocking_connection import CONNECTION_TIMEOUTS
from infra.operator_errors import Failure
from infra.replica.replica import LOG

MISSING_RIGHT = """
SELECT name FROM unnest(ARRAY['stored_events', 'stored_events_batches', 'stored_events_head', 'search_slip', 'open_leg']) AS name
WHERE NOT coalesce(has_table_privilege(to_regclass('public.' || name), 'SELECT'), false) LIMIT 1
"""


@dataclass(eq=False)
class ReplicaOfAnotherLog(Failure):
    """SLIPSTREAM_READ_DATABASE_URL names a database with another log than SLIPSTREAM_DATABASE_URL: {theirs}, not {ours}."""

    theirs: str
    ours: str


@dataclass(eq=False)
class ReplicaNotReadable(Failure):
    """The user of SLIPSTREAM_READ_DATABASE_URL may not read {table}, or it is not there: GRANT slipstream_roles TO that user."""

    table: str


def refuse_unfit_replica(url: str, log_id: str) -> int:
    """Return the position of a replica that can be read from.

    Raises:
        ReplicaNotReadable, ReplicaOfAnotherLog: what is wrong, in this order.
        psycopg.OperationalError: when it is unavailable.

    """
    with psycopg.connect(url, autocommit=True, **CONNECTION_TIMEOUTS) as connection:
        missing = connection.execute(MISSING_RIGHT).fetchone()
        if missing is not None:
            raise ReplicaNotReadable(missing[0])
        row = connection.execute(LOG).fetchone()
    assert row is not None, "the head is one row"
    position, theirs = row
    if theirs != log_id:
        raise ReplicaOfAnotherLog(theirs, log_id)
    return int(position)
