"""What a view does with a fact, as data: changes to hashes and sorted sets, applied elsewhere in one atomic step per partition.

Keys are logical, e.g. `{p17}:open:<account>`: the hash tag of the partition, then what the view calls it. Whoever applies the changes puts
the build of the view between the two. Any batching of the same facts must give the same bytes, so changes are merged by these rules:
the last `Put`, `Drop`, `Rank` or `Unrank` of a row wins, `Add`s sum up, and the bounds (`Trim`, `Cut`) come last.
"""

import msgspec


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


class Rank(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The member of a sorted set stands at `score`: a whole number below 2**53, which a double holds exactly."""

    key: str
    member: str | bytes
    score: int


class Unrank(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The member of a sorted set is gone."""

    key: str
    member: str | bytes


class Cut(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Members of a sorted set scored `score` or less are gone. Scores only ever grow on such a key."""

    key: str
    score: int


class Trim(msgspec.Struct, frozen=True, array_like=True):
    """A sorted set keeps the `keep_max` highest members; what belongs to the others goes with them, in the same partition.

    Dropped with a member m: the fields m + suffix (one for each of `suffixes`) of the hash `rows`, the member m of the sorted sets
    `indexes`, and the keys `owned` + m. Give a trimmed key a `Trim` with every `Rank`. A member is ranked once on it and never
    unranked, and nothing that belongs to a member is written after it was ranked; else the result would depend on the batching.
    """

    key: str
    keep_max: int
    rows: str = ""
    suffixes: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    owned: tuple[str, ...] = ()


Change = Put | Drop | Add | Rank | Unrank | Cut | Trim
