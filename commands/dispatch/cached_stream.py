"""A stream in memory: its state, the part of it that is known to be in the log, commit times, and the name of its snapshot."""

from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from typing import Any

import msgspec

from commands.ports import Read, SharedReads, StreamSnapshot
from domain.aggregate import Aggregate, Shared
from domain.fact import Fact, Recorded

SNAPSHOT_EVERY_FACTS = 64
"""A snapshot is due each time a stream of a snapshotted aggregate passes a multiple of this many facts."""

TIMES_MAX = 64
"""When more commit times of a stream are remembered than this and than twice those needed last, the ones that are too old are dropped."""

ANY_VERSION = -1

LONG_AGO_US = 0
"""Stands for the commit time of a version that is not remembered: too long ago for any span that begins there."""


class StreamUnreadable(Exception):  # noqa: N818  (named for what happened)
    """A stream holds what cannot be read; nothing can be decided on it."""


class Remembered(msgspec.Struct, frozen=True, gc=False):
    """Append conditions computed for this stream earlier; valid while the group's invalidation counter is unchanged.

    `epoch` is that counter when they were computed, see `UnitOfWork.recall`. `version` is the version of the stream that they follow from,
    or `ANY_VERSION` where they follow from its id alone. `found` is what the caller found in what it read.
    """

    version: int
    group: Shared
    epoch: int
    reads: SharedReads
    looked: tuple["CachedStream", ...]
    not_after_us: int
    found: Any = None


class CachedStream(msgspec.Struct, eq=False, gc=False):
    """A stream's state, folded up to `version`; `first` and `last` are where in the log it began and grew last, 0 while not known.

    `base` is the state at `base_version`, the last that is known to be in the log. `aggregate` is whose stream it is; a stream that does
    not exist takes the aggregate of its first caller. Where somebody asked for it as one kind of thing and it is another, `aggregate` is
    None and `kind` is the class of its first fact. `behind` is not 0 where the log may hold more than `base`, and says since when.
    `times` are the commit times of recent versions, where the aggregate keeps any; beyond `times_max` old ones are dropped.
    """

    stream_id: str
    aggregate: Aggregate[Any] | None
    state: Any
    version: int = 0
    kind: type[Fact] | None = None
    first: int = 0
    last: int = 0
    base: Any = None
    base_version: int = 0
    behind: int = 0
    times: dict[int, int] | None = None
    times_max: int = TIMES_MAX
    as_read: Read | None = None
    error: str = ""
    remembered: Remembered | None = None

    def read(self) -> Read:
        """Return the stream at its version as a condition of an append."""
        read = self.as_read
        if read is None or read.version != self.version:
            read = self.as_read = Read(self.stream_id, self.version)
        return read

    def committed_us(self, version: int) -> int | None:
        """Return when a version was committed: None while it is on its way, `LONG_AGO_US` where that is not remembered."""
        if version > self.base_version:
            return None
        return self.times.get(version, LONG_AGO_US) if self.times is not None else LONG_AGO_US

    def keep_time(self, version: int, committed_us: int, kept_ms: int) -> None:
        """Remember when a version was committed; forget those that were committed longer than `kept_ms` before."""
        times = self.times
        if times is None:
            self.times = {version: committed_us}
            return
        times[version] = committed_us
        if len(times) > self.times_max:
            since_us = committed_us - kept_ms * 1000
            self.times = {kept: at_us for kept, at_us in times.items() if at_us >= since_us}
            self.times_max = max(TIMES_MAX, 2 * len(self.times))

    def fold(self, facts: Iterable[Recorded]) -> None:
        """Fold the next facts of the stream onto its state."""
        aggregate = self.aggregate
        assert aggregate is not None, "what is folded is somebody's"
        evolve, kept_ms, kept_while = aggregate.evolve, aggregate.times_kept_ms, aggregate.times_kept_while
        for fact in facts:
            if fact.version == 1:
                self.first = fact.position
                if not isinstance(fact.body, aggregate.facts):
                    self.aggregate, self.kind = None, type(fact.body)
            if self.aggregate is not None:
                self.state = evolve(self.state, fact.body)
                if kept_ms and (kept_while is None or kept_while(self.state)):
                    self.keep_time(fact.version, fact.committed_us, kept_ms)
            self.version = fact.version
            self.last = fact.position


def grouped(facts: Iterable[Recorded]) -> dict[str, list[Recorded]]:
    """Return facts by stream, in their order."""
    runs: dict[str, list[Recorded]] = {}
    for fact in facts:
        run = runs.get(fact.stream_id)
        if run is None:
            run = runs[fact.stream_id] = []
        run.append(fact)
    return runs


state_decoder = cache(msgspec.msgpack.Decoder)


def schema_of(aggregate: Aggregate[Any]) -> str:
    """Name a snapshot's shape, so that snapshots of other types, or made by another `evolve`, are passed over."""
    return "" if aggregate.snapshot is None else _schema_of(aggregate.name, aggregate.evolve_version, aggregate.snapshot)


@cache
def _schema_of(name: str, evolve_version: int, snapshot: type[msgspec.Struct]) -> str:
    shape = sha256(repr(msgspec.inspect.type_info(snapshot)).encode()).hexdigest()[:16]
    return f"{name}:{evolve_version}:{shape}"


def snapshot_due(version_before: int, version: int) -> bool:
    """Tell whether a stream that grew from one version to another passed a multiple of `SNAPSHOT_EVERY_FACTS`."""
    return version // SNAPSHOT_EVERY_FACTS > version_before // SNAPSHOT_EVERY_FACTS


def snapshot_of(aggregate: Aggregate[Any], entry: CachedStream, state: msgspec.Struct, version: int) -> StreamSnapshot:
    """Return the snapshot of a committed state."""
    times = tuple((entry.times or {}).items())
    return StreamSnapshot(entry.stream_id, schema_of(aggregate), version, msgspec.msgpack.encode(state), times)
