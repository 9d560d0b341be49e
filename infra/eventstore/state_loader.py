"""Loads the facts and snapshots that states are folded from, and saves snapshots, on its own connection, without blocking its caller."""

from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import Any

import msgspec
import psycopg
import structlog

from commands.ports import Loaded, StoreUnavailable, StreamSnapshot, Wanted, facts_per_stream
from infra.eventstore import binary_arrays
from infra.eventstore.fact_encoding import FactUnknown, decode_recorded
from infra.eventstore.nonblocking_connection import CONNECTION_TIMEOUTS, UNAVAILABLE_ERRORS, NonblockingConnection
from infra.eventstore.snapshot_seals import packed, seal_of, unpacked
from infra.eventstore.statements import Statements

LOAD_STATES, FACT_DIGESTS, SAVE_SNAPSHOTS, DROP_SNAPSHOTS = b"load_states", b"fact_digests", b"save_snapshots", b"drop_snapshots"
UNREADABLE = (ValueError, KeyError, TypeError, RecursionError, FactUnknown, msgspec.MsgspecError, psycopg.DataError)
"""Errors of one stream, or of one of its facts: all other streams can be loaded without it."""

logger = structlog.get_logger()


class StoredSnapshot(msgspec.Struct, array_like=True, gc=False):
    """A snapshot as it is kept, not verified yet; `fact_digest` is of the fact at its version as the log has it now, empty for none."""

    stream_id: str
    version: int
    state: bytes
    times: bytes
    seal: str
    fact_digest: str


_decode_snapshots: Callable[[bytes], list[StoredSnapshot]] = msgspec.json.Decoder(list[StoredSnapshot]).decode


