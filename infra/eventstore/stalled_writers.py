"""Ends the sessions of writers whose process stands still in the middle of a batch, and with it whoever waits for the lock on the head.

A process that is paused, or whose machine is, keeps its connection; in the middle of a COPY no timeout of the server's ends its session.
"""

from typing import Any

import psycopg
import structlog

from infra.eventstore.statements import Statements

APPLICATION = "slipstream group commit"
"""The name of the writers' sessions."""

LOCK_TIMEOUT_MS = 5_000
"""How long a batch waits for the lock on the head, and how long a process that stands still between two statements may keep it."""

STALLED_S = 2.0
"""How long a writer may keep the server waiting within a batch, of which it sends everything without waiting for anybody."""

logger = structlog.get_logger()


def end_stalled_writers(connection: psycopg.Connection[Any], statements: Statements) -> None:
    """End the sessions of writers that stand still. When such a process goes on, it looks up what became of its batch.

    Raises:
        psycopg.OperationalError: when the database is unavailable.

    """
    ended = connection.execute(statements.end_stalled_writers, (APPLICATION, STALLED_S)).fetchall()
    if ended:
        logger.warning("a writer stood still with the lock on the log, and its session was ended", sessions=len(ended))
