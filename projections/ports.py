"""What a view is, and what its queries need from the world: rows by name and pages by rank, many in one round trip."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

import msgspec

from domain.fact import Fact, Recorded, UnknownFact, aggregate_of, stored_name
from projections.changes import Change


class View(NamedTuple):
    """A view: how facts change it. Raise `version` when `project` gives other bytes for the same facts; it is then built anew.

    `consumes` are the kinds of facts that change it, `ignores` the other kinds of the same aggregates, which it knows not to change it.
    """

    name: str
    version: int
    project: Callable[[Recorded], Sequence[Change]]
    consumes: frozenset[type[Fact]] = frozenset()
    ignores: frozenset[type[Fact]] = frozenset()

    def must_understand(self, unknown: UnknownFact) -> bool:
        """Whether the view has to stop before a fact that this process cannot decode: one of an aggregate that it looks at.

        A view that does not say what it consumes stops before every such fact.
        """
        return not self.consumes or unknown.aggregate in aggregates_of(self.consumes)


@lru_cache(maxsize=256)
def aggregates_of(kinds: Iterable[type[Fact]]) -> frozenset[str]:
    """Return what the stored names of these kinds begin with."""
    return frozenset(aggregate_of(stored_name(kind)) for kind in kinds)


class ReadModelsAway(Exception):  # noqa: N818  (named for what happened)
    """What keeps the views cannot be reached; nothing is lost, the log has it all. Try again."""


class CursorMalformed(Exception):  # noqa: N818  (named for what happened)
    """The cursor is not one that a list gave."""


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
            CursorMalformed: for anything that no list gave.

        """
        if not text:
            return None
        try:
            return msgspec.msgpack.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=cls)
        except (binascii.Error, ValueError, msgspec.DecodeError) as error:
            raise CursorMalformed(text[:60]) from error


class Fields(NamedTuple):
    """Ask for fields of a hash. The answer is a list in the order of `names`, None for each that is not there."""

    key: str
    names: Sequence[str]


class Page(NamedTuple):
    """Ask for up to `limit` members of a sorted set after a cursor, with the fields member + suffix of the hash `rows` for each.

    The answer is a list of `Entry`, lowest score first unless `newest_first`; members of one score go by their bytes.
    """

    key: str
    limit: int
    after: Cursor | None = None
    newest_first: bool = False
    rows: str = ""
    suffixes: tuple[str, ...] = ()


class Entry(NamedTuple):
    """A member of a sorted set, with its rows; a row that is not there is None."""

    member: bytes
    score: int
    rows: Sequence[bytes | None]


Ask = Fields | Page


class ReadModels(Protocol):
    """The views, as queries see them. Every method raises `ReadModelsAway` when they cannot be reached."""

    async def many(self, view: View, asks: Sequence[Ask]) -> Sequence[Any]:
        """Answer all in one round trip, from one build of the view; atomically on one server, and per partition anywhere."""
        ...

    async def many_at(self, view: View, asks: Sequence[Ask]) -> tuple[int, Sequence[Any]]:
        """Answer as `many` does, with a position that the view had reached then: the answers are true at it, or later."""
        ...

    async def position(self, view: View) -> int:
        """Return the log position that the view has reached, 0 where it was not begun."""
        ...

    async def wait_for(self, view: View, position: int, timeout_ms: int = 500) -> bool:
        """Return True once the view has reached the position, False when it did not in time."""
        ...
