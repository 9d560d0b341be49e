"""The streams that one command touches: states to decide on, facts to append, versions that must still stand at the commit."""

from typing import Any, Generic, TypeVar

from commands.ports import Append, NewFact, Read
from commands.states import Entry, States
from domain.aggregate import Aggregate

State = TypeVar("State")


class Stream(Generic[State]):
    """One stream in the hands of a use case."""

    __slots__ = ("_entry", "aggregate", "facts", "state", "stream_id", "version")

    def __init__(self, aggregate: Aggregate[State], stream_id: str, entry: Entry) -> None:
        self.aggregate = aggregate
        self.stream_id = stream_id
        self.state: State = entry.state
        self.version: int = entry.version
        self.facts: list[Any] = []
        self._entry = entry

    def decide(self, command: Any) -> bool:
        """Decide a command on the state as it is now; return whether anything follows.

        Raises:
            Refused: what the aggregate's rules raise. Nothing is kept then.

        """
        aggregate = self.aggregate
        new = aggregate.decide(self.state, command)
        for fact in new:
            self.state = aggregate.evolve(self.state, fact)
            self.facts.append(fact)
        return bool(new)

    @property
    def entry(self) -> Entry:
        """Return the cached state that this stream was taken from."""
        return self._entry


class Streams:
    """The unit of work of one command. Not for more than one thread, nor for more than one command."""

    __slots__ = ("_states", "touched")

    def __init__(self, states: States) -> None:
        self._states = states
        self.touched: list[Stream[Any]] = []

    def load(self, aggregate: Aggregate[State], stream_id: str) -> Stream[State]:
        """Return a stream to decide on. What is only read becomes a condition of the append."""
        for stream in self.touched:
            if stream.stream_id == stream_id:
                return stream
        stream = Stream(aggregate, stream_id, self._states.get(aggregate, stream_id))
        self.touched.append(stream)
        return stream

    def conditions(self) -> Append:
        """Return the append that only asks whether everything this decision saw still stands."""
        return Append((), [Read(stream.stream_id, stream.version) for stream in self.touched])

    def append(self, key: Stream[Any]) -> Append:
        """Return what was decided as one append, the facts of the `key` stream last, so that its position covers them all."""
        facts: list[NewFact] = []
        reads: list[Read] = []
        for stream in self.touched:
            if not stream.facts:
                reads.append(Read(stream.stream_id, stream.version))
            elif stream is not key:
                _add(facts, stream)
        _add(facts, key)
        return Append(facts, reads)

    def keep(self) -> None:
        """Put the decided states into the cache, ahead of their commit, so that the next decision builds on them."""
        for stream in self.touched:
            if stream.facts:
                entry = stream.entry
                entry.state = stream.state
                entry.version = stream.version + len(stream.facts)


def _add(facts: list[NewFact], stream: Stream[Any]) -> None:
    stream_id, version = stream.stream_id, stream.version
    for fact in stream.facts:
        version += 1
        facts.append(NewFact(stream_id, version, fact))
