"""What keeps views, as the projector sees it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from projections.partitions import PARTITIONS
from projections.ports import ReadModelsAway

Operation = list[str | bytes | int]
"""A Redis command over the keys of one build, or our own TRIM: key, keep_max, rows, how many suffixes, suffixes, how many indexes,
indexes, owned prefixes."""


class RowsMayBeEvicted(ReadModelsAway):
    """The server forgets rows when it is full, and lists would then be empty without a word: it needs the policy `noeviction`."""

    def __init__(self, policy: str) -> None:
        self.policy = policy
        super().__init__(
            f"the server's maxmemory-policy is {policy}; views need noeviction, since rows that are evicted are missed by nobody"
        )


class ServerIsReplica(ReadModelsAway):
    """The server follows another one, as after a failover: it takes no writes, and what it shows may be late."""

    def __init__(self) -> None:
        super().__init__("the server is a replica of another one; the next connection looks for the primary")


class PositionsMoved(Exception):  # noqa: N818  (named for what happened)
    """A partition is not at the position that was expected: another projector was there, or the server went back to a snapshot."""


class BuildGone(Exception):  # noqa: N818  (named for what happened)
    """The build of a view is not there any more: replaced by another, broken, or the server lost everything."""


class BuildBroken(Exception):  # noqa: N818  (named for what happened)
    """A batch failed half way: what ran before cannot be undone, so the build is of no more use. Another may break the same way."""

    def __init__(self, build: str, reason: str) -> None:
        self.build = build
        super().__init__(f"{build}: {reason}")


class OperationUnknown(Exception):  # noqa: N818  (named for what happened)
    """A batch holds an operation that what keeps the views does not know. Nothing of that batch was applied to its partition."""


class Positions(NamedTuple):
    """How far a build is: `view` in every partition, and each partition by itself at the last batch that touched it.

    `mark` is the log's at `view`, empty for a build that has seen nothing; see `commands.ports.LogReader.mark_at`.
    """

    view: int
    partitions: list[int]
    mark: str = ""


def blank() -> Positions:
    """Return the positions of a build that has seen nothing."""
    return Positions(0, [0] * PARTITIONS)


class Batch(NamedTuple):
    """What the facts after `after` up to `upto` change in one build: operations by partition, and where each partition should be.

    `mark` is the log's at `upto`, kept with the build's position.
    """

    build: str
    after: int
    upto: int
    operations: dict[int, list[Operation]]
    expected: Sequence[int]
    mark: str = ""

    def standing(self, positions: Positions) -> "Batch":
        """Return the same, to be applied to a build that stands there."""
        return self._replace(after=positions.view, expected=positions.partitions)


class Stretch(NamedTuple):
    """Some rows of a key, as they stood when its partition was at `position`.

    Rows are (field, value) of a hash or (member, score) of a sorted set; then `ranked`, and `first` is the rank of the first one.
    `size` counts all rows of the key, 0 where it is not there. `mark` asks for the next stretch, empty at the end.
    """

    position: int
    ranked: bool
    first: int
    size: int
    rows: Sequence[tuple[bytes, bytes]]
    mark: str


class Models(Protocol):
    """Builds of views. A build is named after view and version, e.g. `portfolio.1`; readers follow the view's pointer to one of them.

    Every method raises `projections.ports.ReadModelsAway` when the server cannot be reached.
    """

    def check(self) -> None:
        """Look at the server before anything is written to it.

        Raises:
            RowsMayBeEvicted, ServerIsReplica: where views cannot be kept there.

        """
        ...

    def tell(self, view: str, trouble: str) -> None:
        """Keep what a view stands before, for whoever watches; nothing once it goes on."""
        ...

    def live(self, view: str) -> str | None:
        """Return the build that readers see, None where there is none."""
        ...

    def switch(self, view: str, instead_of: str | None, build: str) -> bool:
        """Let readers see `build` from now on, in one write; False where they do not see `instead_of` any more."""
        ...

    def fresh(self, view: str, version: int) -> str:
        """Return a name that no build of the view ever had, e.g. `portfolio.2.7`."""
        ...

    def begin(self, view: str, build: str) -> None:
        """Make an empty build at position 0; one that is there stays as it is."""
        ...

    def builds(self, view: str) -> Sequence[str]:
        """Return the builds of a view that were begun and not retired."""
        ...

    def positions(self, build: str) -> Positions | None:
        """Return how far a build is, None where it is not there or not whole."""
        ...

    def apply(self, batches: Sequence[Batch]) -> None:
        """Apply each batch, atomically per build and partition, then move the builds' positions. What was applied before is skipped.

        Raises:
            PositionsMoved, BuildGone: when something is not where it was expected; it is left alone, and no build's position moves.
            BuildBroken: when a batch failed half way in a partition, with what the server says.
            OperationUnknown: by its name, when a batch holds what nobody can apply.
            ReadModelsAway: when the outcome is not known; ask for the positions and go on from there.

        """
        ...

    def retire(self, view: str, build: str) -> None:
        """Delete a build in bounded steps, its positions first: whoever still feeds it is told that it is gone."""
        ...

    def keys(self, build: str) -> Iterator[str]:
        """Return the logical keys that a build has rows under, each once, in no order; those made meanwhile may be missing."""
        ...

    def stretch(self, build: str, key: str, mark: str = "") -> Stretch:
        """Return rows of a key from a mark on, as they stood at one moment.

        Raises:
            BuildGone: when there is no such build.

        """
        ...
