"""What the use cases need from the world: a log to append to and to load from."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from domain.fact import Fact, Recorded


class NewFact(msgspec.Struct, frozen=True, gc=False):
    """A fact on its way into the log, at the version of its stream that it must become."""

    stream_id: str
    version: int
    body: Fact


class Read(msgspec.Struct, frozen=True, gc=False):
    """A stream that a decision was based on, and the version it stood at; 0 is a stream that does not exist."""

    stream_id: str
    version: int


class Append(msgspec.Struct, frozen=True, gc=False):
    """New facts on one or more streams, written all or none, and only if every read still stands.

    Versions on a stream follow each other from the last one recorded. An append without facts only asks whether its reads still stand.
    """

    facts: Sequence[NewFact]
    reads: Sequence[Read] = ()


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """What became of an append: `position` is where its last fact stands in the log, 0 where it had none or was refused."""

    accepted: bool
    position: int


class Appended(msgspec.Struct, frozen=True, gc=False):
    """One verdict per append, and the streams that other writers were seen to have moved since the last batch."""

    verdicts: Sequence[Verdict]
    moved: Iterable[str] = ()


class StreamSnapshot(msgspec.Struct, frozen=True, gc=False):
    """A stream's state as of a version, encoded by whoever saved it under the name of its aggregate and schema."""

    stream_id: str
    schema: str
    version: int
    state: bytes


class Loaded(msgspec.Struct, frozen=True, gc=False):
    """What states are folded from: the newest snapshot of each stream that has one, and all later facts, each stream's in one run.

    `position` is where the log ended when they were read.
    """

    snapshots: Mapping[str, StreamSnapshot]
    facts: Sequence[Recorded]
    position: int


class StoreUnavailable(Exception):  # noqa: N818  (named for what happened)
    """The log cannot be reached; whether the last appends were recorded is not known. Retry with the same keys."""


class EventStore(Protocol):
    """The log, as the write path sees it."""

    def begin(self, appends: Sequence[Append]) -> Callable[[], Appended]:
        """Start to record a batch, as `append_many` does, and return without waiting for it; call the result to wait.

        One batch at a time: the next may begin once the last one's outcome was taken. Whatever goes wrong is raised by that call.
        """
        ...

    def nudge(self) -> None:
        """Let a batch that was begun go on, if it waits for us; called between other work, so it must cost next to nothing."""
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

    def begin_load(self, streams: Mapping[str, str]) -> Callable[[], Loaded]:
        """Ask for what streams' states are folded from, and return without waiting; call the result to wait.

        `streams` gives for each the schema under which snapshots of it are kept, or nothing. One question at a time: the next may be
        asked once the last one was answered. What was committed before the question is in the answer; what is committed later may be.

        Raises:
            StoreUnavailable: by the call of the result, when the log could not be reached in time.

        """
        ...

    def save_snapshots(self, snapshots: Sequence[StreamSnapshot]) -> None:
        """Keep each snapshot in place of an older one of its stream, soon and without waiting. It only saves time: one may get lost."""
        ...


class LogReader(Protocol):
    """The log, as its readers see it."""

    def read(self, after: int, limit: int) -> Sequence[Recorded]:
        """Return the facts at the positions after `after`, at most `limit`, in order and without gaps."""
        ...

    def wait(self, timeout_ms: int) -> None:
        """Return when something new may be there, or after the timeout; never an error."""
        ...

    def head(self) -> int:
        """Return the last position there is, 0 for an empty log."""
        ...
