"""What a view does with a fact, as data: changes to hashes, sorted sets and lists, applied elsewhere in one atomic step per partition.

Keys are logical, e.g. `{p17}:open:<account>`: the hash tag of the partition, then what the view calls it. Whoever applies the changes puts
the build of the view between the two. All keys of one change carry the same tag.

Changes are carried out in the order in which they were made, so any batching of the same facts gives the same rows. Whoever merges them
may only join what gives the same rows as that order.
"""

import msgspec

MEMBERS_MAX = 2**53 - 1
"""More members than any sorted set has."""


class Put(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The field of a hash is `value` from now on."""

    key: str
    field: str
    value: bytes


class Drop(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The field of a hash is gone."""

    key: str
    field: str


class Add(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The field of a hash, a whole number, grows by `by`; a field that is not there is zero."""

    key: str
    field: str
    by: int


class AddAll(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The field of a hash, whole numbers below 2**53 with a space between each, grows by `by`, number by number.

    A field that is not there is as many zeros; one that comes to nothing but zeros is gone. A field has always as many numbers.
    """

    key: str
    field: str
    by: tuple[int, ...]


class Rank(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The member of a sorted set stands at `score`: a whole number below 2**53, which a double holds exactly."""

    key: str
    member: str | bytes
    score: int


class Unrank(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The member of a sorted set is gone."""

    key: str
    member: str | bytes


class Tally(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The score of a member of a sorted set grows by `by`, a whole number, from 0 where it is not there; at 0 it is gone."""

    key: str
    member: str | bytes
    by: int


class Cut(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Members of a sorted set scored `score` or less are gone."""

    key: str
    score: int


class Trim(msgspec.Struct, frozen=True, array_like=True):
    """A sorted set keeps the `keep_max` highest members; what belongs to the others goes with them, in the same partition.

    Dropped with a member m: the fields m + suffix (one for each of `suffixes`) of the hash `rows`, the member m of the sorted sets
    `indexes`, and the keys `owned` + m. Rows of a member that are written after it was dropped stay.
    """

    key: str
    keep_max: int
    rows: str = ""
    suffixes: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    owned: tuple[str, ...] = ()


class Spread(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Every member m of the sorted set `over` gets `entry` at the head of its list `into` + m, which keeps its newest `keep_max` entries.

    The partition does it over its own rows, as they stand then. A fact that concerns everybody gives one such change for each partition
    (`for tag in TAGS`). Lists that do not exist are skipped where `existing_only`: who does not read has no list, and costs nothing.
    A list is cut to `keep_max` once it is longer by more than `slack`. Where `over` has more than `members_max` members, nothing is pushed:
    `instead` is carried out, so that readers know to look elsewhere.
    """

    over: str
    into: str
    entry: bytes
    keep_max: int
    existing_only: bool = False
    slack: int = 0
    members_max: int = MEMBERS_MAX
    instead: Rank | None = None


class Push(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A message is published on a channel, in the same step that applies the fact: who receives it can read what the fact changed.

    The channel carries a hash tag as keys do. The message is the fact's position, a space and `body`. Only the build that readers see
    publishes; one that is built beside it does not.
    """

    channel: str
    body: bytes


Change = Put | Drop | Add | AddAll | Rank | Unrank | Tally | Cut | Trim | Spread | Push
