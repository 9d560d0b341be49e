"""The states that decisions are made on: a bounded cache of folded streams, filled from snapshots and the log.

Owned by the dispatcher's thread alone; every change of an entry is a method of the cache. A state may run ahead of the log by what is
being committed: `stage` takes what was decided, `confirm` what was committed, `reset` goes back to what the log is known to hold. What
other processes write is folded onto that (`behind` marks what must be), so that a long stream is read once.

The epoch of a group is raised whenever one of its shared streams may have changed: conditions computed from them hold while it is equal.
It is also raised when shared streams are evicted, since later changes of them would go unnoticed; they are kept among the long-lived ones.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import structlog

from commands.dispatch.cached_stream import SNAPSHOT_EVERY_FACTS, CachedStream, grouped, schema_of, snapshot_of, state_decoder
from commands.ports import EventStore, Load, Loaded, StreamSnapshot, Wanted
from domain.aggregate import Aggregate
from domain.fact import Recorded

STATES_MAX = 200_000
SHORT_LIVED_MAX = 8_192
"""How many short-lived and new streams are kept: a bet is needed once, perhaps again a moment later, a wallet again and again. The fewer,
the more of them are still in the processor's caches when their memory is used again; half of them must hold a batch and the one before."""

logger = structlog.get_logger()


