"""The log in memory: the same port and the same verdicts as in Postgres, for tests, demonstrations and simulations. It forgets on exit."""

import threading
from collections.abc import Callable, Mapping, Sequence
from itertools import chain

from commands.ports import Append, Appended, Loaded, NewFact, Read, StreamSnapshot, Verdict
from domain.fact import Recorded

REFUSED = Verdict(accepted=False, position=0)


class MemoryEventStore:
    """An `EventStore` and a `LogReader` in one, for any number of threads.

    `wait` is told by thread: it returns at once when something was appended since the same thread's last `read`.
    """

    def __init__(self) -> None:
        self._grown = threading.Condition()
        self._log: list[Recorded] = []
        self._streams: dict[str, list[Recorded]] = {}
        self._snapshots: dict[tuple[str, str], StreamSnapshot] = {}
        self._seen = threading.local()

    def begin(self, appends: Sequence[Append]) -> Callable[[], Appended]:
        """Record a batch at once; see `commands.ports.EventStore`."""
        appended = self.append_many(appends)
        return lambda: appended

    def nudge(self) -> None:
        """Nothing waits here; see `commands.ports.EventStore`."""

    def append_many(self, appends: Sequence[Append]) -> Appended:
        """Record a batch, with a verdict per append; see `commands.ports.EventStore`."""
        with self._grown:
            head = len(self._log)
            phantoms: dict[str, int] = {}
            verdicts = [self._append(append, phantoms) for append in appends]
            if len(self._log) > head:
                self._grown.notify_all()
        return Appended(verdicts)

    def _append(self, append: Append, phantoms: dict[str, int]) -> Verdict:
        """Write one append or refuse it.

        `phantoms` holds, by stream, the first version that a refused append of the batch would have written: what builds on it was
        decided on facts that never happened, even where another writer has filled the same versions.
        """
        if not (self._stands(append.reads, phantoms) and self._follows(append.facts, phantoms)):
            for fact in append.facts:
                phantoms[fact.stream_id] = min(fact.version, phantoms.get(fact.stream_id, fact.version))
            return REFUSED
        for fact in append.facts:
            recorded = Recorded(len(self._log) + 1, fact.stream_id, fact.version, fact.body)
            self._log.append(recorded)
            self._streams.setdefault(fact.stream_id, []).append(recorded)
        return Verdict(accepted=True, position=len(self._log) if append.facts else 0)

    def _stands(self, reads: Sequence[Read], phantoms: Mapping[str, int]) -> bool:
        return all(self._version(read.stream_id) == read.version < phantoms.get(read.stream_id, read.version + 1) for read in reads)

    def _follows(self, facts: Sequence[NewFact], phantoms: Mapping[str, int]) -> bool:
        last: dict[str, int] = {}
        for fact in facts:
            before = last.get(fact.stream_id)
            if before is None:
                before = self._version(fact.stream_id)
                if before >= phantoms.get(fact.stream_id, before + 1):
                    return False
            if fact.version != before + 1:
                return False
            last[fact.stream_id] = fact.version
        return True

    def _version(self, stream_id: str) -> int:
        return len(self._streams.get(stream_id, ()))

    def load(self, streams: Mapping[str, int]) -> Mapping[str, Sequence[Recorded]]:
        """Return the facts of each stream after the version given; see `commands.ports.EventStore`."""
        with self._grown:
            found = {stream_id: self._streams.get(stream_id, [])[version:] for stream_id, version in streams.items()}
        return {stream_id: facts for stream_id, facts in found.items() if facts}

    def begin_load(self, streams: Mapping[str, str]) -> Callable[[], Loaded]:
        """Look at once what states are folded from; see `commands.ports.EventStore`."""
        with self._grown:
            wanted = {stream_id: self._snapshots.get((stream_id, schema)) for stream_id, schema in streams.items()}
            snapshots = {stream_id: snapshot for stream_id, snapshot in wanted.items() if snapshot is not None}
            found = self.load({stream_id: snapshot.version if snapshot else 0 for stream_id, snapshot in wanted.items()})
            loaded = Loaded(snapshots, list(chain.from_iterable(found.values())), len(self._log))
        return lambda: loaded

    def save_snapshots(self, snapshots: Sequence[StreamSnapshot]) -> None:
        """Keep snapshots; see `commands.ports.EventStore`."""
        with self._grown:
            for snapshot in snapshots:
                kept = self._snapshots.get((snapshot.stream_id, snapshot.schema))
                if kept is None or kept.version < snapshot.version:
                    self._snapshots[snapshot.stream_id, snapshot.schema] = snapshot

    def read(self, after: int, limit: int) -> Sequence[Recorded]:
        """Return the facts after a position, at most `limit`, in order."""
        with self._grown:
            self._seen.head = len(self._log)
            return self._log[max(0, after) : max(0, after) + limit]

    def wait(self, timeout_ms: int) -> None:
        """Return when there is more than this thread's last `read` saw, or after the timeout."""
        with self._grown:
            seen = getattr(self._seen, "head", 0)
            self._grown.wait_for(lambda: len(self._log) > seen, timeout_ms / 1000)

    def head(self) -> int:
        """Return the last position, 0 for an empty log."""
        with self._grown:
            return len(self._log)
