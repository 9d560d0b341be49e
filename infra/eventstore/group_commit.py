"""Group commit: a batch of appends, judged one by one, written as one COPY in one transaction.

    BEGIN; lock the head and move it by what we hope to write        one round trip, with the questions about unknown streams
    judge every append against the version index                     no round trip
    COPY the rows of those accepted; COMMIT

A commit whose acknowledgement was lost is looked up by what it wrote, under the head's lock, so it is never written twice and never
reported as a conflict.
"""

import time
from collections.abc import Sequence
from typing import Any

import psycopg
import structlog
from psycopg.adapt import Dumper
from psycopg.pq import Format

from commands.ports import Append, Appended, NewFact, StoreUnavailable, Verdict
from infra.eventstore.encoding import copy_rows, encode_fact, uuid_bytes
from infra.eventstore.statements import Statements
from infra.eventstore.version_index import FOREIGN_FACTS_MAX, VersionIndex

RECONNECT_S_MAX = 5.0
"""How long a batch waits for a database that went away before its callers are told."""

LOCK_TIMEOUT_MS = 10_000
REFUSED = Verdict(accepted=False, position=0)
HELD = Verdict(accepted=True, position=0)
NEVER = 1 << 62
"""No stream comes to this version."""

log = structlog.get_logger()


class UuidArray(bytes):
    """A uuid[] as Postgres takes it in binary, made by `uuid_array`."""


class _UuidArrayDumper(Dumper):
    format = Format.BINARY
    oid = 2951

    def dump(self, obj: UuidArray) -> bytes:
        return obj


def uuid_array(stream_ids: Sequence[str]) -> UuidArray:
    """Return ids as a binary uuid[]; 10 times faster than through `uuid.UUID`."""
    header = b"".join(n.to_bytes(4, "big") for n in (1, 0, 2950, len(stream_ids), 1))
    return UuidArray(header + b"".join(b"\0\0\0\x10" + uuid_bytes(stream_id) for stream_id in stream_ids))


