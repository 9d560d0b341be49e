"""Loads what states are folded from, and keeps snapshots, on a connection of its own: whoever asks goes on while Postgres answers."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
import psycopg
import structlog

from commands.ports import Loaded, StoreUnavailable, StreamSnapshot
from infra.eventstore import arrays
from infra.eventstore.encoding import decode_recorded
from infra.eventstore.statements import Statements
from infra.eventstore.wire import AWAY, PATIENCE, Wire

LOAD_STATES, SAVE_SNAPSHOTS = b"load_states", b"save_snapshots"

log = structlog.get_logger()

_decode_snapshots: Callable[[bytes], list[tuple[str, int, bytes]]] = msgspec.json.Decoder(list[tuple[str, int, bytes]]).decode


class Loader:
    """One question at a time, for one thread. Snapshots wait while a question is under way, the newest of each stream."""

    def __init__(self, dsn: str, statements: Statements) -> None:
        self._dsn = dsn
        self._sql = statements
        self._connection: psycopg.Connection[Any] | None = None
        self._wire: Wire | None = None
        self._streams: Mapping[str, str] = {}
        self._trouble: BaseException | None = None
        self._asked = False
        self._due: dict[tuple[str, str], StreamSnapshot] = {}
        self._saving = False

    def begin(self, streams: Mapping[str, str]) -> None:
        """Ask; see `commands.ports.EventStore.begin_load`. Whatever goes wrong here is seen to by `outcome`."""
        self._streams, self._trouble, self._asked = streams, None, True
        try:
            self._ask()
        except Exception as error:  # noqa: BLE001  (raised by `outcome`, where the callers are told)
            self._trouble = error

    def outcome(self) -> Loaded:
        """Wait for the answer. A connection that broke since it was last used is opened anew, once.

        Raises:
            StoreUnavailable: when the database is away. ValueError: when a stream has no proper id.
            FactUnknown, msgspec.ValidationError: when the log holds what cannot be read.

        """
        try:
            try:
                return self._answer()
            except AWAY:
                self.close()
                self._trouble = None
                self._ask()
                return self._answer()
        except AWAY as error:
            self.close()
            raise StoreUnavailable(str(error).strip()) from error
        except psycopg.Error:
            self.close()
            raise
        finally:
            self._asked = False
            self.save(())

    def save(self, snapshots: Iterable[StreamSnapshot]) -> None:
        """Send snapshots on their way, now or when the question under way is answered. What goes wrong costs only time, later."""
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
                SAVE_SNAPSHOTS,
                arrays.uuids(snapshot.stream_id for snapshot in due),
                arrays.texts(snapshot.schema for snapshot in due),
                arrays.bigints(snapshot.version for snapshot in due),
                arrays.byteas(snapshot.state for snapshot in due),
            )
            self._saving = True
        except psycopg.Error as error:
            self._lost(error)

    def close(self) -> None:
        """Give up the connection, after the snapshots under way are saved."""
        self._finish_saving()
        self._give_up()

    def _ask(self) -> None:
        streams = self._streams
        self._ready().ask(LOAD_STATES, arrays.uuids(streams), arrays.texts(streams.values()))

    def _answer(self) -> Loaded:
        if self._trouble is not None:
            raise self._trouble
        assert self._wire is not None, "whoever asked is connected"
        ((snapshots, facts, position),) = self._wire.rows()
        kept = _decode_snapshots(snapshots) if snapshots else ()
        streams = self._streams
        return Loaded(
            {stream_id: StreamSnapshot(stream_id, streams[stream_id], version, state) for stream_id, version, state in kept},
            decode_recorded(facts) if facts else (),
            int(position),
        )

    def _ready(self) -> Wire:
        """Return the wire, connected, with nothing under way."""
        self._finish_saving()
        if self._wire is None:
            connection = psycopg.connect(self._dsn, autocommit=True, application_name="slipstream states", **PATIENCE)
            connection.execute("SET synchronous_commit = off")  # a snapshot that a crash loses is folded again from the log
            self._connection, wire = connection, Wire(connection)
            wire.prepare(LOAD_STATES, self._sql.load_states.as_bytes(None))
            wire.prepare(SAVE_SNAPSHOTS, self._sql.save_snapshots.as_bytes(None))
            self._wire = wire
        return self._wire

    def _finish_saving(self) -> None:
        if self._saving:
            self._saving = False
            assert self._wire is not None, "whoever saves is connected"
            try:
                self._wire.finish()
            except psycopg.Error as error:
                self._lost(error)

    def _lost(self, error: psycopg.Error) -> None:
        log.warning("snapshots were not saved", error=str(error).strip()[:200])
        self._give_up()

    def _give_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection, self._wire, self._saving = None, None, False
