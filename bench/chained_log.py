"""Facts straight into the log by COPY, each batch with its time and its digest: the limit of any way in."""

from collections.abc import Sequence

import psycopg

from infra.eventstore.chained import LogHead, chained_rows
from infra.eventstore.fact_encoding import COPY_HEADER, COPY_TRAILER
from infra.eventstore.statements import Statements


class ChainedLog:
    """Writes below the head as it was when this was made; nothing is judged, and nobody else may write meanwhile."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._sql = Statements("public", "stored_events")
        self._write_batch = self._sql.write_batch.as_bytes(None)
        self._clock = self._sql.released
        row = connection.execute(self._sql.read_head).fetchone()
        assert row is not None, "the head is one row"
        position, committed_us, clock_us, digest, log_id = row
        self.head = LogHead(position, committed_us, clock_us, bytes.fromhex(digest), log_id)
        connection.rollback()

    @property
    def position(self) -> int:
        """Where the log ends."""
        return self.head.position

    def copy_in(self, rows: bytes, append_sizes: Sequence[int], *, commit: bool = True) -> None:
        """COPY a batch of numbered rows, and commit it."""
        with self._connection.cursor() as cursor:
            row = cursor.execute(self._clock).fetchone()
            assert row is not None, "the clock always says something"
            head = LogHead(self.head.position, self.head.committed_us, row[0], self.head.digest, self.head.log_id)
            batch = chained_rows(self._write_batch, head, rows, append_sizes)
            with cursor.copy(self._sql.copy_facts) as copy:
                copy.write(b"".join((COPY_HEADER, rows, COPY_TRAILER)))
            cursor.execute(batch.statements)
            cursor.execute(self._sql.flush)
        if commit:
            self._connection.commit()
        self.head = LogHead(head.position + sum(append_sizes), head.now_us, head.clock_us, batch.digest, head.log_id)
