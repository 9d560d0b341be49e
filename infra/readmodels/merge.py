"""The changes of a batch merged, so that a hot row costs one write, and as the Redis commands that make them."""

from collections.abc import Callable, Iterable, Sequence
from typing import assert_never

from domain.fact import Recorded
from infra.readmodels.port import Operation
from projections.changes import Add, Change, Cut, Drop, Put, Rank, Trim, Unrank
from projections.partitions import PARTITION_OF_TAG, TAG_CHARACTERS, built

ARGUMENTS_MAX = 2_000
"""Arguments of one operation at most; more become several. A script language's stack ends somewhere."""


def merged(project: Callable[[Recorded], Iterable[Change]], facts: Iterable[Recorded], build: str) -> dict[int, list[Operation]]:
    """Return what facts change in a build, by partition, with every row written once."""
    merge = _Merge()
    hashes, ranks, other = merge.hashes, merge.ranks, merge.other
    for fact in facts:
        for change in project(fact):
            if type(change) is Put and change.key in hashes:
                hashes[change.key][change.field] = change.value
            elif type(change) is Rank and change.key in ranks:
                ranks[change.key][change.member] = change.score
            else:
                other(change)
    return merge.operations(build)


class _Merge:
    def __init__(self) -> None:
        self.hashes: dict[str, dict[str, bytes | None]] = {}
        self.sums: dict[str, dict[str, int]] = {}
        self.ranks: dict[str, dict[str | bytes, int | None]] = {}
        self.cuts: dict[str, int] = {}
        self.trims: dict[str, Trim] = {}

    def other(self, change: Change) -> None:
        """Take in a change of any kind, the first of its key too."""
        match change:
            case Put(key, field, value):
                self.hashes.setdefault(key, {})[field] = value
            case Drop(key, field):
                self.hashes.setdefault(key, {})[field] = None
            case Add():
                self._add(change)
            case Rank(key, member, score):
                self.ranks.setdefault(key, {})[member] = score
            case Unrank(key, member):
                self.ranks.setdefault(key, {})[member] = None
            case Cut(key, score):
                self.cuts[key] = max(score, self.cuts.get(key, score))
            case Trim():
                self.trims[change.key] = change
            case _:
                assert_never(change)

    def _add(self, change: Add) -> None:
        """Sum up, on what was put in the same batch where something was: the field then holds that, whatever it was before."""
        fields = self.hashes.get(change.key)
        if fields is not None and change.field in fields:
            fields[change.field] = b"%d" % (int(fields[change.field] or 0) + change.by)
            return
        counters = self.sums.setdefault(change.key, {})
        counters[change.field] = counters.get(change.field, 0) + change.by

    def operations(self, build: str) -> dict[int, list[Operation]]:
        """Return the commands by partition: sums before puts, since a put came later than the sums that are left; bounds last."""
        operations: dict[int, list[Operation]] = {}
        for key, counters in self.sums.items():
            name = built(key, build)
            _of(operations, key).extend(["HINCRBY", name, field, str(by)] for field, by in counters.items())
        for key, fields in self.hashes.items():
            put: list[str | bytes] = []
            drop: list[str | bytes] = []
            for field, value in fields.items():
                if value is None:
                    drop.append(field)
                else:
                    put += (field, value)
            _extend(_of(operations, key), "HSET", built(key, build), put)
            _extend(_of(operations, key), "HDEL", built(key, build), drop)
        for key, members in self.ranks.items():
            scored: list[str | bytes] = []
            gone: list[str | bytes] = []
            for member, score in members.items():
                if score is None:
                    gone.append(member)
                else:
                    scored += (str(score), member)
            _extend(_of(operations, key), "ZADD", built(key, build), scored)
            _extend(_of(operations, key), "ZREM", built(key, build), gone)
        for key, score in self.cuts.items():
            _of(operations, key).append(["ZREMRANGEBYSCORE", built(key, build), "-inf", str(score)])
        for key, trim in self.trims.items():
            _of(operations, key).append(_trim(trim, build))
        return operations


def _extend(operations: list[Operation], command: str, key: str, arguments: Sequence[str | bytes]) -> None:
    operations.extend([command, key, *arguments[start : start + ARGUMENTS_MAX]] for start in range(0, len(arguments), ARGUMENTS_MAX))


def _of(operations: dict[int, list[Operation]], key: str) -> list[Operation]:
    return operations.setdefault(PARTITION_OF_TAG[key[:TAG_CHARACTERS]], [])


def _trim(trim: Trim, build: str) -> Operation:
    return [
        "TRIM",
        built(trim.key, build),
        str(trim.keep_max),
        built(trim.rows, build) if trim.rows else "",
        str(len(trim.suffixes)),
        *trim.suffixes,
        str(len(trim.indexes)),
        *[built(index, build) for index in trim.indexes],
        *[built(owned, build) for owned in trim.owned],
    ]
