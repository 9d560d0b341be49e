"""The log in memory: the same port and the same verdicts as in Postgres, for tests, demonstrations and simulations. It forgets on exit."""

import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain as chained

import msgspec

from commands.log_reader import BatchRow, LogFilter, LogStretch, WholeBatches, begins
from commands.ports import Append, Appended, Loaded, NewFact, Read, StreamSnapshot, Verdict, Wanted, facts_per_stream
from domain.chain import GENESIS, SCHEME, batch_digest, mark_of, rows_digest
from domain.fact import Fact, Recorded, micros
from infra.clock import Clock
from infra.eventstore.fact_encoding import copy_row

CONFLICT = Verdict(accepted=False, position=0, why="conflict")
OUT_OF_SPAN = Verdict(accepted=False, position=0, why="span")
CLOCK_BEHIND = Verdict(accepted=False, position=0, why="clock")
CLOCK_LAG_US_MAX = 1_000_000
"""Where the clock is further behind the log's time than this, every append with a time span is refused: it cannot be judged."""


class MemoryEventStore:
    """An `EventStore`, a `LogReader` and an `AuditLog` in one, for any number of threads.

    `wait` works by thread: it returns at once when something was appended since the same thread's last `read`. `clock_us` is the
    database's clock: microseconds since 1970, from anywhere; the log's time never goes back whatever it shows.
    """

    def __init__(self, *, clock_us: Callable[[], int] | None = None, log_id: str = "") -> None:
        self._grown = threading.Condition()
        clock = Clock()
        self._clock_us = clock_us or (lambda: micros(clock.now()))
        self._log_id = log_id or clock.new_id()
        self._log: list[Recorded] = []
        self._streams: dict[str, list[Recorded]] = {}
        self._snapshots: dict[tuple[str, str], StreamSnapshot] = {}
        self._batches: list[BatchRow] = []
        self._committed_us = 0
        self._digest = GENESIS
        self._seen = threading.local()

    def encode(self, facts: Sequence[NewFact]) -> Sequence[bytes] | None:
        """Encode nothing ahead of the commit; see `commands.ports.EventStore`."""
        del facts
        return None

    def begin(self, appends: Sequence[Append]) -> "MemoryBatch":
        """Record a batch at once; see `commands.ports.EventStore`."""
        return MemoryBatch(self.append_many(appends))

    def nudge(self) -> None:
        """Do nothing: a batch is recorded by `begin`; see `commands.ports.EventStore`."""

    def append_many(self, appends: Sequence[Append]) -> Appended:
        """Record a batch, with a verdict per append; see `commands.ports.EventStore`."""
        with self._grown:
            head, clock_us = len(self._log), self._clock_us()
            now_us = max(clock_us, self._committed_us)
            clock_lags = self._committed_us - clock_us > CLOCK_LAG_US_MAX
            refused_versions: dict[str, int] = {}
            verdicts = [self._append(append, refused_versions, now_us, clock_lags=clock_lags) for append in appends]
            if len(self._log) > head:
                self._committed_us = now_us
                sizes = [len(append.facts) for append, verdict in zip(appends, verdicts, strict=True) if verdict.position]
                self._chain(head, tuple(sizes))
                self._grown.notify_all()
        return Appended(verdicts, now_us)

    def _append(self, append: Append, refused_versions: dict[str, int], now_us: int, *, clock_lags: bool) -> Verdict:
        """Write one append or refuse it.

        `refused_versions` holds, by stream, the first version that a refused append of the batch would have written: what builds on it
        was decided on facts that never happened, even where another writer has filled the same versions.
        """
        verdict = self._judged(append, refused_versions, now_us, clock_lags=clock_lags)
        if verdict is not None:
            for fact in append.facts:
                refused_versions[fact.stream_id] = min(fact.version, refused_versions.get(fact.stream_id, fact.version))
            return verdict
        for fact in append.facts:
            recorded = Recorded(len(self._log) + 1, fact.stream_id, fact.version, fact.body, now_us)
            self._log.append(recorded)
            self._streams.setdefault(fact.stream_id, []).append(recorded)
        return Verdict(accepted=True, position=len(self._log) if append.facts else 0)

    def _judged(self, append: Append, refused_versions: dict[str, int], now_us: int, *, clock_lags: bool) -> Verdict | None:
        """Return the refusal of an append, None where it stands."""
        moved = next((read for read in append.all_reads if self._version(read.stream_id) != read.version), None)
        if moved is not None:
            return Verdict(accepted=False, position=0, why="conflict", conflict=moved.stream_id)
        if not (self._needs_nothing_refused(append.all_reads, refused_versions) and self._follows(append.facts, refused_versions)):
            return CONFLICT
        if append.has_span:
            if clock_lags and append.waits_for_clock:
                return CLOCK_BEHIND
            if not append.not_before_us <= now_us <= append.not_after_us:
                return OUT_OF_SPAN
        return None

    def _needs_nothing_refused(self, reads: Sequence[Read], refused_versions: Mapping[str, int]) -> bool:
        return all(read.version < refused_versions.get(read.stream_id, read.version + 1) for read in reads)

    def _follows(self, facts: Sequence[NewFact], refused_versions: Mapping[str, int]) -> bool:
        last: dict[str, int] = {}
        for fact in facts:
            before = last.get(fact.stream_id)
            if before is None:
                before = self._version(fact.stream_id)
                if before >= refused_versions.get(fact.stream_id, before + 1):
                    return False
            if fact.version != before + 1:
                return False
            last[fact.stream_id] = fact.version
        return True

    def _version(self, stream_id: str) -> int:
        return len(self._streams.get(stream_id, ()))

    def _chain(self, head: int, append_sizes: tuple[int, ...]) -> None:
        rows = self._rows_digest(self._log[head:])
        upto, before = len(self._log), self._digest
        self._digest = batch_digest(
            scheme=SCHEME,
            log_id=self._log_id,
            before=before,
            upto=upto,
            committed_us=self._committed_us,
            append_sizes=append_sizes,
            rows=rows,
        )
        self._batches.append(BatchRow(upto, self._committed_us, append_sizes, SCHEME, self._digest, rows))

    @staticmethod
    def _rows_digest(facts: Sequence[Recorded]) -> bytes:
        return rows_digest(b"".join(copy_row(fact.stream_id, fact.version, fact.body, fact.position) for fact in facts))

    def load(self, streams: Mapping[str, int]) -> Mapping[str, Sequence[Recorded]]:
        """Return the facts of each stream after the version given; see `commands.ports.EventStore`."""
        with self._grown:
            found = {stream_id: self._streams.get(stream_id, [])[version:] for stream_id, version in streams.items()}
        return {stream_id: facts for stream_id, facts in found.items() if facts}

    def begin_load(self, streams: Mapping[str, Wanted]) -> "MemoryLoad":
        """Look at once what states are folded from; see `commands.ports.EventStore`."""
        with self._grown:
            kept = {stream_id: self._snapshots.get((stream_id, wanted.schema)) for stream_id, wanted in streams.items() if wanted.schema}
            snapshots = {stream_id: snapshot for stream_id, snapshot in kept.items() if snapshot is not None}
            after = {
                stream_id: snapshots[stream_id].version if stream_id in snapshots else wanted.after for stream_id, wanted in streams.items()
            }
            found = self.load(after)
            facts_max = facts_per_stream(len(streams))
            more = frozenset(stream_id for stream_id, facts in found.items() if len(facts) > facts_max)
            facts = list(chained.from_iterable(facts[:facts_max] for facts in found.values()))
            now_us = max(self._clock_us(), self._committed_us)
            return MemoryLoad(Loaded(snapshots, facts, len(self._log), now_us, more))

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

    def read_filtered(self, wanted: LogFilter, after: int, limit: int) -> LogStretch:
        """Return what is wanted of the `limit` facts after a position, and where these end."""
        return LogStretch.of(wanted, self.read(after, limit), after)

    def wait(self, timeout_ms: int) -> None:
        """Return when there is more than this thread's last `read` saw, or after the timeout."""
        with self._grown:
            seen = getattr(self._seen, "head", 0)
            self._grown.wait_for(lambda: len(self._log) > seen, timeout_ms / 1000)

    def head(self) -> int:
        """Return the last position, 0 for an empty log."""
        with self._grown:
            return len(self._log)

    def head_committed(self) -> int:
        """Return the last position: nothing is committed here before it is kept."""
        return self.head()

    def identity(self) -> str:
        """Return the log's id."""
        return self._log_id

    def mark_at(self, position: int) -> str | None:
        """Return the mark of a position; see `commands.log_reader.LogReader`."""
        with self._grown:
            if position <= 0:
                return mark_of(self._log_id, b"")
            return next((mark_of(self._log_id, batch.digest) for batch in self._batches if batch.upto >= position), None)

    def read_batches(self, after: int, facts_min: int) -> WholeBatches:
        """Return whole batches; see `commands.log_reader.AuditLog`. Their rows are digested as they stand now."""
        with self._grown:
            batches: list[BatchRow] = []
            upto = after
            for batch in self._batches:
                if batch.upto > after and upto - after < facts_min:
                    rows = self._rows_digest(self._log[upto : batch.upto])
                    batches.append(msgspec.structs.replace(batch, rows_digest=rows))
                    upto = batch.upto
            return WholeBatches(self._log[after:upto], batches)

    def ends_of(self, stream_ids: Collection[str], upto: int) -> Mapping[str, tuple[Recorded, Recorded]]:
        """Return the first and the last fact of each stream up to a position; see `commands.log_reader.AuditLog`."""
        with self._grown:
            of_streams = {
                stream_id: [fact for fact in self._streams.get(stream_id, ()) if fact.position <= upto] for stream_id in stream_ids
            }
        return {
            stream_id: ([fact for fact in facts[:3] if begins(fact)][-1], facts[-1]) for stream_id, facts in of_streams.items() if facts
        }

    def naming(self, kinds: Iterable[type[Fact]], stream_id: str, after: int, upto: int, limit: int) -> Sequence[Recorded]:
        """Return facts of some kinds that name a stream; see `commands.log_reader.AuditLog`."""
        wanted, named = tuple(kinds), stream_id.encode()
        with self._grown:
            facts = [fact for fact in self._log[after:upto] if isinstance(fact.body, wanted)]
        return [fact for fact in facts if named in msgspec.json.encode(fact.body)][:limit]


class MemoryBatch:
    """A batch that was recorded as it was begun."""

    def __init__(self, appended: Appended) -> None:
        self.changed_elsewhere: Mapping[str, int] | None = {}
        self.facts_elsewhere: Sequence[Recorded] = ()
        self._appended = appended

    def ready(self) -> bool:
        """Return True."""
        return True

    def outcome(self) -> Appended:
        """Return what became of it."""
        return self._appended


class MemoryLoad:
    """A question that was answered as it was asked."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded

    def wait(self, timeout_s: float) -> bool:  # noqa: ARG002  (the answer is here)
        """Return True."""
        return True

    def outcome(self) -> Loaded:
        """Return the answer."""
        return self._loaded
