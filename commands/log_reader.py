"""The log, as its readers see it: one port, whether it is read from PostgreSQL, from memory or from a topic of Kafka.

Positions are gapless in commit order, so a reader that stands at a position has seen everything up to it that it wants. What it does not
want is passed over where the log is, before it is sent or decoded. `tests/contracts/test_log_readers.py` is what every reader passes.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

import msgspec

from domain.bet.facts import BetPlaced
from domain.fact import Fact, Recorded, UnknownFact, stored_name
from domain.partitions import home_of, partition_of

T = TypeVar("T")

STRUCK_AFTER = (2, 3)
"""The versions at which a bet is struck that waited first: for the end of its delay, or for a trader, whose answer is the second."""


class LogFilter(msgspec.Struct, frozen=True):
    """What a reader wants of the log: facts of some kinds, of homes in some partitions; None is all of them.

    A fact that this process cannot decode has neither kind nor home that it could be judged by. It is wanted where the reader must
    understand it, so that it can stop before it: where its stored name begins with one of `must_understand`, or that is None. All others
    are passed over.
    """

    kinds: frozenset[type[Fact]] | None = None
    partitions: frozenset[int] | None = None
    must_understand: frozenset[str] | None = None

    @classmethod
    def of_kinds(cls, kinds: Iterable[type[Fact]], partitions: Collection[int] | None = None) -> "LogFilter":
        """Want these kinds, and stop before every other version of them that this process does not know."""
        wanted = frozenset(kinds)
        of_partitions = None if partitions is None else frozenset(partitions)
        return cls(wanted, of_partitions, frozenset(_without_version(stored_name(kind)) for kind in wanted))

    def wants(self, fact: Recorded) -> bool:
        """Whether the reader has to see a fact."""
        kind = type(fact.body)
        if kind is UnknownFact:
            return self.stops_before(fact)
        return (self.kinds is None or kind in self.kinds) and (self.partitions is None or partition_of(home_of(fact)) in self.partitions)

    def stops_before(self, fact: Recorded) -> bool:
        """Whether the reader can go no further than right before a fact, because it would have to understand it."""
        body = fact.body
        return isinstance(body, UnknownFact) and (self.must_understand is None or body.name.startswith(tuple(self.must_understand)))

    def known(self, facts: Sequence[Recorded]) -> Sequence[Recorded]:
        """Return those facts that are wanted and known, in order."""
        kinds, partitions = self.kinds, self.partitions
        if kinds is None:
            found = [fact for fact in facts if type(fact.body) is not UnknownFact]
        else:
            found = [fact for fact in facts if type(fact.body) in kinds]
        return found if partitions is None else [fact for fact in found if partition_of(home_of(fact)) in partitions]

    def __or__(self, other: "LogFilter") -> "LogFilter":
        """Return a filter that lets through at least what either of them wants."""
        return LogFilter(
            kinds=_either(self.kinds, other.kinds),
            partitions=_either(self.partitions, other.partitions),
            must_understand=_either(self.must_understand, other.must_understand),
        )


EVERYTHING = LogFilter()


def _either(one: frozenset[T] | None, other: frozenset[T] | None) -> frozenset[T] | None:
    return None if one is None or other is None else one | other


def _without_version(name: str) -> str:
    """Return a stored name up to its version, e.g. `bet.placed.` of `bet.placed.v2`."""
    return name[: name.rindex(".") + 1]


class LogStretch(NamedTuple):
    """A stretch of the log: the facts in it that are wanted, in order, and the position where it ends.

    It ends where its reader began when the log has nothing more.
    """

    facts: Sequence[Recorded]
    upto: int

    @classmethod
    def of(cls, wanted: LogFilter, read: Sequence[Recorded], after: int) -> "LogStretch":
        """Return what is wanted of facts that were read whole, after a position."""
        upto = read[-1].position if read else after
        return cls(read if wanted == EVERYTHING else [fact for fact in read if wanted.wants(fact)], upto)


class LogReader(Protocol):
    """The log, as its readers see it. Every method but `wait` raises `StoreUnavailable` when it is away; ask again.

    A reader that a topic brings some partitions only gives facts at home in those, and `read_filtered` says where a stretch of them ends.
    """

    def identity(self) -> str:
        """Return the log's id, a UUID: another log has another."""
        ...

    def read(self, after: int, limit: int) -> Sequence[Recorded]:
        """Return the facts at the positions after `after`, at most `limit`, in order and without gaps; unknown ones in their place."""
        ...

    def read_filtered(self, wanted: LogFilter, after: int, limit: int) -> LogStretch:
        """Return what is wanted of the `limit` facts after a position, and where these end."""
        ...

    def wait(self, timeout_ms: int) -> None:
        """Return when something new may be there, or after the timeout. It raises no error."""
        ...

    def head(self) -> int:
        """Return the last position there is, 0 for an empty log."""
        ...

    def mark_at(self, position: int) -> str | None:
        """Return a fingerprint of this log's history up to a position: the log's identity and some of the digest there.

        None where the log does not reach to that position. The mark at 0 is the identity alone.
        """
        ...


class BatchRow(msgspec.Struct, frozen=True, gc=False):
    """A batch as it stands beside the facts; `rows_digest` is made of the facts as they stand in the log now.

    `upto` is the position of its last fact, `append_sizes` how many facts each of its appends has, in order. See `domain.chain`.
    """

    upto: int
    committed_us: int
    append_sizes: tuple[int, ...]
    scheme: int
    digest: bytes
    rows_digest: bytes


class WholeBatches(msgspec.Struct, frozen=True, gc=False):
    """Whole batches of the log; `misnamed` are the positions of facts whose topic is not the name that they carry themselves.

    With the last batch of the log come `strays`, the positions of facts that are in no batch at all: no reader sees them.
    """

    facts: Sequence[Recorded]
    batches: Sequence[BatchRow]
    misnamed: Sequence[int] = ()
    strays: Sequence[int] = ()


def begins(fact: Recorded) -> bool:
    """Tell whether a fact is what its stream began with: a bet that waited first begins when it is struck."""
    return fact.version == 1 or (fact.version in STRUCK_AFTER and isinstance(fact.body, BetPlaced))


class AuditLog(LogReader, Protocol):
    """The log, as the audit reads it."""

    def read_batches(self, after: int, facts_min: int) -> WholeBatches:
        """Return the batches after `after`, the end of one: as many as hold `facts_min` facts, or all that are left."""
        ...

    def head_committed(self) -> int:
        """Return where the log's own row says that it ends: a moment ahead of `head`, by what is committed and not flushed to disk yet."""
        ...

    def ends_of(self, stream_ids: Collection[str], upto: int) -> Mapping[str, tuple[Recorded, Recorded]]:
        """Return the first and the last fact of each stream, as far as the log goes up to a position; a stream without any is absent.

        Of a bet that was struck after a delay, the first is that: see `begins`.
        """
        ...

    def naming(self, kinds: Iterable[type[Fact]], stream_id: str, after: int, upto: int, limit: int) -> Sequence[Recorded]:
        """Return facts of some kinds that name a stream, in order, after a position and up to another; their commit times are not told.

        It reads the log from where that stream begins, so it is to be used seldom.
        """
        ...
