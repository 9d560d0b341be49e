"""The streams of one command: states to decide on, facts to append, and conditions that must hold at the commit."""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any, TypeVar

import msgspec

from commands.dispatch.cached_stream import ANY_VERSION, CachedStream, Remembered, StreamUnreadable
from commands.dispatch.state_cache import StateCache
from commands.dispatch.stream import Seen, Stream
from commands.ports import FOREVER_US, Append, NewFact, Read, SharedReads, all_reads
from domain.aggregate import Aggregate, Shared

State = TypeVar("State")
Encode = Callable[[Sequence[NewFact]], Sequence[bytes] | None]


class StreamsNotCached(Exception):  # noqa: N818  (no error: the dispatcher loads what is missing and asks again)
    """Streams are not in memory, or what is there may be behind the log; `missed` are their ids and aggregates."""

    def __init__(self, missed: dict[str, Aggregate[Any]]) -> None:
        super().__init__(*missed)
        self.missed = missed


class Hold(msgspec.Struct, frozen=True, gc=False):
    """A condition in the log's time: the commit is at most (`latest`) or at least `for_us` after a version of a stream was committed."""

    entry: CachedStream
    version: int
    for_us: int
    latest: bool


class UnitOfWork(msgspec.Struct, eq=False, gc=False):
    """The unit of work of one command. Not for more than one thread, nor for more than one command.

    A stream that is not in memory raises `StreamsNotCached`: the dispatcher loads all that a batch misses in one question, and decides the
    command again. `now_us` is the log's time as far as it is known, never later than the commit's will be.
    """

    states: StateCache
    now_us: int = 0
    touched: list[Stream[Any]] = []
    reads: list[Read] = []
    shared: Sequence[SharedReads] = ()
    looked: Sequence[CachedStream] = ()
    holds: Sequence[Hold] = ()
    not_before_us: int = 0
    not_after_us: int = FOREVER_US
    though_clock_lags: bool = False

    def load(self, aggregate: Aggregate[State], stream_id: str) -> Stream[State]:
        """Return a stream to decide on; load a stream once. If nothing is decided on it, it is a read.

        Raises:
            StreamsNotCached: when it is not cached, or may be behind the log.
            StreamUnreadable: when the log has facts of it that cannot be read.

        """
        entry = self.states.young.get(stream_id)
        if entry is None or entry.behind or entry.aggregate is not aggregate:
            entry = self._entry(aggregate, stream_id)
        return self._touch(aggregate, stream_id, entry)

    def load_new(self, aggregate: Aggregate[State], stream_id: str) -> Stream[State]:
        """Return a stream that is assumed to be new: it is not loaded at the first attempt, the commit finds out, and a retry loads it.

        Raises:
            StreamsNotCached, StreamUnreadable: as `load`, where the stream is known already and is not current.

        """
        entry = self.states.find_or_assume_new(aggregate, stream_id)
        if entry.aggregate is not aggregate or entry.behind:
            entry = self._entry(aggregate, stream_id)
        return self._touch(aggregate, stream_id, entry)

    def _touch(self, aggregate: Aggregate[State], stream_id: str, entry: CachedStream) -> Stream[State]:
        state = entry.state if entry.aggregate is aggregate else aggregate.initial
        stream = Stream(aggregate, stream_id, entry, state, entry.version)
        self.touched.append(stream)
        return stream

    def read(self, aggregate: Aggregate[State], stream_id: str) -> State:
        """Return a state to look at. That its stream has not changed becomes a condition of the append.

        Raises:
            StreamsNotCached, StreamUnreadable: as `load`.

        """
        return self.see(aggregate, stream_id).state

    def see(self, aggregate: Aggregate[State], stream_id: str) -> Seen[State]:
        """Return a state to look at with its version. That its stream has not changed becomes a condition of the append.

        Raises:
            StreamsNotCached, StreamUnreadable: as `load`.

        """
        entry = self.states.young.get(stream_id)
        if entry is None or entry.behind or entry.aggregate is not aggregate:
            entry = self._entry(aggregate, stream_id)
        read = entry.as_read
        if read is None or read.version != entry.version:
            read = entry.as_read = Read(stream_id, entry.version)
        self.reads.append(read)
        return entry if entry.aggregate is aggregate else _of_another_kind(aggregate, entry)

    def look(self, aggregate: Aggregate[State], stream_id: str) -> Seen[State]:
        """Return a state that may change without harm to what is decided; only a refusal or a repeat makes it a condition.

        Raises:
            StreamsNotCached, StreamUnreadable: as `load`.

        """
        entry = self._entry(aggregate, stream_id)
        self.looked = (*self.looked, entry)
        return entry if entry.aggregate is aggregate else _of_another_kind(aggregate, entry)

    def is_within(self, seen: Seen[Any], version: int, for_ms: int) -> bool:
        """Tell whether, as far as is known now, the commit will be at most `for_ms` after that version of the stream was committed.

        A version on its way to the commit counts as now, one that is not remembered as too long ago.
        """
        assert isinstance(seen, CachedStream), "what was seen is an entry"
        committed_us = seen.committed_us(version)
        return committed_us is None or (committed_us > 0 and self.now_us <= committed_us + for_ms * 1000)

    def hold(self, seen: Seen[Any], version: int, for_ms: int) -> None:
        """Make it a condition: the commit is at most `for_ms` after that version of the stream was committed."""
        assert isinstance(seen, CachedStream), "what was seen is an entry"
        self.holds = (*self.holds, Hold(seen, version, for_ms * 1000, latest=True))

    def delay(self, seen: Seen[Any], version: int, for_ms: int, *, though_clock_lags: bool = False) -> None:
        """Make it a condition: the commit is more than `for_ms` after that version of the stream was committed; see `not_before`."""
        assert isinstance(seen, CachedStream), "what was seen is an entry"
        self.holds = (*self.holds, Hold(seen, version, for_ms * 1000 + 1, latest=False))
        self.though_clock_lags = though_clock_lags

    def not_before(self, moment_us: int, *, though_clock_lags: bool = False) -> None:
        """Make it a condition: the commit is not before that moment of the log's time.

        With `though_clock_lags`, for commands that stop betting, it may pass while the database's clock lags, unless something has an end.
        """
        self.not_before_us = max(self.not_before_us, moment_us)
        self.though_clock_lags = though_clock_lags

    def not_after(self, moment_us: int) -> None:
        """Make it a condition: the commit is not after that moment of the log's time."""
        self.not_after_us = min(self.not_after_us, moment_us)

    def recall(self, entry: CachedStream) -> Remembered | None:
        """Add the conditions that were remembered for a stream and return them, None where there are none that still hold.

        They do while no shared stream of their group has changed, and while the time they hold for is not over.
        """
        remembered = entry.remembered
        if remembered is None or remembered.epoch != self.states.epochs[remembered.group]:
            return None
        if remembered.version not in (entry.version, ANY_VERSION):
            return None
        if remembered.not_after_us < FOREVER_US:
            if self.now_us > remembered.not_after_us:
                return None
            self.not_after_us = min(self.not_after_us, remembered.not_after_us)
        self.shared = (*self.shared, remembered.reads)
        if remembered.looked:
            self.looked = (*self.looked, *remembered.looked)
        return remembered

    def so_far(self) -> tuple[int, int, int]:
        """Return how many conditions of each kind there are, for `remember`."""
        return len(self.reads), len(self.looked), len(self.holds)

    def remember(self, entry: CachedStream, before: tuple[int, int, int], group: Shared, version: int, found: Any) -> None:
        """Keep the conditions added since `so_far` returned `before`, for the next decision on the stream at that version, or at any.

        With them goes what was `found` in what was read.

        Since then only shared streams of that group may have been read, and neither `not_before` nor `not_after` used. Nothing is kept
        where one of the conditions counts from the commit of a version that is not committed yet.
        """
        reads_before, looked_before, holds_before = before
        not_after_us = FOREVER_US
        for hold in self.holds[holds_before:]:
            committed_us = hold.entry.committed_us(hold.version)
            if committed_us is None or not hold.latest:
                return
            not_after_us = min(not_after_us, committed_us + hold.for_us)
        looked = tuple(self.looked[looked_before:])
        reads, epoch = SharedReads(tuple(self.reads[reads_before:])), self.states.epochs[group]
        del self.reads[reads_before:]
        self.shared = (*self.shared, reads)
        entry.remembered = Remembered(version, group, epoch, reads, looked, not_after_us, found)

    def _entry(self, aggregate: Aggregate[Any], stream_id: str) -> CachedStream:
        entry = self.states.find(stream_id)
        if entry is not None and not entry.behind:
            if entry.aggregate is aggregate:
                return entry
            if entry.error:
                self.states.drop((stream_id,))
                raise StreamUnreadable(f"{stream_id}: {entry.error}")
            if not entry.version:
                entry.aggregate, entry.state, entry.base = aggregate, aggregate.initial, aggregate.initial
                if aggregate.shared:
                    self.states.keep(entry)
                return entry
            if entry.aggregate is not None or entry.kind not in aggregate.facts:
                return entry
        raise StreamsNotCached({stream_id: aggregate})

    def need(self, wanted: Iterable[tuple[Aggregate[Any], str]]) -> None:
        """Raise `StreamsNotCached` naming every one of these streams that is not cached and current, so that one query loads them all.

        It returns silently if none is missing.

        Raises:
            StreamsNotCached: with all that are missing. StreamUnreadable: when the log has facts of one that cannot be read.

        """
        missed: dict[str, Aggregate[Any]] = {}
        for aggregate, stream_id in wanted:
            try:
                self._entry(aggregate, stream_id)
            except StreamsNotCached as missing:
                missed.update(missing.missed)
        if missed:
            raise StreamsNotCached(missed)

    def entries(self) -> list[CachedStream]:
        """Return every stream that the decision saw and that is still in memory."""
        found = [self.states.find(read.stream_id) for read in all_reads(self.reads, self.shared)]
        return [stream.entry for stream in self.touched] + [entry for entry in found if entry is not None] + list(self.looked)

    def builds_on(self, stream_ids: set[str]) -> bool:
        """Tell whether the decision saw one of these streams, if only to look at it."""
        seen: Iterable[Stream[Any] | Read | CachedStream] = chain(self.touched, all_reads(self.reads, self.shared), self.looked)
        return any(each.stream_id in stream_ids for each in seen)

    def conditions(self) -> Append:
        """Return the append that only asks whether everything this decision saw still stands."""
        looked = [entry.read() for entry in self.looked]
        return Append((), all_reads(self.reads, self.shared) + looked + [Read(stream.stream_id, stream.version) for stream in self.touched])

    def append(self, key: Stream[Any], encode: Encode | None = None) -> Append:
        """Stage what was decided and return it as one append, the facts of the `key` stream last, so that its position covers them all.

        A stream that was only looked at becomes a read if its last facts are not committed yet: their append may still be refused.

        Raises:
            ValueError: when a stream's id is none; nothing is staged then.

        """
        facts: list[NewFact] = []
        reads = self.reads
        for stream in self.touched:
            if not stream.facts:
                reads.append(Read(stream.stream_id, stream.version))
            elif stream is not key:
                _collect(stream, facts)
        _collect(key, facts)
        if not facts:
            looked = [entry.read() for entry in self.looked]
            return Append(facts, reads + looked, self.not_before_us, self.not_after_us, None, self.shared, self.though_clock_lags)
        for entry in self.looked:
            if entry.version > entry.base_version:
                reads.append(entry.read())
        rows = encode(facts) if encode is not None else None
        append = Append(facts, reads, self.not_before_us, self.not_after_us, rows, self.shared, self.though_clock_lags)
        stage = self.states.stage
        for stream in self.touched:
            if stream.facts:
                stage(stream.entry, stream.aggregate, stream.state, stream.version + len(stream.facts))
        return append

    def resolve(self, append: Append) -> None:
        """Turn conditions that count from the commit of a version into a span of the log's time, once the batch before has its commit time.

        A version without a commit time is in the same batch then, and is committed at the same moment.
        """
        for hold in self.holds:
            committed_us = hold.entry.committed_us(hold.version)
            if hold.latest:
                if committed_us is not None:
                    append.not_after_us = min(append.not_after_us, committed_us + hold.for_us)
            else:
                since_us = self.now_us if committed_us is None else committed_us
                append.not_before_us = max(append.not_before_us, since_us + hold.for_us)


def _of_another_kind(aggregate: Aggregate[State], entry: CachedStream) -> Seen[State]:
    """Return the stream with the initial state of the aggregate that it was asked for as, since it belongs to another aggregate."""
    return CachedStream(entry.stream_id, aggregate, aggregate.initial, entry.version, base_version=entry.base_version)


def _collect(stream: Stream[Any], facts: list[NewFact]) -> None:
    for version, fact in enumerate(stream.facts, stream.version + 1):
        facts.append(NewFact(stream.stream_id, version, fact))
