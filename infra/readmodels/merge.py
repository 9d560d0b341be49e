"""The changes of a batch, in the order in which they were made, as few operations as give the same rows.

What is written to a key is gathered in one operation, standing where the first of it was made, until something is done whose result depends
on the key as it stands then (`Trim`, `Cut`, `Spread`). What is written to different keys does not depend on its order.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from infra.readmodels.port import Operation
from projections.changes import Add, AddAll, Change, Cut, Drop, Push, Put, Rank, Spread, Tally, Trim, Unrank
from projections.partitions import PARTITION_OF_TAG, TAG_CHARACTERS

ARGUMENTS_MAX = 2_000
"""Arguments of one operation at most; more become several. A script language's stack ends somewhere."""

HASH, SET = "hash", "set"
"""What is gathered for one key: field -> what is put last, None for gone, or member -> its last score, None for gone."""

SUMS, SUMS_OF_ALL = object(), object()
"""Where what is gathered for a key keeps what is to be added before anything is put: field or member -> sum, or sum of each number."""


class ChangeUnknown(Exception):  # noqa: N818  (named for what happened)
    """A view gave a change of a kind that nothing here can make."""


class PartitionLeft(Exception):  # noqa: N818  (named for what happened)
    """A change names keys of two partitions, which no step can change together."""