class StateCache:
    """A cache of two generations: when the young one is full it becomes the old one, and what is used again moves back.

    It holds at most `states_max` entries plus at most 8,192 short-lived ones, and costs one dictionary look-up for a hot stream.
    Those, and streams assumed new until they are asked for again, have two small generations of their own, so that bets do not push
    wallets out, nor everything out of the processor's caches. `head` is the end of the log as far as it was seen here.

    Streams that waiting commands need are pinned, and stay whatever the bounds are: where a command needs more than fit, each load would
    evict what the one before brought, and the command would never be decided.
    """

    def __init__(self, store: EventStore, *, states_max: int = STATES_MAX) -> None:
        self._store = store
        self._generation_max = max(1, states_max // 2)
        self.young: dict[str, CachedStream] = {}
        self._old: dict[str, CachedStream] = {}
        self._short: dict[str, CachedStream] = {}
        self._short_old: dict[str, CachedStream] = {}
        self._short_max = min(SHORT_LIVED_MAX // 2, self._generation_max)
        self._partial: dict[str, CachedStream] = {}
        self._pinned: tuple[str, ...] = ()
        self._distrusted: set[str] = set()
        self.snapshots_dropped = self.snapshots_unsaved = 0
        self._tick = 1
        self.epochs = {"gates": 1, "accounts": 1}
        self.head = 0

    def find(self, stream_id: str) -> CachedStream | None:
        """Return the entry if it is cached."""
        entry = self.young.get(stream_id)
        if entry is None:
            entry = self._old.get(stream_id)
            if entry is None:
                entry = self._short.get(stream_id) or self._short_old.get(stream_id)
                if entry is None or not entry.version or (entry.aggregate is not None and entry.aggregate.short_lived):
                    return entry
            self._put(stream_id, entry)
        return entry

    def find_or_assume_new(self, aggregate: Aggregate[Any], stream_id: str) -> CachedStream:
        """Return the entry, or that of a stream which is assumed to be new; the commit finds out whether it is.

        A short-lived stream is kept, and looked up, among the short-lived ones alone.
        """
        entry = (self._short.get(stream_id) or self._short_old.get(stream_id)) if aggregate.short_lived else self.find(stream_id)
        if entry is None:
            entry = CachedStream(stream_id, aggregate, aggregate.initial, base=aggregate.initial)
            self._put_short(stream_id, entry)
        return entry

    # What is decided, committed and refused.

    def stage(self, entry: CachedStream, aggregate: Aggregate[Any], state: Any, version: int) -> None:
        """Cache a decided state before its commit, so that the next decision builds on it."""
        entry.aggregate, entry.state, entry.version = aggregate, state, version
        if aggregate.shared:
            self.epochs[aggregate.shared] += 1

    def confirm(self, entry: CachedStream, state: Any, version: int, committed_us: int, position: int) -> None:
        """Mark a state as committed: `position` is that of the last fact of its append."""
        before = entry.base_version
        if version > before:
            aggregate = entry.aggregate
            kept_while = aggregate.times_kept_while if aggregate is not None else None
            if aggregate is not None and aggregate.times_kept_ms and (kept_while is None or kept_while(state)):
                for passed in range(before + 1, version + 1):
                    entry.keep_time(passed, committed_us, aggregate.times_kept_ms)
            entry.base = state
            entry.base_version = version
            if entry.version < version:
                entry.state, entry.version = state, version
        entry.last = position

    def reset(self, entries: Iterable[CachedStream]) -> None:
        """Go back to the last state that is known to be in the log."""
        for entry in entries:
            entry.state, entry.version = entry.base, entry.base_version
            self._moved(entry)

    def doubt(self, entries: Iterable[CachedStream]) -> None:
        """Mark these streams as possibly outdated: they are read from the log again before anything is decided on them."""
        for entry in entries:
            if not entry.behind:
                entry.behind = self._tick
                self._moved(entry)

    def _moved(self, entry: CachedStream) -> None:
        """Invalidate what was remembered of a shared stream."""
        if entry.aggregate is not None and entry.aggregate.shared:
            self.epochs[entry.aggregate.shared] += 1

    def _moved_all(self) -> None:
        for group in self.epochs:
            self.epochs[group] += 1

    def note_moved(self, moved: Mapping[str, int]) -> list[CachedStream]:
        """Mark the streams that other writers changed; return those that are cached."""
        entries: list[CachedStream] = []
        young, old = self.young.get, self._old.get
        for stream_id, version in moved.items():
            entry = young(stream_id) or old(stream_id) or self._short.get(stream_id) or self._short_old.get(stream_id)
            if entry is not None and entry.base_version < version:
                entry.behind = self._tick
                entries.append(entry)
                self._moved(entry)
        return entries

    def fold_elsewhere(self, facts: Iterable[Recorded]) -> None:
        """Fold what other writers wrote onto the streams that are cached, where no fact is missing between: those need not be loaded."""
        for stream_id, run in grouped(facts).items():
            self.head = max(self.head, run[-1].position)
            here = self.find(stream_id)
            is_whole = run[-1].version - run[0].version == len(run) - 1
            if here is not None and here.aggregate is not None and is_whole and run[0].version == here.base_version + 1:
                try:
                    entry = self._folded(stream_id, here.aggregate, Wanted(after=here.base_version), None, run)
                except Exception:  # noqa: BLE001  (it is loaded when somebody needs it, and the reason is told then)
                    self.doubt((here,))
                else:
                    if entry is not None:
                        self._admit(entry, here.aggregate, self._tick + 1)

    # Loading.

    def wanted_of(self, stream_id: str, aggregate: Aggregate[Any]) -> Wanted | None:
        """Return what must be loaded before this stream can be decided on; None where it is cached and up to date."""
        entry = self.find(stream_id)
        if entry is not None and entry.aggregate is not None:
            furthest = self._folded_furthest(entry, stream_id) or entry
            return Wanted(after=furthest.base_version) if entry.behind else None
        partial = self._partial.get(stream_id)
        if partial is not None:
            return Wanted(after=partial.base_version)
        if entry is not None and (entry.error or (not entry.behind and entry.kind not in aggregate.facts)):
            return None
        return Wanted("" if stream_id in self._distrusted else schema_of(aggregate))

    def pin(self, stream_ids: Iterable[str]) -> None:
        """Evict none of these before others are pinned: what waiting commands need must be there together when it is loaded."""
        self._pinned = tuple(stream_ids)

    def begin_load(self, wanted: Mapping[str, Wanted]) -> Load:
        """Load streams with one query, without waiting. Streams that are marked as behind from now on stay marked."""
        self._tick += 1
        return self._store.begin_load(wanted)

    def take(self, wanted: Mapping[str, tuple[Aggregate[Any], Wanted]], loaded: Loaded) -> None:
        """Fold what was loaded: onto what is here, or from a snapshot, or from the beginning."""
        tick = self._tick
        self.head = max(self.head, loaded.position)
        runs = grouped(loaded.facts)
        due: list[tuple[Aggregate[Any], CachedStream]] = []
        for stream_id, (aggregate, asked) in wanted.items():
            snapshot, run = loaded.snapshots.get(stream_id), runs.get(stream_id, [])
            error, entry = loaded.unreadable.get(stream_id, ""), None
            try:
                entry = None if error else self._folded(stream_id, aggregate, asked, snapshot, run)
            except Exception as failed:  # noqa: BLE001  (whatever it is, it is this stream's alone)
                error = f"{type(failed).__name__}: {failed}"[:200]
                if snapshot is not None:
                    logger.warning("a snapshot does not fit its stream", stream_id=stream_id, error=error)
                    self._distrusted.add(stream_id)
                    self.snapshots_dropped += 1
                    continue
            if error:
                logger.error("a stream cannot be read", stream_id=stream_id, error=error)
                self._put_short(stream_id, CachedStream(stream_id, None, None, error=error))
            elif entry is not None and stream_id in loaded.more:
                self._partial[stream_id] = entry
            elif entry is not None:
                self._partial.pop(stream_id, None)
                self._admit(entry, aggregate, tick)
                if aggregate.snapshot is not None and len(run) > SNAPSHOT_EVERY_FACTS and entry.aggregate is aggregate:
                    due.append((aggregate, entry))
        if due:
            self.save([snapshot_of(aggregate, entry, entry.base, entry.base_version) for aggregate, entry in due])

    def _folded(
        self, stream_id: str, aggregate: Aggregate[Any], asked: Wanted, snapshot: StreamSnapshot | None, facts: Iterable[Recorded]
    ) -> CachedStream | None:
        """Return a new entry with everything folded that was loaded; None where what it was to be folded onto was evicted meanwhile."""
        entry = CachedStream(stream_id, aggregate, aggregate.initial)
        if asked.after:
            here = self._folded_furthest(self.find(stream_id), stream_id)
            if here is None or here.aggregate is None or here.base_version != asked.after:
                return None
            entry.aggregate, entry.state, entry.version = here.aggregate, here.base, here.base_version
            entry.first, entry.last, entry.times = here.first, here.last, dict(here.times) if here.times else None
        elif snapshot is not None and aggregate.snapshot is not None:
            entry.state = state_decoder(aggregate.snapshot).decode(snapshot.state)
            entry.version = snapshot.version
            entry.times = dict(snapshot.times) if snapshot.times else None
        entry.fold(facts)
        entry.base, entry.base_version = entry.state, entry.version
        return entry

    def _folded_furthest(self, entry: CachedStream | None, stream_id: str) -> CachedStream | None:
        """Return of a cached stream and the part of it that was loaded so far the one with more facts; a long way is loaded in slices."""
        partial = self._partial.get(stream_id)
        return entry if partial is None or (entry is not None and entry.base_version >= partial.base_version) else partial

    def _admit(self, loaded: CachedStream, aggregate: Aggregate[Any], tick: int) -> None:
        """Add a loaded entry to the cache, or update the cached one in place, so that whoever holds it sees the new state."""
        here = self.find(loaded.stream_id)
        if here is None or here.error:
            keep_for_long = not aggregate.short_lived and (loaded.version or aggregate.snapshot is not None)
            if here is not None:
                self.drop((loaded.stream_id,))
            (self._put if keep_for_long else self._put_short)(loaded.stream_id, loaded)
            return
        self._moved(here)
        if loaded.base_version > here.base_version or (here.aggregate is None and loaded.aggregate is not None):
            here.base, here.base_version, here.times = loaded.base, loaded.base_version, loaded.times
            here.first, here.last, here.kind = loaded.first or here.first, loaded.last, loaded.kind
            if loaded.version > here.version or here.aggregate is None:
                here.aggregate, here.state, here.version = loaded.aggregate, loaded.state, loaded.version
        if here.behind < tick:
            here.behind = 0

    def save(self, snapshots: list[StreamSnapshot]) -> None:
        """Keep snapshots of committed states."""
        try:
            self._store.save_snapshots(snapshots)
        except Exception as error:  # noqa: BLE001  (the log has everything; a snapshot only saves time)
            self.snapshots_unsaved += len(snapshots)
            logger.warning("snapshots were not saved", error=str(error)[:200])

    def drop(self, stream_ids: Iterable[str]) -> None:
        """Forget streams whose state can no longer be trusted."""
        self._moved_all()
        for stream_id in stream_ids:
            self.young.pop(stream_id, None)
            self._old.pop(stream_id, None)
            self._short.pop(stream_id, None)
            self._short_old.pop(stream_id, None)
            self._partial.pop(stream_id, None)

    def clear(self) -> None:
        """Forget everything."""
        self._moved_all()
        self.young, self._old, self._short, self._short_old, self._partial = {}, {}, {}, {}, {}

    def __len__(self) -> int:
        return len(self.young) + len(self._old) + len(self._short) + len(self._short_old)

    def keep(self, entry: CachedStream) -> None:
        """Keep an entry among the long-lived ones, where its eviction raises the epoch."""
        self._put(entry.stream_id, entry)

    def _put_short(self, stream_id: str, entry: CachedStream) -> None:
        """Put a new, short-lived or unreadable stream into the small cache, so that it evicts no long-lived one."""
        if len(self._short) >= self._short_max and len(self._short) >= 2 * len(self._pinned):
            self._short_old, self._short = self._short, self._pinned_of(self._short_old)
        self._short[stream_id] = entry

    def _put(self, stream_id: str, entry: CachedStream) -> None:
        if len(self.young) >= self._generation_max and len(self.young) >= 2 * len(self._pinned):
            self._old, self.young = self.young, self._pinned_of(self._old)
            self._moved_all()
        self.young[stream_id] = entry

    def _pinned_of(self, evicted: Mapping[str, CachedStream]) -> dict[str, CachedStream]:
        return {stream_id: entry for stream_id in self._pinned if (entry := evicted.get(stream_id)) is not None}
