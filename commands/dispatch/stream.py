"""One stream in the hands of a use case: seen, or decided on."""

from typing import Any, Generic, Protocol, TypeVar

import msgspec

from commands.dispatch.cached_stream import CachedStream
from domain.aggregate import Aggregate
from domain.refused import Refused

State = TypeVar("State")
StateSeen_co = TypeVar("StateSeen_co", covariant=True)


class NotOfThatKind(Refused):
    """The id names a thing of another kind."""

    kind: str
    stream_id: str


class Seen(Protocol[StateSeen_co]):
    """A stream as a use case sees it: its state and the version that it stands at. Not to be kept after the decision."""

    @property
    def state(self) -> StateSeen_co:
        """The state."""
        ...

    @property
    def version(self) -> int:
        """How many facts the stream has."""
        ...


class Stream(msgspec.Struct, Generic[State], eq=False, gc=False):
    """One stream in the hands of a use case: its state, and the facts decided so far.

    An id that names a thing of another kind shows the state before anything happened, as an unknown id does; nothing can be decided on it.
    """

    aggregate: Aggregate[State]
    stream_id: str
    entry: CachedStream
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
