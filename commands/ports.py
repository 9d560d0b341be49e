"""The ports that use cases need: a log to append to, to load from and to read."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, Protocol

import msgspec

from domain.fact import Fact, Recorded

FOREVER_US = 1 << 62
"""No commit is ever as late as this."""


class NewFact(msgspec.Struct, frozen=True, gc=False):
    """A fact on its way into the log, at the version of its stream that it must become."""

    stream_id: str
    version: int
    body: Fact


class Read(msgspec.Struct, frozen=True, gc=False):
    """A stream that a decision was based on, and the version it stood at; 0 is a stream that does not exist."""

    stream_id: str
    version: int


class SharedReads(msgspec.Struct, eq=False, gc=False):
    """Reads of streams that seldom change, shared by many appends: the store verifies them once for all of these.

    `proved` is the store's invalidation counter at the last successful check; if the counter differs, the reads are checked again.
    """

    reads: tuple[Read, ...]
    proved: int = 0


class Append(msgspec.Struct, gc=False):
    """New facts on one or more streams, written all or none, and only if every read still stands, the `shared` ones too.

    Versions on a stream follow each other from the last one recorded. An append without facts only asks whether its reads still stand.
    It is accepted only where the commit's time is in the span `[not_before_us, not_after_us]`, by the log's own clock.
    `rows` is what `EventStore.encode` made of the facts, where that was done ahead. With `though_clock_lags`, a span without an end is
    judged even while the database's clock lags: the log's time stands still then, and what it has reached it never leaves again.
    """

    facts: Sequence[NewFact]
    reads: Sequence[Read] = ()
    not_before_us: int = 0
    not_after_us: int = FOREVER_US
    rows: Sequence[bytes] | None = None
    shared: Sequence[SharedReads] = ()
    though_clock_lags: bool = False

    @property
    def waits_for_clock(self) -> bool:
        """Whether the append is refused while the database's clock lags, since its span cannot be judged."""
        return self.has_span and not (self.though_clock_lags and self.not_after_us == FOREVER_US)

    @property
    def has_span(self) -> bool:
        """Whether the append holds only for a while."""
        return self.not_before_us > 0 or self.not_after_us < FOREVER_US

    @property
    def all_reads(self) -> list[Read]:
        """Every read, the shared ones last."""
        return all_reads(self.reads, self.shared)


def all_reads(reads: Iterable[Read], shared: Iterable[SharedReads]) -> list[Read]:
    """Return reads and those that are shared, one after another."""
    return [*reads, *(read for each in shared for read in each.reads)]


Why = Literal["", "conflict", "span", "clock"]
"""Why an append was refused: a read or a version no longer stands, or it builds on a refused one; the commit's time is outside its span;
it has a span and the database's clock lags the log's time by more than a second, so that no span can be judged."""


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """The verdict on an append: `position` is where its last fact stands in the log, 0 where it had none or was refused.

    `conflict` is the first stream that is not at the version which the append names; empty where it was refused for another reason, or
    where that is not known.
    """

    accepted: bool
    position: int
    why: Why = ""
    conflict: str = ""


class Appended(msgspec.Struct, frozen=True, gc=False):
    """One verdict per append, the log's time at which they were judged, and how long the head of the log was held for it."""

    verdicts: Sequence[Verdict]
    committed_us: int = 0
    held_us: int = 0


class PendingCommit(Protocol):
    """A batch of appends whose commit was begun."""

    @property
    def changed_elsewhere(self) -> Mapping[str, int] | None:
        """The streams that other writers changed since this store's last batch, with their last versions.

        None where those are too many, or not known: then any stream may have changed.
        """
        ...

    @property
    def facts_elsewhere(self) -> Sequence[Recorded]:
        """What other writers wrote since then to the streams that decisions everywhere wait for, in order. Some or all may be missing."""
        ...

    def ready(self) -> bool:
        """Tell whether the outcome is here, so that it can be taken without waiting."""
        ...

    def outcome(self) -> Appended:
        """Wait for the commit. Called once.

        Raises:
            StoreUnavailable: when the log could not be reached in time, so that the outcome is unknown.

        """
        ...


