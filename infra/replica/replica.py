"""Asks a read replica where it has what its reader has seen; who asks goes to the primary where it has not.

The position is looked up on the very connection that the question is asked on, so several replicas may stand behind one URL.
"""

import threading
import time
from collections.abc import Callable
from itertools import count
from typing import NamedTuple

import psycopg
import structlog
from psycopg.rows import TupleRow

from commands.ports import StoreUnavailable
from infra.clock import Clock
from infra.one_connection import OneConnection

Ask = Callable[[psycopg.Connection[TupleRow]], list[TupleRow]]

CONNECTIONS = 2
"""Questions that are under way at once; where a replica's machine died and nobody said so, no more than these wait for it."""

WAIT_S_MAX = 0.2
"""How long a question waits for a replica that is behind, or for its turn, before it is asked of the primary."""

LOOK_EVERY_S = 0.02
BEHIND_S, AWAY_S = 1.0, 5.0
"""How long a replica that was too far behind, or away, is asked nothing: the questions of that time do not wait for it again."""

LOG = "SELECT position, log_id::text FROM public.stored_events_head"
SEARCH = "SELECT (SELECT position FROM public.search_position), log_id::text FROM public.stored_events_head"
"""How far a replica has what is asked: the log, or the search index; and whose log it is."""

logger = structlog.get_logger(__name__)


class ReplicaAnswer(NamedTuple):
    """What a replica answered: how far it was, and rows."""

    position: int
    rows: list[TupleRow]


class Replica:
    """Some connections to a replica, on each of which one question is asked at a time. It may wait: ask from a thread that may.

    `answered` counts the questions that it answered, `left` those that were left to the primary.
    """

    def __init__(self, dsn: str, log_id: str, position: str) -> None:
        """Take a URL, the id of the log it must be a replica of, and the statement that tells how far it is."""
        self._connections = [(OneConnection(dsn, "slipstream replica"), threading.Lock()) for _ in range(CONNECTIONS)]
        self._turn = count()
        self._log_id, self._position = log_id, position
        self._clock = Clock()
        self._counting = threading.Lock()
        self._left_until_s, self._is_left = 0.0, False
        self.answered = self.left = 0

    def rows_at(self, position: int, ask: Ask) -> ReplicaAnswer | None:
        """Return the rows that `ask` reads once the replica has reached a position.

        Return None where it has not within `WAIT_S_MAX`, is unavailable, or is of another log; ask the primary then.
        """
        found = self._wait_for(position, ask)
        with self._counting:
            self.answered, self.left = self.answered + (found is not None), self.left + (found is None)
        return found

    def close(self) -> None:
        """Give up the connections."""
        for connection, _ in self._connections:
            connection.close()

    def _wait_for(self, position: int, ask: Ask) -> ReplicaAnswer | None:
        connection, one_at_a_time = self._connections[next(self._turn) % CONNECTIONS]
        until_s = self._clock.monotonic_s() + WAIT_S_MAX
        while one_at_a_time.acquire(timeout=WAIT_S_MAX):
            try:
                now_s = self._clock.monotonic_s()
                if now_s < self._left_until_s:
                    return None
                found, pause_s = self._look(connection, position, ask)
            finally:
                one_at_a_time.release()
            if isinstance(found, ReplicaAnswer):
                self._return()
                return found
            if pause_s > BEHIND_S or now_s >= until_s:
                self._leave(found, pause_s)
                return None
            time.sleep(LOOK_EVERY_S)
        return None

    def _look(self, on: OneConnection, position: int, ask: Ask) -> tuple[ReplicaAnswer | str, float]:
        """Return what is found, or why nothing is and how long it is no use to ask."""

        def look(connection: psycopg.Connection[TupleRow]) -> tuple[ReplicaAnswer | str, float]:
            row = connection.execute(self._position).fetchone()
            if row is None or row[0] is None or row[1] != self._log_id:
                return "it is of another log", AWAY_S
            reached = int(row[0])
            if reached < position:
                return f"it is at position {reached:,}, and {position:,} is wanted", BEHIND_S
            return ReplicaAnswer(reached, ask(connection)), 0.0

        try:
            return on.run(look)
        except (StoreUnavailable, psycopg.Error) as error:
            return str(error).strip()[:200], AWAY_S

    def _leave(self, why: str, pause_s: float) -> None:
        self._left_until_s = self._clock.monotonic_s() + pause_s
        if not self._is_left:
            logger.warning("the read replica is not asked, the primary is", why=why)
        self._is_left = True

    def _return(self) -> None:
        if self._is_left:
            logger.info("the read replica is asked again")
        self._is_left = False
