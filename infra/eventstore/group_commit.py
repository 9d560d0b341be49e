"""Group commit: a batch of appends, judged one by one, written as one COPY in one transaction.

    encode the rows that nobody encoded yet, look streams up            before the lock
    BEGIN; lock the head; read it, and the clock                        one round trip
    judge every append; streams at version 1 are assumed to be new      none; on a duplicate key the batch is judged again, after a look-up
    number the rows of those accepted, digest them                      none
    COPY them; move the head; write the batch's own row; COMMIT;        sent together; the next batch is decided before the answer is taken
    flush what was committed

The head is released before the batch is on disk ("early lock release": Johnson et al., Aether, 2010), so that other processes wait for each
other's decisions but not for each other's disks. What they build on a batch is flushed after it, readers see only what is flushed, and
nobody is answered before a flush that covers all that the answer rests on: `flush.sql`.

A commit whose acknowledgement was lost is looked up by the digest of its batch, under the head's lock, so it is never written twice and
never reported as a conflict.
"""

import time
from collections.abc import Sequence
from typing import Any

import psycopg
import structlog

from commands.ports import Append, Appended, Loaded, StoreUnavailable
from infra.eventstore import binary_arrays
from infra.eventstore.append_validation import Attempt, Moved, joined, judge
from infra.eventstore.chained import LogHead, chained
from infra.eventstore.fact_encoding import COPY_HEADER, COPY_TRAILER, copy_heads
from infra.eventstore.nonblocking_connection import CONNECTION_TIMEOUTS, UNAVAILABLE_ERRORS, NonblockingConnection
from infra.eventstore.stalled_writers import APPLICATION, LOCK_TIMEOUT_MS, end_stalled_writers
from infra.eventstore.statements import Statements
from infra.eventstore.version_index import FOREIGN_FACTS_MAX, VersionIndex

RECONNECT_S_MAX = 5.0
"""How long a batch waits for an unavailable database before its callers get an error."""

BATCHES_LOOKING_UP_NEW_STREAMS = 64
"""After a duplicate key, streams that should be new are looked up first for so many batches: another one would cost a whole batch."""

BEGIN = b"BEGIN ISOLATION LEVEL READ COMMITTED;SET LOCAL synchronous_commit = off;"
"""The batch is flushed after its commit, when the head is free."""

EXISTING_STREAMS, LAST_VERSIONS, WRITTEN_SINCE, FOLLOWED_SINCE = b"existing_streams", b"last_versions", b"written_since", b"followed_since"
logger = structlog.get_logger()