class Merge:
    """Gathers the changes of a batch."""

    def __init__(self) -> None:
        self._hashes: dict[str, dict[Any, Any]] = {}
        self._sets: dict[str, dict[Any, Any]] = {}
        self._steps: dict[int, list[tuple[str, str, Any]]] = {}
        self._pushes: dict[int, list[Operation]] = {}

    def take(self, changes: Iterable[Change], position: int) -> None:
        """Take in what the fact at a position changes.

        Raises:
            ChangeUnknown: by the name of its kind, where a view gives something else than a `Change`.
            PartitionLeft: where a change names keys of two partitions. ValueError: where a number is added to what is none.

        """
        hashes, sets = self._hashes, self._sets
        change: Any
        for change in changes:
            kind = type(change)
            if kind is Put:
                fields = hashes.get(change.key)
                if fields is None:
                    fields = self._gather(HASH, hashes, change.key)
                fields[change.field] = change.value
            elif kind is Tally:
                members = sets.get(change.key)
                if members is None:
                    members = self._gather(SET, sets, change.key)
                member, by = change.member, change.by
                if type(member) is str:
                    member = member.encode()
                if member in members:  # after it was ranked, or gone
                    members[member] = (members[member] or 0) + by or None
                elif SUMS in members:
                    sums = members[SUMS]
                    sums[member] = sums.get(member, 0) + by  # a sum of nothing is carried out too: what stands at 0 is gone
                else:
                    members[SUMS] = {member: by}
            elif kind is Rank:
                members = sets.get(change.key)
                if members is None:
                    members = self._gather(SET, sets, change.key)
                member = change.member
                members[member.encode() if type(member) is str else member] = change.score
            elif kind is AddAll:
                fields = hashes.get(change.key)
                if fields is None:
                    fields = self._gather(HASH, hashes, change.key)
                field = change.field
                if field in fields:  # after it was put, or gone
                    fields[field] = with_all(fields[field], change.by)
                    continue
                sums = fields.get(SUMS_OF_ALL)
                if sums is None:
                    fields[SUMS_OF_ALL] = {field: change.by}
                else:
                    sums[field] = each_with(sums[field], change.by) if field in sums else change.by
            elif kind is Add:
                self._add(change)
            elif kind is Spread:
                self._spread(change)
            else:
                self._other(change, position)

    def _other(self, change: Change, position: int) -> None:
        match change:
            case Drop(key, field):
                self._fields(key)[field] = None
            case Unrank(key, member):
                members = self._sets.get(key)
                if members is None:
                    members = self._gather(SET, self._sets, key)
                members[member if isinstance(member, bytes) else member.encode()] = None
            case Cut(key, score):
                self._sets.pop(key, None)
                self._step(key, ["ZREMRANGEBYSCORE", key[TAG_CHARACTERS:], "-inf", score])
            case Trim():
                self._trim(change)
            case Push(channel, body):
                partition = PARTITION_OF_TAG[channel[:TAG_CHARACTERS]]
                self._pushes.setdefault(partition, []).append(["SPUBLISH", channel[TAG_CHARACTERS:], b"%d %b" % (position, body)])
            case Put() | Tally() | Rank() | Add() | AddAll() | Spread():
                raise AssertionError("the common kinds are taken in without a call")
            case _ as other:
                raise ChangeUnknown(type(other).__name__)

    def _add(self, change: Add) -> None:
        """Sum up: on what was put in the same operation where something was, else to be added to what the field holds before that."""
        fields = self._fields(change.key)
        if change.field not in fields:
            sums = fields.setdefault(SUMS, {})
            sums[change.field] = sums.get(change.field, 0) + change.by
            return
        before = fields[change.field]
        number = int(before or b"0")
        if before is not None and b"%d" % number != before:
            raise ValueError(f"a number is added to what is none: {before[:40]!r}")
        fields[change.field] = b"%d" % (number + change.by)

    def _trim(self, trim: Trim) -> None:
        key = trim.key
        sets, hashes = self._sets, self._hashes
        tag = key[:TAG_CHARACTERS]
        for other in (trim.rows or key, *trim.indexes, *trim.owned):
            if not other.startswith(tag):
                raise PartitionLeft(f"{key} and {other}")
        sets.pop(key, None)
        hashes.pop(trim.rows, None)
        for index in trim.indexes:
            sets.pop(index, None)
        for prefix in trim.owned:
            self._close_all(prefix)
        words: Operation = ["TRIM", key[TAG_CHARACTERS:], trim.keep_max, trim.rows[TAG_CHARACTERS:], len(trim.suffixes), *trim.suffixes]
        words += [len(trim.indexes), *[index[TAG_CHARACTERS:] for index in trim.indexes]]
        self._step(key, [*words, *[prefix[TAG_CHARACTERS:] for prefix in trim.owned]])

    def _spread(self, spread: Spread) -> None:
        """Spread after all that was done so far. A slip comes as 64 of these, so that those in a row are one operation."""
        over, instead, sets = spread.over, spread.instead, self._sets
        tag = over[:TAG_CHARACTERS]
        if spread.into[:TAG_CHARACTERS] != tag:
            raise PartitionLeft(f"{over} and {spread.into}")
        sets.pop(over, None)
        words: Operation = [over[TAG_CHARACTERS:], spread.entry]
        if instead is not None:
            if instead.key[:TAG_CHARACTERS] != tag:
                raise PartitionLeft(f"{over} and {instead.key}")
            sets.pop(instead.key, None)
            words += (instead.key[TAG_CHARACTERS:], instead.score, instead.member)
        into, push = spread.into[TAG_CHARACTERS:], "LPUSHX" if spread.existing_only else "LPUSH"
        head: Operation = ["SPREAD", into, spread.keep_max, spread.slack, push, spread.members_max, len(words)]
        steps = self._steps.setdefault(PARTITION_OF_TAG[tag], [])
        last = steps[-1][2] if steps and not steps[-1][0] else ()
        if last and len(last) <= ARGUMENTS_MAX and last[: len(head)] == head:
            last += words
        else:
            steps.append(("", over, head + words))

    def _close_all(self, prefix: str) -> None:
        both: tuple[dict[str, Any], ...] = (self._hashes, self._sets)
        for gathered in both:
            for key in [key for key in gathered if key.startswith(prefix)]:
                del gathered[key]

    def _fields(self, key: str) -> dict[Any, Any]:
        fields = self._hashes.get(key)
        return self._gather(HASH, self._hashes, key) if fields is None else fields

    def _gather(self, kind: str, gathered: dict[str, Any], key: str) -> dict[Any, Any]:
        """Begin to gather writes to a key, at this place among the steps of its partition."""
        made: dict[Any, Any] = {}
        gathered[key] = made
        partition = PARTITION_OF_TAG[key[:TAG_CHARACTERS]]
        steps = self._steps.get(partition)
        if steps is None:
            steps = self._steps[partition] = []
        steps.append((kind, key, made))
        return made

    def _step(self, key: str, operation: Operation) -> None:
        self._steps.setdefault(PARTITION_OF_TAG[key[:TAG_CHARACTERS]], []).append(("", key, operation))

    def operations(self) -> dict[int, list[Operation]]:
        """Return the operations of each partition that is touched; who listens is told at the end."""
        operations: dict[int, list[Operation]] = {}
        for partition, steps in self._steps.items():
            made = operations[partition] = []
            for kind, key, writes in steps:
                if kind is HASH:
                    _write_hash(made, key[TAG_CHARACTERS:], writes)
                elif kind is SET:
                    _write_set(made, key[TAG_CHARACTERS:], writes)
                else:
                    made.append(writes)
        for partition, pushes in self._pushes.items():
            operations.setdefault(partition, []).extend(pushes)
        return operations


