"""The changes of a batch merged, so that a hot row costs one write, and as the Redis commands that make them."""

from collections.abc import Callable, Iterable, Sequence

from domain.fact import Recorded
from infra.readmodels.port import Operation
from projections.changes import Add, Change, Cut, Drop, Put, Rank, Trim, Unrank
from projections.partitions import PARTITION_OF_TAG, TAG_CHARACTERS, built

ARGUMENTS_MAX = 2_000
"""Arguments of one operation at most; more become several. A script language's stack ends somewhere."""


class ChangeUnknown(Exception):  # noqa: N818  (named for what happened)
    """A view gave a change of a kind that nothing here can make."""


def merged(project: Callable[[Recorded], Iterable[Change]], facts: Iterable[Recorded], build: str) -> dict[int, list[Operation]]:
    """Return what facts change in a build, by partition, with every row written once.

    Raises:
        ChangeUnknown: by the name of its kind, where a view gives something else than a `Change`.

    """
    merge = _Merge()
    hashes, ranks, other = merge.hashes, merge.ranks, merge.other
    for fact in facts:
        for change in project(fact):
            if type(change) is Put:
                fields = hashes.get(change.key)
                if fields is None:
                    hashes[change.key] = {change.field: change.value}
                else:
                    fields[change.field] = change.value
            elif type(change) is Rank:
                members = ranks.get(change.key)
                if members is None:
                    ranks[change.key] = {change.member: change.score}
                else:
                    members[change.member] = change.score
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
        """Take in a change of a rarer kind."""
        match change:
            case Add():
                self._add(change)
            case Unrank(key, member):
                self.ranks.setdefault(key, {})[member] = None
            case Trim(key):
                self.trims[key] = change
            case Cut(key, score):
                self.cuts[key] = max(score, self.cuts.get(key, score))
            case Drop(key, field):
                self.hashes.setdefault(key, {})[field] = None
            case Put() | Rank():
                raise AssertionError("the common kinds are merged without a call")
            case _ as other:
                raise ChangeUnknown(type(other).__name__)

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
            _of(operations, key).extend(["HINCRBY", name, field, by] for field, by in counters.items())
        for key, fields in self.hashes.items():
            put: list[str | bytes | int] = []
            drop: list[str | bytes | int] = []
            for field, value in fields.items():
                if value is None:
                    drop.append(field)
                else:
                    put += (field, value)
            _extend(_of(operations, key), "HSET", built(key, build), put)
            _extend(_of(operations, key), "HDEL", built(key, build), drop)
        for key, members in self.ranks.items():
            scored: list[str | bytes | int] = []
            gone: list[str | bytes | int] = []
            for member, score in members.items():
                if score is None:
                    gone.append(member)
                else:
                    scored += (score, member)
            _extend(_of(operations, key), "ZADD", built(key, build), scored)
            _extend(_of(operations, key), "ZREM", built(key, build), gone)
        for key, score in self.cuts.items():
            _of(operations, key).append(["ZREMRANGEBYSCORE", built(key, build), "-inf", score])
        for key, trim in self.trims.items():
            _of(operations, key).append(_trim(trim, build))
        return operations


def _extend(operations: list[Operation], command: str, key: str, arguments: Sequence[str | bytes | int]) -> None:
    if 0 < len(arguments) <= ARGUMENTS_MAX:
        operations.append([command, key, *arguments])
        return
    for start in range(0, len(arguments), ARGUMENTS_MAX):
        operations.append([command, key, *arguments[start : start + ARGUMENTS_MAX]])  # noqa: PERF401  (one list to read)


def _of(operations: dict[int, list[Operation]], key: str) -> list[Operation]:
    partition = PARTITION_OF_TAG[key[:TAG_CHARACTERS]]
    found = operations.get(partition)
    if found is None:
        found = operations[partition] = []
    return found


def _trim(trim: Trim, build: str) -> Operation:
    return [
        "TRIM",
        built(trim.key, build),
        trim.keep_max,
        built(trim.rows, build) if trim.rows else "",
        len(trim.suffixes),
        *trim.suffixes,
        len(trim.indexes),
        *[built(index, build) for index in trim.indexes],
        *[built(owned, build) for owned in trim.owned],
    ]