class GroupCommit:
    """Writes batches over one connection of its own. One thread at a time."""

    def __init__(self, dsn: str, statements: Statements, *, reconnect_s_max: float = RECONNECT_S_MAX) -> None:
        self._dsn = dsn
        self._sql = statements
        self._reconnect_s_max = reconnect_s_max
        self._lock_head = BEGIN + statements.lock_head.as_bytes(None) + b";" + statements.read_head.as_bytes(None)
        self._copy_facts = statements.copy_facts.as_bytes(None)
        self._write_batch = statements.write_batch.as_bytes(None)
        self._flush = statements.released.as_bytes(None) + b";" + statements.flush.as_bytes(None)
        self._connection: psycopg.Connection[Any] | None = None
        self._wire: NonblockingConnection | None = None
        self._index = VersionIndex()
        self._appends: Sequence[Append] = ()
        self._rows: Sequence[Sequence[bytes]] = ()
        self._attempt = Attempt()
        self._untold: Moved = {}
        self._trouble: BaseException | None = None
        self._asking = 0
        self._has_others = False

    def begin(self, appends: Sequence[Append]) -> Moved:
        """Send a batch without waiting for its commit; `outcome` returns the verdicts, and raises the errors.

        Return the streams that other writers changed since the last batch; see `commands.ports.PendingCommit`.
        """
        self._appends, self._attempt, self._trouble = appends, Attempt(), None
        try:
            self._rows = [copy_heads(append.facts) if append.rows is None else append.rows for append in appends]
            self._connect()
            self._send()
        except Exception as error:  # noqa: BLE001  (raised by `outcome`, where the batch's callers are told)
            self._trouble = error
        moved, self._untold = joined(self._untold, self._attempt.changed_elsewhere), {}
        return moved

    @property
    def followed(self) -> bytes:
        """What others wrote to the streams that decisions everywhere wait for, as read when the batch was begun; see `decode_followed`."""
        return self._attempt.followed

    def outcome(self) -> Appended:
        """Wait for the batch that was begun; see `commands.ports.EventStore`.

        Raises:
            StoreUnavailable: when the database stayed unavailable.

        """
        deadline_s = time.monotonic() + self._reconnect_s_max
        while True:
            try:
                if self._trouble is not None:
                    self._begin_again(self._trouble)
                return self._receive()
            except psycopg.errors.UniqueViolation:
                if self._asking:
                    self.close()
                    raise
                self._retry_after_duplicate_key()
            except UNAVAILABLE_ERRORS as error:
                if time.monotonic() > deadline_s:
                    self.close()
                    raise StoreUnavailable(str(error).strip()) from error
                logger.warning("the log is unavailable; trying again", error=str(error).strip()[:200])
                self._trouble = error
                time.sleep(0.05)
            except BaseException:
                self.close()
                raise

    def _begin_again(self, trouble: BaseException) -> None:
        """After a broken connection: find out whether the batch was committed; if not, send it again on a new connection."""
        attempt = self._attempt
        self.close()
        if not isinstance(trouble, UNAVAILABLE_ERRORS):
            raise trouble
        connection = self._connect()
        if isinstance(trouble, psycopg.errors.LockNotAvailable):
            end_stalled_writers(connection, self._sql)
        attempt.committed = bool(attempt.written) and self._was_committed(connection, attempt)
        if not attempt.committed:
            self._send_again()
        self._trouble = None

    def _retry_after_duplicate_key(self) -> None:
        """A stream that was assumed to be new exists, so the batch was rolled back: judge it again, and look new streams up first."""
        assert self._connection is not None and self._wire is not None, "whoever answered is connected"  # noqa: PT018  (one thought)
        self._asking = BATCHES_LOOKING_UP_NEW_STREAMS
        self._wire.drain()
        self._wire.send(b"ROLLBACK")  # psycopg's own rollback would drop our prepared statements
        self._wire.finish()
        self._index.forget(-1)
        try:
            self._send_again()
        except Exception as error:  # noqa: BLE001  (handled by `outcome`, as after `begin`)
            self._trouble = error

    def _send_again(self) -> None:
        """Send the batch again. `begin` has returned already, so streams that others changed meanwhile are returned by the next `begin`."""
        self._attempt = Attempt()
        try:
            self._send()
        finally:
            self._untold = joined(self._untold, self._attempt.changed_elsewhere)

    def add_loaded(self, loaded: Loaded) -> None:
        """Add versions of loaded streams to the index, so that the next batch need not ask for them. For the thread that commits."""
        versions = {stream_id: snapshot.version for stream_id, snapshot in loaded.snapshots.items()}
        versions.update({fact.stream_id: fact.version for fact in loaded.facts})
        for stream_id in (*loaded.more, *loaded.unreadable):
            versions.pop(stream_id, None)
        self._index.add_loaded(versions, loaded.position)

    def nudge(self) -> None:
        """Continue the batch that was begun. It is called often, so it is cheap."""
        if self._wire is not None:
            self._wire.nudge()

    def ready(self) -> bool:
        """Tell whether the batch is answered, or has gone wrong, so that `outcome` finds something to do."""
        if self._trouble is not None or self._attempt.committed or self._wire is None:
            return True
        try:
            return self._wire.answered()
        except UNAVAILABLE_ERRORS:
            return True

    def close(self) -> None:
        """Close the connection; the next batch opens another with an empty version index."""
        if self._connection is not None:
            self._connection.close()
        self._connection, self._wire = None, None
        self._index.forget(-1)

    def _connect(self) -> psycopg.Connection[Any]:
        if self._connection is None:
            connection = psycopg.connect(self._dsn, autocommit=True, application_name=APPLICATION, **CONNECTION_TIMEOUTS)
            connection.execute(f"SET lock_timeout = {LOCK_TIMEOUT_MS}")
            connection.execute(f"SET idle_in_transaction_session_timeout = {LOCK_TIMEOUT_MS}")
            connection.execute("SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'")
            wire = NonblockingConnection(connection)
            wire.prepare(EXISTING_STREAMS, self._sql.existing_streams.as_bytes(None))
            wire.prepare(LAST_VERSIONS, self._sql.last_versions.as_bytes(None))
            wire.prepare(WRITTEN_SINCE, self._sql.written_since.as_bytes(None))
            wire.prepare(FOLLOWED_SINCE, self._sql.followed_since.as_bytes(None))
            self._connection, self._wire = connection, wire
        return self._connection

    def _send(self) -> None:
        """Lock the head, judge the batch, and send what was accepted with its COMMIT, without waiting for that.

        The attempt is filled before anything can be committed, for whoever must look it up later. What the index learns before the
        commit is acknowledged is forgotten with the connection if it is not.
        """
        appends, attempt, index, wire = self._appends, self._attempt, self._index, self._wire
        assert wire is not None, "a connection has its wire"
        versions, new, old = index.look_up(appends)
        since = index.position if self._has_others else -1
        wire.send(self._lock_head + b";" + self._since(since) if since >= 0 else self._lock_head)
        _, (_, _, _, (row,), *written) = wire.finish()
        attempt.head = head = LogHead.of_row(row)
        self._ask(wire, versions, new if self._asking else (), old)
        self._asking = max(0, self._asking - 1)
        attempt.changed_elsewhere = self._catch_up(wire, head.position, versions, written)
        if index.shared.moved_elsewhere(attempt.changed_elsewhere):
            unproved, unknown = index.shared.unproved(appends, index.version_of)
            versions.update(unproved)
            self._ask(wire, versions, (), unknown)
        index.shared.prove(versions)
        judge(appends, self._rows, versions, index.shared, attempt)
        if attempt.written:
            batch = chained(self._write_batch, head, attempt.written, attempt.append_sizes)
            attempt.digest = batch.digest
            wire.send(b";".join((self._copy_facts, batch.statements, b"COMMIT", self._flush)))
            wire.copy_in((COPY_HEADER, batch.rows, COPY_TRAILER))
        else:
            wire.send(b"ROLLBACK;" + self._flush)
        for stream_id in new:
            del versions[stream_id]
        index.begun(new)
        index.advance_to(versions, head.position + len(attempt.written))

    def _receive(self) -> Appended:
        """Wait for the commit."""
        attempt = self._attempt
        if not attempt.committed:
            self._acknowledged()
        return Appended(attempt.verdicts, attempt.head.now_us, attempt.held_us)

    def _acknowledged(self) -> None:
        """Wait for the acknowledgement. Tests replace this method to lose one."""
        assert self._wire is not None, "a connection has its wire"
        attempt = self._attempt
        tags, rows = self._wire.finish()
        written = len(attempt.written)
        ended = [b"COPY %d" % written, b"UPDATE 1", b"INSERT 0 1", b"COMMIT"] if written else [b"ROLLBACK"]
        if tags[:-1] != [*ended, b"SELECT 1"]:
            raise psycopg.InterfaceError(f"the commit was answered {tags!r}")
        attempt.held_us = max(0, int(rows[-2][0][0]) - attempt.head.clock_us)

    def _ask(self, wire: NonblockingConnection, versions: dict[str, int], new: Sequence[str], old: Sequence[str]) -> None:
        """Ask, under the lock, about the streams that the index does not know: those that should be new, and those that should not."""
        if new:
            wire.ask(EXISTING_STREAMS, binary_arrays.uuids(new))
            old = [*old, *(stream_id.decode() for (stream_id,) in wire.rows())]
        if old:
            wire.ask(LAST_VERSIONS, binary_arrays.uuids(old))
            versions.update((stream_id.decode(), int(version)) for stream_id, version in wire.rows())

    @staticmethod
    def _since(position: int) -> bytes:
        """Return the questions what others wrote after a position; they are prepared, since the head is locked when they are asked."""
        return b";".join(b"EXECUTE %s (%d, %d)" % (name, position, FOREIGN_FACTS_MAX) for name in (WRITTEN_SINCE, FOLLOWED_SINCE))

    def _catch_up(
        self, wire: NonblockingConnection, position: int, versions: dict[str, int], written: Sequence[list[list[bytes]]]
    ) -> Moved:
        """Bring the versions up to what others wrote since the index was last true; return the streams that they changed.

        `written` is what they wrote, if that was read in the same round trip as the lock. It is read there when others wrote before the
        last batch too, since they are likely to have written again, and a further round trip would hold the lock for longer.
        """
        index = self._index
        self._has_others = index.position != position
        if not self._has_others:
            return {}
        if index.position < 0 or position - index.position > FOREIGN_FACTS_MAX:
            index.forget(position)
            self._ask(wire, versions, (), list(versions))
            return None
        if not written:
            wire.send(self._since(index.position))
            _, written = wire.finish()
        self._attempt.followed = written[1][0][0]
        moved = {stream_id.decode(): int(version) for stream_id, version in written[0]}
        index.advance_to(moved, position)
        versions.update((stream_id, version) for stream_id, version in moved.items() if stream_id in versions)
        return moved

    def _was_committed(self, connection: psycopg.Connection[Any], attempt: Attempt) -> bool:
        """Find out whether a batch whose commit was not acknowledged is in the log.

        The head is locked first, so that a commit which is still under way is waited for.
        """
        with connection.transaction():
            connection.execute(self._sql.lock_head)
            row = connection.execute(self._sql.batch_digest, (attempt.head.position + len(attempt.written),)).fetchone()
        connection.execute(self._sql.flush)
        return row is not None and bytes(row[0]) == attempt.digest
