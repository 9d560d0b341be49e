"""What a view is, and what its queries need from the world: rows by name and pages by rank, many in one round trip."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

import msgspec

from domain.fact import Fact, Recorded, UnknownFact, aggregate_of, stored_name
from projections.changes import Change


class Row(NamedTuple):
    """A row that a fact needs to be seen with: the field of a hash."""

    key: str
    field: str


SeenRows = Mapping[Row, bytes | None]
"""Rows as they stand right before a fact; None for each that is not there."""


class View(NamedTuple):
    """A view: how facts change it. Raise `version` when `project` gives other bytes for the same facts; it is then built anew.

    `consumes` are the kinds of facts that change it, `ignores` the other kinds of the same aggregates, which it knows not to change it.

    A view that must see more than the fact names the rows with `sees`. Then `project` is called with the fact and the rows of one
    partition in the order in which they were named, once for each partition that has such rows, and what it changes stays in that
    partition; with no rows at all where the fact needs none. The rows stand as all facts before this one left them.

    Keys that begin with one of `caches`, after their hash tag, are lists that exist only while somebody reads them (`keep_list`). What they
    hold depends on who read when, so no comparison with the log looks at them; what people are shown must be the same without them.
    """

    name: str
    version: int
    project: Callable[..., Sequence[Change]]
    consumes: frozenset[type[Fact]] = frozenset()
    ignores: frozenset[type[Fact]] = frozenset()
    sees: Callable[[Recorded], Sequence[Row]] | None = None
    caches: tuple[str, ...] = ()

    def must_understand(self, unknown: UnknownFact) -> bool:
        """Whether the view has to stop before a fact that this process cannot decode: one of an aggregate that it looks at.

        A view that does not say what it consumes stops before every such fact.
        """
        return not self.consumes or unknown.aggregate in aggregates_of(self.consumes)


@lru_cache(maxsize=256)
def aggregates_of(kinds: Iterable[type[Fact]]) -> frozenset[str]:
    """Return what the stored names of these kinds begin with."""
    return frozenset(aggregate_of(stored_name(kind)) for kind in kinds)


class ReadModelsUnavailable(Exception):  # noqa: N818  (named for what happened)
    """The read models cannot be reached. Nothing is lost, since the log has everything; retry."""


class UnreadableCursor(Exception):  # noqa: N818  (named for what happened)
    """The cursor is not one that a list returned."""


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """The last entry of a page: its score and member. On the wire it is opaque text."""

    score: int
    member: str

    @property
    def text(self) -> str:
        """What a list hands out as `next_cursor`."""
        return urlsafe_b64encode(msgspec.msgpack.encode(self)).decode().rstrip("=")

    @classmethod
    def read(cls, text: str | None) -> "Cursor | None":
        """Return the cursor that `text` stands for, None where the list begins.

        Raises:
            UnreadableCursor: for anything that no list gave.

        """
        if not text:
            return None
        try:
            return msgspec.msgpack.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=cls)
        except (binascii.Error, ValueError, msgspec.DecodeError) as error:
            raise UnreadableCursor(text[:60]) from error


class Fields(NamedTuple):
    """Ask for fields of a hash. The answer is a list in the order of `names`, None for each that is not there."""

    key: str
    names: Sequence[str]


class AllFields(NamedTuple):
    """Ask for the fields of a hash, whatever their names; the answer is each by its name. Of more than `fields_max` it has so many."""

    key: str
    fields_max: int


class Page(NamedTuple):
    """Ask for up to `limit` members of a sorted set after a cursor, with the fields member + suffix of the hash `rows` for each.

    The answer is a list of `RankedRow`, lowest score first unless `newest_first`; members of one score go by their bytes.
    """

    key: str
    limit: int
    after: Cursor | None = None
    newest_first: bool = False
    rows: str = ""
    suffixes: tuple[str, ...] = ()


class RankedRow(NamedTuple):
    """A member of a sorted set, with its rows; a row that is not there is None."""

    member: bytes
    score: int
    rows: Sequence[bytes | None]


class Scores(NamedTuple):
    """Ask where members of a sorted set stand. The answer is a list in the order of `members`, None for each that is not there."""

    key: str
    members: Sequence[str]


class Common(NamedTuple):
    """Ask for the members of a sorted set that another one of the partition has too; the answer is where each stands in the other."""

    key: str
    other: str


class Size(NamedTuple):
    """Ask how many members a sorted set has."""

    key: str


class Entries(NamedTuple):
    """Ask for the first `limit` entries of a list; the answer is a list of bytes."""

    key: str
    limit: int


Ask = Fields | AllFields | Page | Scores | Common | Size | Entries


class ReadModels(Protocol):
    """The views, as queries see them. Every method raises `ReadModelsUnavailable` when they cannot be reached."""

    async def many(self, view: View, asks: Sequence[Ask]) -> Sequence[Any]:
        """Answer all in one round trip; what is asked of one partition is answered as it stands at one moment, from one build."""
        ...

    async def many_at(self, view: View, asks: Sequence[Ask]) -> tuple[Mapping[int, int], Sequence[Any]]:
        """Answer as `many` does, with the position of each partition that was asked: the answers are true at it, or later."""
        ...

    async def positions(self, view: View, partitions: Collection[int]) -> Mapping[int, int]:
        """Return the log position that each of these partitions of the view has reached, 0 where it was not begun."""
        ...

    async def keep_list(self, view: View, key: str, keep_s: int) -> None:
        """Keep a list that is one of the view's `caches` for so many seconds from now; one that is not there is begun.

        A list begins with one entry, which stays its last: the position of its partition then, as decimal text. Everything that was
        spread to it after that position is in the list, as far as the length allows that it is kept at.
        """
        ...

    async def wait_for(self, view: View, partitions: Collection[int], position: int, timeout_ms: int = 500) -> bool:
        """Return True once these partitions of the view have reached the position, False when they did not in time."""
        ...