class StateLoader:
    """One question at a time, for one thread. Snapshots wait while a question is under way, the newest of each stream.

    A snapshot is kept in two steps, which `nudge` carries on: the fact at its version is asked for, then it is sealed and saved.
    `snapshots_dropped` counts those that were not to be trusted.
    """

    def __init__(self, dsn: str, statements: Statements, seal_key: bytes = b"") -> None:
        self.snapshots_dropped = 0
        self._dsn = dsn
        self._sql = statements
        self._seal_key = seal_key
        self._connection: psycopg.Connection[Any] | None = None
        self._wire: NonblockingConnection | None = None
        self._streams: Mapping[str, Wanted] = {}
        self._trouble: BaseException | None = None
        self._asked = False
        self._due: dict[tuple[str, str], StreamSnapshot] = {}
        self._sealing: list[StreamSnapshot] = []
        self._saving = False

    def begin(self, streams: Mapping[str, Wanted]) -> None:
        """Ask; see `commands.ports.EventStore.begin_load`. Errors are raised by `outcome`."""
        self._streams, self._trouble, self._asked = streams, None, True
        try:
            self._ask(streams)
        except Exception as error:  # noqa: BLE001  (raised by `outcome`, where the callers are told)
            self._trouble = error

    def wait(self, timeout_s: float) -> bool:
        """Wait for the answer, at most so long; tell whether `outcome` would not wait: the answer is here, or what went wrong."""
        try:
            return self._trouble is not None or self._wire is None or self._wire.wait(timeout_s)
        except psycopg.Error:
            return True

    def outcome(self) -> Loaded:
        """Wait for the answer. A connection that broke since it was last used is opened anew, once.

        Raises:
            StoreUnavailable: when the database is unavailable.

        """
        try:
            try:
                return self._answer()
            except UNAVAILABLE_ERRORS:
                self._give_up()
                return self._load(self._streams)
        except UNAVAILABLE_ERRORS as error:
            self._give_up()
            raise StoreUnavailable(str(error).strip()) from error
        except psycopg.Error:
            self._give_up()
            raise
        finally:
            self._asked = False
            self.save(())

    def save(self, snapshots: Iterable[StreamSnapshot]) -> None:
        """Start to save snapshots, now or when the question under way is answered. What goes wrong costs only time, later."""
        for snapshot in snapshots:
            key = snapshot.stream_id, snapshot.schema
            if key not in self._due or self._due[key].version < snapshot.version:
                self._due[key] = snapshot
        if not self._due or self._asked:
            return
        due, self._due = list(self._due.values()), {}
        try:
            wire = self._ready()
            wire.ask(
                FACT_DIGESTS,
                binary_arrays.uuids(snapshot.stream_id for snapshot in due),
                binary_arrays.bigints(snapshot.version for snapshot in due),
            )
            self._sealing = due
        except psycopg.Error as error:
            self._lost(error)

    def nudge(self) -> None:
        """Carry on with what is being saved, if Postgres has answered."""
        if self._sealing and self._wire is not None:
            try:
                if self._wire.answered():
                    self._seal(self._wire)
            except psycopg.Error as error:
                self._lost(error)

    def close(self) -> None:
        """Close the connection, after the snapshots under way are saved."""
        self._finish_saving()
        self._give_up()

    def _ask(self, streams: Mapping[str, Wanted]) -> None:
        self._ready().ask(
            LOAD_STATES,
            binary_arrays.uuids(streams),
            binary_arrays.texts(wanted.schema for wanted in streams.values()),
            binary_arrays.bigints(wanted.after for wanted in streams.values()),
            facts_per_stream(len(streams)).to_bytes(8),
        )

    def _answer(self) -> Loaded:
        """Take the answer to the question that was asked."""
        streams = self._streams
        try:
            if self._trouble is not None:
                raise self._trouble
            return self._taken(streams)
        except UNREADABLE as error:
            return self._halved(streams, error)

    def _load(self, streams: Mapping[str, Wanted]) -> Loaded:
        """Ask and wait."""
        try:
            self._ask(streams)
            return self._taken(streams)
        except UNREADABLE as error:
            return self._halved(streams, error)

    def _halved(self, streams: Mapping[str, Wanted], error: Exception) -> Loaded:
        """Something of these streams cannot be read: ask for each half of them alone, so that all others are."""
        if not streams:
            raise error
        if self._wire is not None:
            self._wire.drain()
        if len(streams) == 1:
            (stream_id,) = streams
            logger.error("a stream cannot be read", stream=stream_id, error=str(error)[:200])
            nothing = self._load({})
            return msgspec.structs.replace(nothing, unreadable={stream_id: f"{type(error).__name__}: {error}".strip()[:200]})
        items = list(streams.items())
        middle = len(items) // 2
        return both(self._load(dict(items[:middle])), self._load(dict(items[middle:])))

    def _taken(self, streams: Mapping[str, Wanted]) -> Loaded:
        assert self._wire is not None, "whoever asked is connected"
        ((snapshots, facts, more, position, now_us, log_id),) = self._wire.rows()
        kept = _decode_snapshots(snapshots) if snapshots else []
        believed = {one.stream_id: snapshot for one in kept if (snapshot := self._verified(one, streams, log_id.decode())) is not None}
        loaded = Loaded(
            believed,
            decode_recorded(facts) if facts else (),
            int(position),
            int(now_us),
            frozenset(more.decode().split()),
        )
        doubted = {one.stream_id: one for one in kept if one.stream_id not in believed}
        return self._without(doubted, streams, loaded) if doubted else loaded

    def _verified(self, kept: StoredSnapshot, streams: Mapping[str, Wanted], log_id: str) -> StreamSnapshot | None:
        """Return a snapshot if it was made of this log by us, and its fact is there."""
        schema = streams[kept.stream_id].schema
        if len(kept.times) % 16 or not kept.fact_digest:
            return None
        snapshot = StreamSnapshot(kept.stream_id, schema, kept.version, kept.state, unpacked(kept.times))
        seal = seal_of(self._seal_key, log_id, snapshot, bytes.fromhex(kept.fact_digest))
        return snapshot if seal.hex() == kept.seal else None

    def _without(self, doubted: Mapping[str, StoredSnapshot], streams: Mapping[str, Wanted], loaded: Loaded) -> Loaded:
        """Drop snapshots that are not to be trusted, and load their streams without."""
        self.snapshots_dropped += len(doubted)
        logger.warning("snapshots could not be verified and are dropped", streams=list(doubted)[:10], dropped=len(doubted))
        wire = self._ready()
        wire.ask(
            DROP_SNAPSHOTS,
            binary_arrays.uuids(doubted),
            binary_arrays.texts(streams[stream_id].schema for stream_id in doubted),
            binary_arrays.bigints(one.version for one in doubted.values()),
        )
        wire.finish()
        others = msgspec.structs.replace(
            loaded, facts=[fact for fact in loaded.facts if fact.stream_id not in doubted], more=loaded.more - doubted.keys()
        )
        return both(others, self._load({stream_id: Wanted() for stream_id in doubted}))

    def _ready(self) -> NonblockingConnection:
        """Return the connection, opened where it was not, with nothing under way."""
        self._finish_saving()
        if self._wire is None:
            connection = psycopg.connect(self._dsn, autocommit=True, application_name="slipstream states", **CONNECTION_TIMEOUTS)
            connection.execute("SET synchronous_commit = off")  # a snapshot that a crash loses is folded again from the log
            self._connection, wire = connection, NonblockingConnection(connection)
            wire.prepare(LOAD_STATES, self._sql.load_states.as_bytes(None))
            wire.prepare(FACT_DIGESTS, self._sql.fact_digests.as_bytes(None))
            wire.prepare(SAVE_SNAPSHOTS, self._sql.save_snapshots.as_bytes(None))
            wire.prepare(DROP_SNAPSHOTS, self._sql.drop_snapshots.as_bytes(None))
            self._wire = wire
        return self._wire

    def _seal(self, wire: NonblockingConnection) -> None:
        """Take the digests that were asked for, seal the snapshots with them and save them; one whose fact is not there is dropped."""
        due, self._sealing = self._sealing, []
        digests = {(stream_id.decode(), int(version)): (digest, log_id) for stream_id, version, digest, log_id in wire.rows()}
        kept = [snapshot for snapshot in due if (snapshot.stream_id, snapshot.version) in digests]
        seals = [
            seal_of(self._seal_key, log_id.decode(), snapshot, bytes.fromhex(digest.decode()))
            for snapshot in kept
            for digest, log_id in [digests[snapshot.stream_id, snapshot.version]]
        ]
        if kept:
            wire.ask(
                SAVE_SNAPSHOTS,
                binary_arrays.uuids(snapshot.stream_id for snapshot in kept),
                binary_arrays.texts(snapshot.schema for snapshot in kept),
                binary_arrays.bigints(snapshot.version for snapshot in kept),
                binary_arrays.byteas(snapshot.state for snapshot in kept),
                binary_arrays.byteas(packed(snapshot.times) for snapshot in kept),
                binary_arrays.byteas(seals),
            )
            self._saving = True

    def _finish_saving(self) -> None:
        if not (self._sealing or self._saving):
            return
        assert self._wire is not None, "whoever saves is connected"
        try:
            if self._sealing:
                self._seal(self._wire)
            self._saving = False
            self._wire.finish()
        except psycopg.Error as error:
            self._lost(error)

    def _lost(self, error: psycopg.Error) -> None:
        logger.warning("snapshots were not saved", error=str(error).strip()[:200])
        self._give_up()

    def _give_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection, self._wire, self._sealing, self._saving = None, None, [], False


def both(one: Loaded, other: Loaded) -> Loaded:
    """Merge two answers; position and time are those of the earlier one."""
    return Loaded(
        {**one.snapshots, **other.snapshots},
        list(chain(one.facts, other.facts)),
        min(one.position, other.position),
        min(one.now_us, other.now_us),
        one.more | other.more,
        {**one.unreadable, **other.unreadable},
    )
