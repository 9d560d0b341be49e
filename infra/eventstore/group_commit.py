"""Group commit: a batch of appends, judged one by one, written as one COPY in one transaction.

    BEGIN; lock the head and move it by what we hope to write        one round trip, with the questions about unknown streams
    judge every append against the version index                     none
    COPY the rows of those accepted; COMMIT                          sent together; the next batch is decided before the answer is taken

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
from infra.eventstore.wire import Wire

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
        self._copy_facts = statements.copy_facts.as_bytes(None)
        self._retreat_head = statements.retreat_head.as_bytes(None)
        self._connection: psycopg.Connection[Any] | None = None
        self._wire: Wire | None = None
        self._index = VersionIndex()
        self._appends: Sequence[Append] = ()
        self._attempt = _Attempt()
        self._trouble: BaseException | None = None

    def begin(self, appends: Sequence[Append]) -> None:
        """Send a batch on its way; `outcome` tells what became of it. Whatever goes wrong here is seen to there."""
        self._appends, self._attempt, self._trouble = appends, _Attempt(), None
        try:
            self._send(self._connect())
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self._trouble = error
        except BaseException:
            self.close()
            raise

    def outcome(self) -> Appended:
        """Wait for the batch that was begun; see `commands.ports.EventStore`.

        Raises:
            StoreUnavailable: when the database stayed away.

        """
        deadline_s = time.monotonic() + self._reconnect_s_max
        while True:
            try:
                if self._trouble is not None:
                    self._begin_again()
                return self._receive()
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                if time.monotonic() > deadline_s:
                    self.close()
                    raise StoreUnavailable(str(error).strip()) from error
                log.warning("the log went away; trying again", error=str(error).strip()[:200])
                self._trouble = error
                time.sleep(0.05)
            except BaseException:
                self.close()
                raise

    def _begin_again(self) -> None:
        """After a broken connection: find out whether the batch was committed; if not, send it again on a new connection."""
        attempt = self._attempt
        self.close()
        connection = self._connect()
        attempt.committed = bool(attempt.written) and self._was_committed(connection, attempt)
        if not attempt.committed:
            self._attempt = _Attempt()
            self._send(connection)
        self._trouble = None

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
            self._connection, self._wire = connection, Wire(connection)
        return self._connection

    def _send(self, connection: psycopg.Connection[Any]) -> None:
        """Lock the head, judge the batch, and send what was accepted with its COMMIT, without waiting for either.

        The attempt is filled before anything can be committed, for whoever must look it up later.
        """
        appends, attempt, wire = self._appends, self._attempt, self._wire
        wanted = sum(len(append.facts) for append in appends)
        versions, new, old = self._index.look_up(appends)
        cursor = connection.cursor()
        head = self._lock(connection, cursor, wanted, versions, new, old)
        attempt.before = before = head - wanted
        attempt.moved = self._catch_up(cursor, before, versions)
        attempt.versions = versions
        judge(appends, versions, attempt)
        assert wire is not None, "a connection has its wire"
        written = attempt.written
        if not written:
            wire.send(b"ROLLBACK")
            return
        retreat = b"" if len(written) == wanted else b"%s;" % (self._retreat_head % str(before + len(written)).encode())
        wire.send(retreat + self._copy_facts + b"; COMMIT")
        wire.copy_in(copy_rows(written, before))

    def _receive(self) -> Appended:
        """Wait for the commit, and learn from it."""
        attempt = self._attempt
        if not attempt.committed:
            self._acknowledged()
            self._index.learn(attempt.versions, attempt.before + len(attempt.written))
        return Appended(attempt.verdicts, attempt.moved)

    def _acknowledged(self) -> None:
        """Wait for the acknowledgement; the seam where tests lose it."""
        assert self._wire is not None, "a connection has its wire"
        tag = self._wire.finish()
        if tag not in (b"COMMIT", b"ROLLBACK"):
            raise psycopg.InterfaceError(f"the commit was answered {tag!r}")

    def _lock(
        self,
        connection: psycopg.Connection[Any],
        cursor: psycopg.Cursor[Any],
        wanted: int,
        versions: dict[str, int],
        new: Sequence[str],
        old: Sequence[str],
    ) -> int:
        """Lock and move the head; ask, in the same round trip, about the streams that the index does not know. Return the head."""
        with connection.pipeline():
            connection.execute("BEGIN")
            cursor.execute(self._sql.advance_head, (wanted,), prepare=True)
            asked_new = connection.cursor().execute(self._sql.existing_streams, (uuid_array(new),), prepare=True) if new else None
            asked_old = connection.cursor().execute(self._sql.last_versions, (uuid_array(old),), prepare=True) if old else None
        row = cursor.fetchone()
        assert row is not None, "the head is one row"
        if asked_new and (surprising := [stream_id for (stream_id,) in asked_new]):
            versions.update(self._last_versions(cursor, surprising))
        if asked_old:
            versions.update(asked_old.fetchall())
        return int(row[0])

    def _catch_up(self, cursor: psycopg.Cursor[Any], position: int, versions: dict[str, int]) -> Sequence[str]:
        """Bring the versions up to what others wrote since the index was last true; return the streams that they moved."""
        index = self._index
        if index.position == position:
            return ()
        if index.position < 0 or position - index.position > FOREIGN_FACTS_MAX:
            index.forget(position)
            versions.update(self._last_versions(cursor, list(versions)))
            return ()
        rows = cursor.execute(self._sql.written_since, (index.position, position), prepare=True).fetchall()
        index.learn(dict(rows), position)
        versions.update((stream_id, version) for stream_id, version in rows if stream_id in versions)
        return [stream_id for stream_id, _ in rows]

    def _last_versions(self, cursor: psycopg.Cursor[Any], stream_ids: Sequence[str]) -> Sequence[tuple[str, int]]:
        return cursor.execute(self._sql.last_versions, (uuid_array(stream_ids),), prepare=True).fetchall() if stream_ids else ()

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

    __slots__ = ("before", "committed", "moved", "verdicts", "versions", "written")

    def __init__(self) -> None:
        self.before = 0
        self.committed = False
        self.moved: Sequence[str] = ()
        self.versions: dict[str, int] = {}
        self.verdicts: list[Verdict] = []
        self.written: list[NewFact] = []


def judge(appends: Sequence[Append], versions: dict[str, int], attempt: _Attempt) -> None:
    """Give every append its verdict, in order; `versions` holds the last version of every stream named, and moves along.

    What a refused append wrote does not exist for those after it. `phantoms` holds, by stream, the first version that one would have
    written: what was decided on it is refused too, even where another writer has filled the same version with another fact.
    """
    verdicts, written, position = attempt.verdicts, attempt.written, attempt.before
    phantoms: dict[str, int] = {}
    for append in appends:
        facts = append.facts
        following = 0
        for read in append.reads:
            if versions[read.stream_id] != read.version:
                break
        else:
            for fact in facts:
                if versions[fact.stream_id] != fact.version - 1:
                    break
                versions[fact.stream_id] = fact.version
                following += 1
            else:
                if not phantoms or not _haunted(append, phantoms):
                    position += following
                    verdicts.append(Verdict(True, position) if following else HELD)
                    written += facts
                    continue
        for fact in reversed(facts[:following]):
            versions[fact.stream_id] = fact.version - 1
        for fact in facts:
            phantoms[fact.stream_id] = min(fact.version, phantoms.get(fact.stream_id, NEVER))
        verdicts.append(REFUSED)


def _haunted(append: Append, phantoms: dict[str, int]) -> bool:
    """Tell whether an append was decided on something that a refused one would have written."""
    bases: dict[str, int] = {}
    for fact in append.facts:
        bases.setdefault(fact.stream_id, fact.version - 1)
    bases.update((read.stream_id, read.version) for read in append.reads)
    return any(version >= phantoms.get(stream_id, NEVER) for stream_id, version in bases.items())
