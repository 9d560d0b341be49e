"""What a fact is, how it is named for ever, and how it looks once recorded."""

from datetime import UTC, datetime, timedelta
from typing import Generic
from uuid import UUID

import msgspec
from typing_extensions import TypeVar


class Fact(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="fact", forbid_unknown_fields=True, gc=False):
    """Something that happened: frozen, in the past tense, stored under a stable name with a version (`bet.placed.v1`).

    The name is the struct's tag, so that a stored fact says itself what it is. It never changes; a fact of another shape gets another
    version and an upcaster from the old one. No fact can be part of a cycle, so the garbage collector need not look at any.
    """


def stored_name(fact: type[Fact]) -> str:
    """Return the stable name of a kind of fact, e.g. `wallet.stake_reserved.v1`."""
    return str(fact.__struct_config__.tag)


class UnknownFact(Fact, frozen=True, gc=False):
    """What readers see of a fact that this process cannot decode: its stored name, and why.

    A newer process writes such ones during a rolling upgrade. It is only ever read: a reader skips it, or stops before it where it must
    understand it. Whoever decides on its stream is refused.
    """

    name: str
    why: str = ""

    @property
    def aggregate(self) -> str:
        """Return what the name begins with, e.g. `wallet`."""
        return aggregate_of(self.name)


def aggregate_of(name: str) -> str:
    """Return what a stored name begins with, e.g. `wallet` of `wallet.stake_reserved.v1`."""
    return name.partition(".")[0]


BodyT = TypeVar("BodyT", bound=Fact, default=Fact)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def micros(moment: datetime) -> int:
    """Return an aware moment in microseconds since 1970, the unit in which the log tells its time."""
    return (moment - EPOCH) // MICROSECOND


def moment(micros: int) -> datetime:
    """Return microseconds since 1970 as an aware moment in UTC."""
    return EPOCH + timedelta(microseconds=micros)


class Recorded(msgspec.Struct, Generic[BodyT], frozen=True, array_like=True, gc=False):
    """A fact in its place: position in the log (1, 2, 3 ... without gaps, in commit order), stream, version in the stream (from 1).

    `committed_us` is when it was committed, in microseconds since 1970, by the log's own clock, which never goes back: every fact of a
    batch has the time of its batch. `at` in a fact's body is what its author said; whatever has to be judged by time goes by this one.

    `originator_id` and `originator_version` are what the eventsourcing library's `DomainEventProtocol` asks of an event.
    """

    position: int
    stream_id: str
    version: int
    body: BodyT
    committed_us: int = 0

    @property
    def committed_at(self) -> datetime:
        """Return the commit's time, aware, in UTC."""
        return moment(self.committed_us)

    @property
    def originator_id(self) -> UUID:
        """Return the stream id as the library wants it."""
        return UUID(self.stream_id)

    @property
    def originator_version(self) -> int:
        """Return the version in the stream."""
        return self.version