class StreamSnapshot(msgspec.Struct, frozen=True, gc=False):
    """A stream's state as of a version, encoded by whoever saved it under the name of its aggregate and schema.

    `times` are the commit times that the aggregate still needs: `(version, committed_us)`, oldest first.
    """

    stream_id: str
    schema: str
    version: int
    state: bytes
    times: tuple[tuple[int, int], ...] = ()


class Wanted(msgspec.Struct, frozen=True, gc=False):
    """What to load of a stream: its newest snapshot under `schema` (empty: none) and the facts after that, or the facts after `after`."""

    schema: str = ""
    after: int = 0


class Loaded(msgspec.Struct, frozen=True, gc=False):
    """What states are folded from: the newest snapshot of each stream that has one, and the facts after it, each stream's in one run.

    A snapshot is there only if it can be trusted: made of this log, sealed by us, and of a version that its stream still has.
    Of `more` not all facts are here: ask again for those after the last. Of `unreadable` something cannot be decoded; the value says what.
    `position` is where the log ended when they were read, `now_us` what its clock showed.
    """

    snapshots: Mapping[str, StreamSnapshot]
    facts: Sequence[Recorded]
    position: int
    now_us: int = 0
    more: frozenset[str] = frozenset()
    unreadable: Mapping[str, str] = {}


class Load(Protocol):
    """A query for streams that is under way."""

    def wait(self, timeout_s: float) -> bool:
        """Wait for the answer, at most so long; tell whether it is here, so that `outcome` would not wait."""
        ...

    def outcome(self) -> Loaded:
        """Wait for the answer. Called once.

        Raises:
            StoreUnavailable: when the log could not be reached in time.

        """
        ...


class StoreUnavailable(Exception):  # noqa: N818  (named for what happened)
    """The log cannot be reached; whether the last appends were recorded is not known. Retry with the same keys."""


class EventStore(Protocol):
    """The log, as the write path sees it."""

    def encode(self, facts: Sequence[NewFact]) -> Sequence[bytes] | None:
        """Return what the store will write of these facts, made ahead of the commit; None where there is nothing to gain by that."""
        ...

    def begin(self, appends: Sequence[Append]) -> PendingCommit:
        """Start to record a batch, as `append_many` does, and return without waiting for its commit.

        One batch at a time: the next may begin once the last one's outcome was taken. Whatever goes wrong is raised by the outcome.
        """
        ...

    def nudge(self) -> None:
        """Continue a batch that was begun, if it waits for us. It is called between other work, so it must be cheap."""
        ...

    def append_many(self, appends: Sequence[Append]) -> Appended:
        """Record a batch in one transaction: a conflicting append is refused, and those that build on it; the rest commit.

        Raises:
            StoreUnavailable: when the log could not be reached in time, so that the outcome is unknown.

        """
        ...

    def load(self, streams: Mapping[str, int]) -> Mapping[str, Sequence[Recorded]]:
        """Return the facts of each stream after the version given, in order; a stream without any is absent.

        Raises:
            StoreUnavailable: when the log could not be reached in time.

        """
        ...

    def begin_load(self, streams: Mapping[str, Wanted]) -> Load:
        """Ask for what streams' states are folded from, and return without waiting.

        One question at a time: the next may be asked once the last one was answered. What was committed before the question is in the
        answer; what is committed later may be. At most `facts_per_stream` facts of each stream come in one answer.
        """
        ...

    def save_snapshots(self, snapshots: Sequence[StreamSnapshot]) -> None:
        """Keep each snapshot in place of an older one of its stream, soon and without waiting. It only saves time: one may get lost."""
        ...


FACTS_PER_STREAM_MAX = 2_000
"""How many facts of one stream one answer to `begin_load` holds, where few streams are asked for."""

FACTS_PER_STREAM_MIN = 100
FACTS_PER_LOAD = 16_000
"""How many facts an answer to `begin_load` should hold at most: whoever folds them decides nothing meanwhile."""


def facts_per_stream(streams: int) -> int:
    """Return how many facts of each of so many streams one answer to `begin_load` holds: more than a snapshot leaves to be folded."""
    return max(FACTS_PER_STREAM_MIN, min(FACTS_PER_STREAM_MAX, FACTS_PER_LOAD // max(1, streams)))
