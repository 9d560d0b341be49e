"""One stream as a use case holds it: read only, or decided on."""

from typing import Any, Generic, Protocol, TypeVar

import msgspec

from commands.dispatch.cached_stream import CachedStream
from domain.aggregate import Aggregate
from domain.refused import Refused

State = TypeVar("State")
StateSeen_co = TypeVar("StateSeen_co", covariant=True)


class NotOfThatKind(Refused):
    """The id belongs to an entity of another type."""

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
    """One stream as a use case holds it: its state, and the facts decided so far.

    An id that belongs to an entity of another type shows the empty state, as an unknown id does; nothing can be decided on it.
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
            NotOfThatKind: when facts would follow on a stream that belongs to another aggregate.

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
