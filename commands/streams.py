"""The streams that one command touches: states to decide on, facts to append, versions that must still stand at the commit."""

from typing import Any, Generic, TypeVar

import msgspec

from commands.ports import Append, NewFact, Read
from commands.states import Entry, States
from domain.aggregate import Aggregate
from domain.refused import Refused

State = TypeVar("State")


class NotHere(Exception):  # noqa: N818  (no error: the dispatcher loads what is missing and asks again)
    """A stream is not in memory."""


class NotOfThatKind(Refused):
    """The id names a thing of another kind."""

    kind: str
    stream_id: str


class Stream(msgspec.Struct, Generic[State], eq=False, gc=False):
    """One stream in the hands of a use case: its state, and the facts decided so far.

    An id that names a thing of another kind shows the state before anything happened, as an unknown id does; nothing can be decided on it.
    """

    aggregate: Aggregate[State]
    stream_id: str
    entry: Entry
    state: State
    version: int
    facts: list[Any] = []

    def decide(self, command: Any) -> bool:
        """Decide a command on the state as it is now; return whether anything follows.

        Raises:
            Refused: what the aggregate's rules raise; nothing is kept then.
            NotOfThatKind: when something would follow, on a stream that is another kind of thing's.

        """
        aggregate = self.aggregate
        new = aggregate.decide(self.state, command)
        if not new:
            return False
        if self.entry.aggregate is not aggregate:
            raise NotOfThatKind(aggregate.name, self.stream_id)
        evolve, state = aggregate.evolve, self.state
        for fact in new:
            state = evolve(state, fact)
        self.state = state
        self.facts.extend(new)
        return True


class Streams(msgspec.Struct, eq=False, gc=False):
    """The unit of work of one command. Not for more than one thread, nor for more than one command.

    While `patient`, a stream that is not in memory raises `NotHere`, so that a batch can load all that it misses in one question.
    """

    states: States
    patient: bool
    touched: list[Stream[Any]] = []
    reads: list[Read] = []

    def load(self, aggregate: Aggregate[State], stream_id: str) -> Stream[State]:
        """Return a stream to decide on; load a stream once. If nothing is decided on it, it is a read."""
        return self._touch(aggregate, stream_id, self._entry(aggregate, stream_id))

    def load_new(self, aggregate: Aggregate[State], stream_id: str) -> Stream[State]:
        """Return a stream that almost surely does not exist: it is not looked for, the commit finds out if it does."""
        if not self.patient:
            return self.load(aggregate, stream_id)
        entry = self.states.find_or_assume_new(aggregate, stream_id)
        return self._touch(aggregate, stream_id, entry if entry.aggregate is aggregate else self._entry(aggregate, stream_id))

    def _touch(self, aggregate: Aggregate[State], stream_id: str, entry: Entry) -> Stream[State]:
        state = entry.state if entry.aggregate is aggregate else aggregate.initial
        stream = Stream(aggregate, stream_id, entry, state, entry.version)
        self.touched.append(stream)
        return stream

    def read(self, aggregate: Aggregate[State], stream_id: str) -> State:
        """Return a state to look at. That it still stands becomes a condition of the append."""
        entry = self._entry(aggregate, stream_id)
        self.reads.append(Read(stream_id, entry.version))
        return entry.state if entry.aggregate is aggregate else aggregate.initial

    def _entry(self, aggregate: Aggregate[Any], stream_id: str) -> Entry:
        entry = self.states.find(stream_id)
        if entry is not None:
            if entry.aggregate is aggregate:
                return entry
            if not entry.version:
                entry.aggregate, entry.state = aggregate, aggregate.initial
                return entry
            if entry.aggregate is not None or entry.kind not in aggregate.facts:
                return entry
        if self.patient:
            raise NotHere
        return self.states.load_one(aggregate, stream_id)

    def stream_ids(self) -> list[str]:
        """Return every stream that the decision saw."""
        return [stream.stream_id for stream in self.touched] + [read.stream_id for read in self.reads]

    def conditions(self) -> Append:
        """Return the append that only asks whether everything this decision saw still stands."""
        return Append((), self.reads + [Read(stream.stream_id, stream.version) for stream in self.touched])

    def append(self, key: Stream[Any]) -> Append:
        """Return what was decided as one append, the facts of the `key` stream last, so that its position covers them all."""
        facts: list[NewFact] = []
        for stream in self.touched:
            if not stream.facts:
                self.reads.append(Read(stream.stream_id, stream.version))
            elif stream is not key:
                _keep(stream, facts)
        if key.facts:
            _keep(key, facts)
        return Append(facts, self.reads)


def _keep(stream: Stream[Any], facts: list[NewFact]) -> None:
    """Add a stream's facts to an append, and put its state into the cache ahead of the commit, for the next decision to build on."""
    stream_id, version = stream.stream_id, stream.version
    for fact in stream.facts:
        version += 1
        facts.append(NewFact(stream_id, version, fact))
    entry = stream.entry
    entry.aggregate = stream.aggregate
    entry.state = stream.state
    entry.version = version
