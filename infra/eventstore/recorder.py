"""The event store in PostgreSQL: the eventsourcing library's recorder, with group commit, loading and snapshots beside its own methods.

The library's tables and select methods stay, so that its tools read our log.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.persistence import InterfaceError, OperationalError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore, PostgresFactory, PostgresProcessRecorder
from psycopg import Cursor
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow
from psycopg.sql import Composed

from commands.ports import Append, Appended, Loaded, NewFact, StoreUnavailable, StreamSnapshot, Wanted
from domain.chain import APPEND_FACTS_MAX
from domain.fact import Recorded
from infra.eventstore.chained import LogHead, chained
from infra.eventstore.commit_notifier import CommitNotifier
from infra.eventstore.fact_encoding import copy_heads, decode_followed, stored_head
from infra.eventstore.group_commit import GroupCommit
from infra.eventstore.migration import migrate
from infra.eventstore.nonblocking_connection import CONNECTION_TIMEOUTS
from infra.eventstore.state_loader import StateLoader
from infra.eventstore.statements import Statements
from infra.eventstore.stream_reads import personal_read, streams_read

SETTING_UP = 0x51_1B_57_4E
"""The advisory lock that lets one process at a time create what is missing."""


class GroupCommitRecorder(PostgresApplicationRecorder):
    """An application recorder of the eventsourcing library that can also append many, and that gives gapless positions.

    Every append, the library's own `insert_events` too, takes the lock on the head row and numbers its facts from there.
    """

    def __init__(
        self, datastore: PostgresDatastore, *, events_table_name: str = "stored_events", seal_key: bytes = b"", **names: str
    ) -> None:
        """Take the library's names of tables, and the key that snapshots are sealed with: processes with another one drop them."""
        super().__init__(datastore, events_table_name=events_table_name, **names)
        self._sql = Statements(datastore.schema, events_table_name)
        self._dsn = conninfo_of(datastore)
        self._group_commit = GroupCommit(self._dsn, self._sql)
        self._one_batch = threading.Lock()
        self._loader = StateLoader(self._dsn, self._sql, seal_key)
        self._one_load = threading.Lock()
        self._notifier = CommitNotifier(self._dsn, self.channel_name)
        self._write_batch = self._sql.write_batch.as_bytes(None)

    def create_table(self) -> None:
        """Create what is missing, give a log of the first layout its batches; safe to call from many processes at once."""
        with psycopg.connect(self._dsn, autocommit=True, **CONNECTION_TIMEOUTS) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", (SETTING_UP,))
            super().create_table()
            connection.execute(self._sql.create_head)
            connection.execute(self._sql.append_only)
            migrate(connection, self._sql)

    def append_many(self, appends: Sequence[Append]) -> Appended:
        """Record a batch in one transaction, with a verdict per append; see `commands.ports.EventStore`.

        Raises:
            StoreUnavailable: when the database stayed unavailable and the outcome is not known.

        """
        return self.begin(appends).outcome()

    def begin(self, appends: Sequence[Append]) -> "PendingGroupCommit":
        """Start to record a batch; see `commands.ports.EventStore`. Others who begin one wait until its outcome was taken."""
        self._one_batch.acquire()
        try:
            moved = self._group_commit.begin(appends)
        except BaseException:
            self._one_batch.release()
            raise
        return PendingGroupCommit(moved, decode_followed(self._group_commit.followed), self._group_commit.ready, self._outcome)

    def nudge(self) -> None:
        """Continue the batch that was begun; see `commands.ports.EventStore`."""
        self._group_commit.nudge()
        self._loader.nudge()

    def _outcome(self) -> Appended:
        try:
            return self._group_commit.outcome()
        finally:
            self._one_batch.release()
            self._notifier.notify()

    def load(self, streams: Mapping[str, int]) -> Mapping[str, Sequence[Recorded]]:
        """Return the facts of each stream after the version given; see `commands.ports.EventStore`.

        Raises:
            StoreUnavailable: when the database is unavailable.

        """
        return streams_read(self._recorded, self._sql, streams)

    def personal(self, account_id: str, after: int, upto: int, limit: int) -> Sequence[Recorded]:
        """Return the first facts in a stretch of the log that stand in an account's stream or name it; see `commands.accounts.export`.

        Raises:
            StoreUnavailable: when the database is unavailable.

        """
        return personal_read(self._recorded, self._sql, account_id, after, upto, limit)

    def encode(self, facts: Sequence[NewFact]) -> Sequence[bytes] | None:
        """Return the rows of facts but for their positions, which are given under the head's lock; see `commands.ports.EventStore`.

        Raises:
            ValueError: when a stream's id is none.

        """
        return copy_heads(facts)

    def begin_load(self, streams: Mapping[str, Wanted]) -> "PendingLoad":
        """Ask for what states are folded from; see `commands.ports.EventStore`. Others who ask wait until the answer was taken."""
        self._one_load.acquire()
        try:
            self._loader.begin(streams)
        except BaseException:
            self._one_load.release()
            raise
        return PendingLoad(self._loader.wait, self._loaded)

    def _loaded(self) -> Loaded:
        try:
            loaded = self._loader.outcome()
            self._group_commit.add_loaded(loaded)
            return loaded
        finally:
            self._one_load.release()

    @property
    def snapshots_dropped(self) -> int:
        """How many snapshots were dropped because they were not to be trusted."""
        return self._loader.snapshots_dropped

    def save_snapshots(self, snapshots: Sequence[StreamSnapshot]) -> None:
        """Keep snapshots; see `commands.ports.EventStore`. For the thread that loads."""
        self._loader.save(snapshots)

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Record events the library's way: all or none, under the head's lock, and without its blind retries.

        Raises:
            IntegrityError: when a version of a stream exists. OperationalError, InterfaceError: when the database became unavailable.

        """
        positions: Sequence[int] | None = None
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_events(cursor, stored_events, **kwargs)
            if stored_events:
                self._insert_stored_events(cursor, stored_events, **kwargs)
                positions = [row["notification_id"] for row in cursor.fetchall()]
        self._notifier.notify()
        return positions

    def _insert_stored_events(self, curs: Cursor[DictRow], stored_events: Sequence[StoredEvent], **_: Any) -> None:
        """Write events as a batch of one append, or of several where one could not hold them."""
        curs.execute(self._sql.lock_head)
        row = curs.execute(self._sql.read_head).fetchone()
        assert row is not None, "the head is one row"
        head = LogHead(row["position"], row["committed_us"], row["clock_us"], bytes.fromhex(row["digest"]), row["log_id"])
        rows = [stored_head(UUID(str(e.originator_id)), e.originator_version, e.topic, e.state) for e in stored_events]
        sizes = [len(rows[start : start + APPEND_FACTS_MAX]) for start in range(0, len(rows), APPEND_FACTS_MAX)]
        curs.execute(chained(self._write_batch, head, rows, sizes).statements)
        events = [self.construct_pg_stored_event(e.originator_id, e.originator_version, e.topic, e.state) for e in stored_events]
        curs.execute(self._sql.flush)
        curs.execute(self._sql.insert_events, (head.position, events))

    def _recorded(self, statement: Composed, parameters: Sequence[Any]) -> Any:
        try:
            with self.datastore.get_connection() as connection, connection.cursor(binary=True) as cursor:
                return cursor.execute(statement, parameters, prepare=True).fetchall()[0]["recorded"]
        except (OperationalError, InterfaceError) as error:
            raise StoreUnavailable(str(error)) from error

    def close(self) -> None:
        """Close the connections that are this recorder's own; those of the datastore are closed by its owner."""
        self._notifier.close()
        self._group_commit.close()
        self._loader.close()


