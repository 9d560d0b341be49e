"""The port of the read model store, as the projector sees it: builds of views, each partition of a build with its own position."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

from projections.ports import ReadModelsUnavailable, Row

Operation = list[str | bytes | int]
"""A command, a key without hash tag and build, and arguments: HSET, HDEL, ZADD, ZREM, ZREMRANGEBYSCORE as in Redis, or
ADD key by field [by field]..., or
ADD_ALL key field numbers [key field numbers]..., or
RANK_EACH key score member [key score member]..., or
TALLY key by member [by member]..., or
TALLY_EACH key by member [key by member]..., or
TRIM key keep_max rows #suffixes suffix... #indexes index... owned..., or
SPREAD into keep_max slack LPUSH|LPUSHX members_max width, and for each that is spread: over entry (width 2), or over entry and key score
member of what is ranked instead (width 5), or
SPUBLISH channel message.
"""

Builds = Mapping[int, str]
"""The name of a build in each of some partitions."""


class RowsMayBeEvicted(ReadModelsUnavailable):
    """The server evicts rows when it is full, so that lists would silently be empty: it needs the policy `noeviction`."""

    def __init__(self, policy: str) -> None:
        self.policy = policy
        super().__init__(
            f"the server's maxmemory-policy is {policy}; views need noeviction, since rows that are evicted are missed by nobody"
        )


class ServerIsReplica(ReadModelsUnavailable):
    """The server is a replica, as after a failover: it takes no writes, and its data may be late."""

    def __init__(self) -> None:
        super().__init__("the server is a replica of another one; the next connection looks for the primary")


class PositionsMoved(Exception):  # noqa: N818  (named for what happened)
    """A partition is not at the position that was expected: another projector was there, or the server went back to a snapshot."""


class BuildGone(Exception):  # noqa: N818  (named for what happened)
    """The build of a view is not there any more: replaced by another, broken, or the server lost everything."""


class BuildBroken(Exception):  # noqa: N818  (named for what happened)
    """A batch failed half way: what ran before cannot be undone, so the build is of no more use. Another may break the same way."""

    def __init__(self, build: str, partition: int, reason: str) -> None:
        self.build, self.partition = build, partition
        super().__init__(f"{build} in partition {partition}: {reason}")


class OperationUnknown(Exception):  # noqa: N818  (named for what happened)
    """A batch holds an operation that what keeps the views does not know. Nothing of that build's batch was applied to the partition."""


class Standing(NamedTuple):
    """How far a build is in a partition, and the log's mark there, empty at 0; see `commands.log_reader.LogReader.mark_at`."""

    position: int
    mark: str = ""


class PartitionState(NamedTuple):
    """What there is in a partition: the build that readers of each view see, and where each build stands, None for a broken one."""

    live: Mapping[str, str]
    builds: Mapping[str, Standing | None]


class Section(NamedTuple):
    """What facts after `expected` up to `upto` change in one build in one partition; `mark` is the log's at `upto`."""

    view: str
    build: str
    expected: int
    upto: int
    mark: str
    operations: Sequence[Operation] = ()


RowsKind = Literal["hash", "zset", "list", "none"]


class Stretch(NamedTuple):
    """Some rows of a key, as they stood when its partition was at `position`.

    Rows are (field, value) of a hash, (member, score) of a sorted set or (entry, nothing) of a list; `first` is the rank of the first
    one where they have an order. `size` counts all rows of the key, 0 where it is not there. `mark` asks for the next stretch, empty at
    the end.
    """

    position: int
    kind: RowsKind
    first: int
    size: int
    rows: Sequence[tuple[bytes, bytes]]
    mark: str


class Models(Protocol):
    """Builds of views, by partition. A build is named after view and version, e.g. `portfolio.1`; readers see what each partition names.

    Every method raises `projections.ports.ReadModelsUnavailable` when a server cannot be reached.
    """

    def check(self) -> None:
        """Look at the servers before anything is written to them.

        Raises:
            RowsMayBeEvicted, ServerIsReplica: where views cannot be kept there.

        """
        ...

    def tell(self, view: str, trouble: str) -> None:
        """Record the fact that a view is set aside before, for monitoring; empty once it continues."""
        ...

    def state(self, partitions: Sequence[int]) -> dict[int, PartitionState]:
        """Return what there is in these partitions."""
        ...

    def begin(self, view: str, build: str, partitions: Sequence[int]) -> None:
        """Make an empty build at position 0 in each partition; one that is there stays as it is."""
        ...

    def begin_another(self, view: str, version: int, partitions: Sequence[int]) -> dict[int, str]:
        """Make an empty build in each partition, under a name that no build of the view ever had there, e.g. `portfolio.2.7`."""
        ...

    def switch(self, view: str, builds: Mapping[int, tuple[str | None, str]]) -> set[int]:
        """Let readers see another build instead of one (None: of none) from now on, in one write a partition.

        Returns the partitions in which they see it now; in the others they did not see what was expected.
        """
        ...

    def apply(self, calls: Mapping[int, Sequence[Section]]) -> None:
        """Apply all sections of a partition in one atomic step, each with its position. What was applied before is skipped.

        A section that cannot be applied is left alone, and hinders no other one.

        Raises:
            BuildBroken: when a section failed half way, with what the server says.
            OperationUnknown: by its name, when a section holds what nobody can apply.
            BuildGone, PositionsMoved: when something is not where it was expected.
            ReadModelsUnavailable: when the outcome is not known; ask for the positions and go on from there.

        """
        ...

    def rows(self, wanted: Mapping[int, tuple[str, int, Sequence[Row]]]) -> dict[Row, bytes | None]:
        """Return rows of a build in each partition, where it stands at the position that is given.

        Raises:
            BuildGone, PositionsMoved: where it does not.

        """
        ...

    def retire(self, view: str, builds: Mapping[int, Sequence[str]]) -> None:
        """Delete builds in bounded steps, their positions first: whoever still feeds them is told that they are gone."""
        ...

    def keys(self, builds: Builds) -> Iterator[str]:
        """Return the logical keys that these builds have rows under, each once, in no order; those made meanwhile may be missing."""
        ...

    def stretch(self, build: str, key: str, mark: str = "") -> Stretch:
        """Return rows of a key from a mark on, as they stood at one moment.

        Raises:
            BuildGone: when there is no such build in the key's partition.

        """
        ...
