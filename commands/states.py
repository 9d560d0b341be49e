"""The states that decisions are made on: a bounded cache of folded streams, filled from snapshots and the log.

Owned by the dispatcher's thread alone. A state may run ahead of the log by what is being committed; the versions in every append say
so, and whatever was built on a refused append is refused with it.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

import msgspec
import structlog

from commands.ports import EventStore, Loaded, StreamSnapshot, Wanted
from domain.aggregate import Aggregate
from domain.fact import Fact

STATES_MAX = 200_000
FLEETING_MAX = 20_000
"""How many brief and new streams are kept: a bet is asked about once, and perhaps again in a moment; a wallet for ever."""

SNAPSHOT_EVERY_FACTS = 64
"""A snapshot is due each time a stream of a snapshotted aggregate passes a multiple of this many facts."""

log = structlog.get_logger()


class Entry(msgspec.Struct, eq=False, gc=False):
    """A stream's state, folded up to `version`; `first` and `last` are where in the log it began and grew last, 0 while not known.

    `aggregate` is whose stream it is. A stream that does not exist is nobody's: it is whose it is asked for. Where somebody asked for
    it as one kind of thing and it is another, `aggregate` is None and `kind` is the class of its first fact.
    """

    aggregate: Aggregate[Any] | None
    state: Any
    version: int = 0
    kind: type[Fact] | None = None
    first: int = 0
    last: int = 0


class States:
    """A cache of two generations: when the young one is full it becomes the old one, and what is used again moves back.

    It holds at most `states_max` entries, and as many again that are fleeting, and costs one dictionary look-up for a hot stream. Brief
    streams, and those taken for new until they are asked for again, have two small generations of their own, so that bets do not push
    wallets out, nor everything out of the processor's caches.
    """

    def __init__(
        self, store: EventStore, *, states_max: int = STATES_MAX, snapshotted: Mapping[str, type[msgspec.Struct]] | None = None
    ) -> None:
        self._store = store
        self._generation_max = max(1, states_max // 2)
        self._young: dict[str, Entry] = {}
        self._old: dict[str, Entry] = {}
        self._fleeting: dict[str, Entry] = {}
        self._fleeting_old: dict[str, Entry] = {}
        self._fleeting_max = min(FLEETING_MAX // 2, self._generation_max)
        self._schema_names = {name: schema_name(name, schema) for name, schema in (snapshotted or {}).items()}
        self._decode = {name: msgspec.msgpack.Decoder(schema).decode for name, schema in (snapshotted or {}).items()}

    def find(self, stream_id: str) -> Entry | None:
        """Return the entry if it is here."""
        entry = self._young.get(stream_id)
        if entry is None:
            entry = self._old.get(stream_id)
            if entry is None:
                entry = self._fleeting.get(stream_id) or self._fleeting_old.get(stream_id)
                if entry is None or not entry.version or (entry.aggregate is not None and entry.aggregate.brief):
                    return entry
            self._put(stream_id, entry)
        return entry

    def load_one(self, aggregate: Aggregate[Any], stream_id: str) -> Entry:
        """Return the entry, loaded. A use case that names its streams ahead never waits here.

        Raises:
            StoreUnavailable: when it could not be loaded.

        """
        return self.begin_load({stream_id: aggregate})()[stream_id]

    def find_or_assume_new(self, aggregate: Aggregate[Any], stream_id: str) -> Entry:
        """Return the entry if it is here, else take the stream for new; the commit finds out if it is not.

        A brief stream is nowhere but among the fleeting, and is looked for there alone.
        """
        entry = (self._fleeting.get(stream_id) or self._fleeting_old.get(stream_id)) if aggregate.brief else self.find(stream_id)
        if entry is None:
            entry = Entry(aggregate, aggregate.initial)
            self._put_fleeting(stream_id, entry)
        return entry

    def begin_load(self, wanted: Mapping[str, Aggregate[Any]]) -> Callable[[], Mapping[str, Entry]]:
        """Ask for streams, all in one question, and return without waiting; call the result to wait, fold them, and have their entries.

        An entry that came here meanwhile and knows as much is kept: others may have decided on it already.

        Raises:
            StoreUnavailable: by the call of the result, when the log cannot be reached.

        """
        schemas = self._schema_names
        load = self._store.begin_load({stream_id: Wanted(schemas.get(aggregate.name, "")) for stream_id, aggregate in wanted.items()})
        return lambda: self._take(wanted, load.outcome())

    def _take(self, wanted: Mapping[str, Aggregate[Any]], loaded: Loaded) -> Mapping[str, Entry]:
        entries: dict[str, Entry] = {}
        for stream_id, aggregate in wanted.items():
            snapshot = loaded.snapshots.get(stream_id)
            if snapshot is None:
                entries[stream_id] = Entry(aggregate, aggregate.initial)
            else:
                entries[stream_id] = Entry(aggregate, self._decode[aggregate.name](snapshot.state), snapshot.version)
        entry, whose = Entry(None, None), ""
        for fact in loaded.facts:
            if fact.stream_id != whose:
                whose = fact.stream_id
                entry = entries[whose]
                if not isinstance(fact.body, wanted[whose].facts):
                    entry.aggregate, entry.kind = None, type(fact.body)
                if fact.version == 1:
                    entry.first = fact.position
            if entry.aggregate is not None:
                entry.state = entry.aggregate.evolve(entry.state, fact.body)
            entry.version = fact.version
            entry.last = fact.position
        return {stream_id: self._admit(stream_id, wanted[stream_id], entry) for stream_id, entry in entries.items()}

    def save(self, due: Iterable[tuple[str, str, msgspec.Struct, int]]) -> None:
        """Keep snapshots of committed states, each with its aggregate's name, its stream and its version."""
        try:
            self._store.save_snapshots([snapshot_of(*one) for one in due])
        except Exception as error:  # noqa: BLE001  (the log has everything; a snapshot only saves time)
            log.warning("snapshots were not saved", error=str(error)[:200])

    def drop(self, stream_ids: Iterable[str]) -> None:
        """Forget streams whose state can no longer be trusted."""
        for stream_id in stream_ids:
            self._young.pop(stream_id, None)
            self._old.pop(stream_id, None)
            self._fleeting.pop(stream_id, None)
            self._fleeting_old.pop(stream_id, None)

    def clear(self) -> None:
        """Forget everything."""
        self._young, self._old, self._fleeting, self._fleeting_old = {}, {}, {}, {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old) + len(self._fleeting) + len(self._fleeting_old)

    def _admit(self, stream_id: str, aggregate: Aggregate[Any], entry: Entry) -> Entry:
        """Take in a loaded entry, unless one is here that knows as much; return the one that is here now."""
        here = self.find(stream_id)
        if here is not None and here.aggregate is aggregate and here.version >= entry.version:
            return here
        (self._put if entry.version and not aggregate.brief else self._put_fleeting)(stream_id, entry)
        return entry

    def _put_fleeting(self, stream_id: str, entry: Entry) -> None:
        """Keep what does not exist yet, and perhaps never will, where it pushes nothing out that does."""
        if len(self._fleeting) >= self._fleeting_max:
            self._fleeting_old, self._fleeting = self._fleeting, {}
        self._fleeting[stream_id] = entry

    def _put(self, stream_id: str, entry: Entry) -> None:
        if len(self._young) >= self._generation_max:
            self._old, self._young = self._young, {}
        self._young[stream_id] = entry


@cache
def schema_name(aggregate: str, schema: type[msgspec.Struct]) -> str:
    """Name a snapshot's shape: a state with other fields has another name, so that its old snapshots are passed over."""
    return f"{aggregate}:{','.join(field.name for field in msgspec.structs.fields(schema))}"


def snapshot_due(version_before: int, version: int) -> bool:
    """Tell whether a stream that grew from one version to another passed a multiple of `SNAPSHOT_EVERY_FACTS`."""
    return version // SNAPSHOT_EVERY_FACTS > version_before // SNAPSHOT_EVERY_FACTS


def snapshot_of(aggregate: str, stream_id: str, state: msgspec.Struct, version: int) -> StreamSnapshot:
    """Return the snapshot of a committed state."""
    return StreamSnapshot(stream_id, schema_name(aggregate, type(state)), version, msgspec.msgpack.encode(state))