class GroupCommit:
    """Writes batches over one connection of its own. One thread at a time."""

    def __init__(self, dsn: str, statements: Statements, *, reconnect_s_max: float = RECONNECT_S_MAX) -> None:
        self._dsn = dsn
        self._sql = statements
        self._reconnect_s_max = reconnect_s_max
        self._connection: psycopg.Connection[Any] | None = None
        self._index = VersionIndex()

    def append_many(self, appends: Sequence[Append]) -> Appended:
        """Record a batch; see `commands.ports.EventStore`.

        Raises:
            StoreUnavailable: when the database stayed away.

        """
        deadline_s = time.monotonic() + self._reconnect_s_max
        attempt = _Attempt()
        while True:
            try:
                connection = self._connect()
                if attempt.written and self._was_committed(connection, attempt):
                    return Appended(attempt.verdicts)
                attempt = _Attempt()
                return self._write(connection, appends, attempt)
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                self.close()
                if time.monotonic() > deadline_s:
                    raise StoreUnavailable(str(error).strip()) from error
                log.warning("the log went away; trying again", error=str(error).strip()[:200])
                time.sleep(0.05)
            except psycopg.Error:
                self.close()
                raise

    def close(self) -> None:
        """Give up the connection; the next batch opens another and knows nothing."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._index.forget(-1)

    def _connect(self) -> psycopg.Connection[Any]:
        if self._connection is None:
            connection = psycopg.connect(self._dsn, autocommit=True, connect_timeout=3, application_name="slipstream group commit")
            connection.adapters.register_dumper(UuidArray, _UuidArrayDumper)
            connection.execute(f"SET lock_timeout = {LOCK_TIMEOUT_MS}")
            connection.execute("SET synchronous_commit = on")
            self._connection = connection
        return self._connection

    def _write(self, connection: psycopg.Connection[Any], appends: Sequence[Append], attempt: "_Attempt") -> Appended:
        """Judge and write one batch. The attempt is filled before the commit, for whoever must look it up later."""
        wanted = sum(len(append.facts) for append in appends)
        index, written = self._index, attempt.written
        cursor = connection.cursor()
        head, probed = self._lock(connection, cursor, appends, wanted)
        attempt.before = before = head - wanted
        moved = self._catch_up(cursor, before)
        index.learn(probed.items())
        if moved is None:
            index.learn(self._ask_again(cursor, appends).items())
        self._judge(appends, attempt)
        if written:
            with cursor.copy(self._sql.copy_facts) as copy:
                copy.write(copy_rows(written, before))
        if len(written) != wanted:
            cursor.execute(self._sql.retreat_head, (before + len(written),), prepare=True)
        self._commit(connection)
        index.learn((fact.stream_id, fact.version) for fact in written)
        index.position = before + len(written)
        index.age()
        return Appended(attempt.verdicts, moved or ())

    @staticmethod
    def _commit(connection: psycopg.Connection[Any]) -> None:
        """Commit; the seam where tests lose the acknowledgement."""
        connection.execute("COMMIT")

    def _lock(
        self, connection: psycopg.Connection[Any], cursor: psycopg.Cursor[Any], appends: Sequence[Append], wanted: int
    ) -> tuple[int, dict[str, int]]:
        """Lock and move the head; ask, in the same round trip, about the streams that the index does not know."""
        new, old = self._unknown(appends)
        probed = dict.fromkeys(new, 0)
        with connection.pipeline():
            connection.execute("BEGIN")
            cursor.execute(self._sql.advance_head, (wanted,), prepare=True)
            asked_new = connection.cursor().execute(self._sql.existing_streams, (uuid_array(new),), prepare=True) if new else None
            asked_old = connection.cursor().execute(self._sql.last_versions, (uuid_array(old),), prepare=True) if old else None
        row = cursor.fetchone()
        assert row is not None, "the head is one row"
        surprising = [stream_id for (stream_id,) in asked_new] if asked_new else []
        if surprising:
            asked_new = connection.cursor().execute(self._sql.last_versions, (uuid_array(surprising),))
            probed.update(asked_new.fetchall())
        probed.update(dict.fromkeys(old, 0))
        if asked_old:
            probed.update(asked_old.fetchall())
        return row[0], probed

    def _unknown(self, appends: Sequence[Append]) -> tuple[list[str], list[str]]:
        """Return the streams that the index does not know: those that should be new, and those that should not."""
        known = self._index.get
        new: dict[str, None] = {}
        old: dict[str, None] = {}
        for append in appends:
            for fact in append.facts:
                if known(fact.stream_id) is None:
                    (new if fact.version == 1 else old)[fact.stream_id] = None
            for read in append.reads:
                if known(read.stream_id) is None:
                    (new if read.version == 0 else old)[read.stream_id] = None
        for stream_id in new.keys() & old.keys():
            del old[stream_id]
        return list(new), list(old)

    def _catch_up(self, cursor: psycopg.Cursor[Any], position: int) -> Sequence[str] | None:
        """Bring the index up to what others wrote; return the streams that they moved, or None when it forgot everything instead."""
        index = self._index
        if index.position == position:
            return ()
        if index.position < 0 or position - index.position > FOREIGN_FACTS_MAX:
            index.forget(position)
            return None
        rows = cursor.execute(self._sql.written_since, (index.position, position), prepare=True).fetchall()
        index.learn(rows)
        index.position = position
        return [stream_id for stream_id, _ in rows]

    def _ask_again(self, cursor: psycopg.Cursor[Any], appends: Sequence[Append]) -> dict[str, int]:
        """Ask about the streams that were known when the batch was looked through and have been forgotten since."""
        new, old = self._unknown(appends)
        found = dict.fromkeys(new + old, 0)
        if found:
            found.update(cursor.execute(self._sql.last_versions, (uuid_array(list(found)),), prepare=True).fetchall())
        return found

    def _judge(self, appends: Sequence[Append], attempt: "_Attempt") -> None:
        """Give every append its verdict, in order; what a refused one wrote does not exist for those after it.

        `phantoms` holds, by stream, the first version that a refused append would have written: what was decided on it or after it is
        refused too, even where another writer has filled the same versions with other facts.
        """
        known = self._index.get
        verdicts, written, position = attempt.verdicts, attempt.written, attempt.before
        batch: dict[str, int] = {}
        phantoms: dict[str, int] = {}
        for append in appends:
            mine: dict[str, int] = {}
            for read in append.reads:
                now = batch.get(read.stream_id)
                if (known(read.stream_id) or 0 if now is None else now) != read.version:
                    break
                if phantoms and read.version >= phantoms.get(read.stream_id, NEVER):
                    break
            else:
                for fact in append.facts:
                    stream_id = fact.stream_id
                    now = mine.get(stream_id) or batch.get(stream_id)
                    if (known(stream_id) or 0 if now is None else now) != fact.version - 1:
                        break
                    if phantoms and fact.version > phantoms.get(stream_id, NEVER) and stream_id not in mine:
                        break
                    mine[stream_id] = fact.version
                else:
                    if mine:
                        batch.update(mine)
                        written.extend(append.facts)
                        position += len(append.facts)
                        verdicts.append(Verdict(accepted=True, position=position))
                    else:
                        verdicts.append(HELD)
                    continue
            for fact in append.facts:
                phantoms[fact.stream_id] = min(fact.version, phantoms.get(fact.stream_id, NEVER))
            verdicts.append(REFUSED)

    def _was_committed(self, connection: psycopg.Connection[Any], attempt: "_Attempt") -> bool:
        """Find out whether a batch whose commit was not acknowledged is in the log: every fact of it, at the very positions given.

        The head is locked first, so that a commit which is still under way is waited for.
        """
        with connection.transaction():
            connection.execute(self._sql.advance_head, (0,))
            rows = connection.execute(self._sql.facts_between, (attempt.before, attempt.before + len(attempt.written))).fetchall()
        there = [(stream_id, version, bytes(state)) for stream_id, version, state in rows]
        return there == [(fact.stream_id, fact.version, encode_fact(fact.body)) for fact in attempt.written]


class _Attempt:
    """One try to write a batch: where it began, what each append was told, what was written."""

    __slots__ = ("before", "verdicts", "written")

    def __init__(self) -> None:
        self.before = 0
        self.verdicts: list[Verdict] = []
        self.written: list[NewFact] = []