def _write_hash(operations: list[Operation], key: str, fields: dict[Any, Any]) -> None:
    added: Operation = []
    for field, by in fields.pop(SUMS).items() if SUMS in fields else ():
        added += (by, field)
    _extend(operations, "ADD", key, added)
    for field, by in fields.pop(SUMS_OF_ALL).items() if SUMS_OF_ALL in fields else ():
        _join(operations, "ADD_ALL", (key, field, text_of(by)))
    if not fields:
        return
    put: Operation = []
    drop: Operation = []
    for field, value in fields.items():
        if value is None:
            drop.append(field)
        else:
            put += (field, value)
    _extend(operations, "HSET", key, put)
    _extend(operations, "HDEL", key, drop)


def _write_set(operations: list[Operation], key: str, members: dict[Any, Any]) -> None:
    if len(members) == 1:
        ((member, score),) = members.items()
        if member is SUMS and len(score) == 1:
            ((member, by),) = score.items()
            _join(operations, "TALLY_EACH", (key, by, member))
            return
        if member is not SUMS and score is not None:
            _join(operations, "RANK_EACH", (key, score, member))
            return
    tallied: Operation = []
    for member, by in members.pop(SUMS).items() if SUMS in members else ():
        tallied += (by, member)
    _extend(operations, "TALLY", key, tallied)
    if not members:
        return
    ranked: Operation = []
    gone: Operation = []
    for member, score in members.items():
        if score is None:
            gone.append(member)
        else:
            ranked += (score, member)
    _extend(operations, "ZADD", key, ranked)
    _extend(operations, "ZREM", key, gone)


def _extend(operations: list[Operation], command: str, key: str, arguments: Operation) -> None:
    if not arguments:
        return
    if len(arguments) <= ARGUMENTS_MAX:
        operations.append([command, key, *arguments])
        return
    for start in range(0, len(arguments), ARGUMENTS_MAX):
        operations.append([command, key, *arguments[start : start + ARGUMENTS_MAX]])  # noqa: PERF401  (one list to read)


def _join(operations: list[Operation], command: str, words: tuple[str | bytes | int, ...]) -> None:
    """Write to one more key in the same operation as to the last: most keys are an account's, and a batch writes once to each."""
    if operations and operations[-1][0] == command and len(operations[-1]) < ARGUMENTS_MAX:
        operations[-1] += words
    else:
        operations.append([command, *words])


def each_with(numbers: Sequence[int], others: Sequence[int]) -> tuple[int, ...]:
    """Return the sum of every two numbers. Raises ValueError where they are not as many."""
    return tuple([one + other for one, other in zip(numbers, others, strict=True)])


def with_all(before: bytes | None, by: Sequence[int]) -> bytes | None:
    """Return the text of a field that `AddAll` adds to, None where it is gone. Raises ValueError where it is no such text."""
    numbers = each_with([int(number) for number in before.split(b" ")], by) if before is not None else by
    return text_of(numbers) if any(numbers) else None


def text_of(numbers: Sequence[int]) -> bytes:
    """Return numbers as a field has them."""
    return " ".join(map(str, numbers)).encode()
