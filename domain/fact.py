"""What a fact is, how it is named for ever, and how it looks once recorded."""

from typing import Generic
from uuid import UUID

import msgspec
from typing_extensions import TypeVar


class Fact(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="fact", gc=False):
    """Something that happened: frozen, in the past tense, stored under a stable name with a version (`bet.placed.v1`).

    The name is the struct's tag, so that a stored fact says itself what it is. It never changes; a fact of another shape gets another
    version and an upcaster from the old one. No fact can be part of a cycle, so the garbage collector need not look at any.
    """


def stored_name(fact: type[Fact]) -> str:
    """Return the stable name of a kind of fact, e.g. `wallet.stake_reserved.v1`."""
    return str(fact.__struct_config__.tag)


BodyT = TypeVar("BodyT", bound=Fact, default=Fact)


class Recorded(msgspec.Struct, Generic[BodyT], frozen=True, array_like=True, gc=False):
    """A fact in its place: position in the log (1, 2, 3 ... without gaps, in commit order), stream, version in the stream (from 1).

    `originator_id` and `originator_version` are what the eventsourcing library's `DomainEventProtocol` asks of an event.
    """

    position: int
    stream_id: str
    version: int
    body: BodyT

    @property
    def originator_id(self) -> UUID:
        """Return the stream id as the library wants it."""
        return UUID(self.stream_id)

    @property
    def originator_version(self) -> int:
        """Return the version in the stream."""
        return self.version