class PendingGroupCommit:
    """A batch that was begun."""

    def __init__(
        self, moved: Mapping[str, int] | None, followed: Sequence[Recorded], ready: Callable[[], bool], outcome: Callable[[], Appended]
    ) -> None:
        self.changed_elsewhere = moved
        self.facts_elsewhere = followed
        self.ready = ready
        self.outcome = outcome


class PendingLoad:
    """A query that was sent."""

    def __init__(self, wait: Callable[[float], bool], outcome: Callable[[], Loaded]) -> None:
        self.wait = wait
        self.outcome = outcome


class GroupCommitProcessRecorder(GroupCommitRecorder, PostgresProcessRecorder):
    """The same, recording in the transaction of its events how far another log was processed."""


class GroupCommitFactory(PostgresFactory):
    """The library's infrastructure factory, building our recorders."""

    application_recorder_class = GroupCommitRecorder
    process_recorder_class = GroupCommitProcessRecorder


def conninfo_of(datastore: PostgresDatastore) -> str:
    """Return the connection string of a library datastore, for connections outside its pool."""
    kwargs = datastore.pool.kwargs
    assert isinstance(kwargs, dict), "the library names its connection by keywords"
    return make_conninfo(**{key: str(value) for key, value in kwargs.items() if key != "row_factory"})


def datastore_of(dsn: str, *, pool_size: int = 2) -> PostgresDatastore:
    """Return a library datastore for a connection string or URL, with all that it says: TLS, options, target session."""
    named = conninfo_to_dict(dsn)
    datastore = PostgresDatastore(
        dbname=str(named.get("dbname", "")),
        host=str(named.get("host", "")),
        port=str(named.get("port", "5432")),
        user=str(named.get("user", "")),
        password=str(named.get("password", "")),
        pool_size=pool_size,
        max_overflow=8,
    )
    assert isinstance(datastore.pool.kwargs, dict), "the library names its connection by keywords"
    named = {key: value for key, value in named.items() if value is not None}
    datastore.pool.kwargs |= CONNECTION_TIMEOUTS | named | {"client_encoding": CONNECTION_TIMEOUTS["client_encoding"]}
    return datastore
