"""Views that see rows: the rows that a batch needs are loaded with one query, then folded in memory, fact by fact."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from domain.fact import Recorded
from infra.readmodels.merge import Merge, PartitionLeft, with_all
from projections.changes import Add, AddAll, Change, Drop, Push, Put, Spread, Trim
from projections.partitions import TAGS, partition_of_key
from projections.ports import Row, View

Load = Callable[[Mapping[int, Sequence[Row]]], Mapping[Row, bytes | None]]
"""Loads rows by partition, as they stood before the first fact."""

NO_ROWS: Mapping[Row, bytes | None] = {}


def fold_seen(
    view: View,
    facts: Sequence[Recorded],
    partitions: Collection[int],
    load: Load,
    merge: Merge,
    breaks: Callable[[Recorded, str], Exception],
) -> int | None:
    """Gather what facts change in some partitions of a view; return the position that this ends at, None for all of them.

    It ends before a fact that has to see what a `Trim` of the same batch may have dropped: only the partition knows that, so the rest is
    folded when it is applied.

    Raises:
        Exception: that `breaks` makes of a fact and a reason, where the view breaks on it; and what `load` raises.

    """
    assert view.sees is not None, "only for views that see rows"
    needed: list[dict[int, list[Row]] | None] = []
    wanted: dict[int, dict[Row, None]] = {}
    sees, project = view.sees, view.project
    fact = facts[0]
    try:
        for fact in facts:
            rows = sees(fact)
            needed.append(_by_partition(rows, partitions, wanted) if rows else None)
    except Exception as error:
        raise breaks(fact, f"{type(error).__name__}: {error}") from error
    seen = _Seen(load({partition: list(rows) for partition, rows in wanted.items()}) if wanted else {})
    for fact, mine in zip(facts, needed, strict=True):
        if mine and seen.has_trimmed and any(seen.is_uncertain(row) for rows in mine.values() for row in rows):
            return fact.position - 1
        try:
            changes: Sequence[Change]
            if mine is None:
                changes = project(fact, NO_ROWS)
            else:
                made: list[Change] = []
                changes = made
                for partition, rows in mine.items():
                    changed = project(fact, {row: seen.rows[row] for row in rows})
                    _refuse_leaving(changed, partition)
                    made += changed
            if changes:
                merge.take(changes, fact.position)
                if wanted:
                    seen.note(changes)
        except Exception as error:
            raise breaks(fact, f"{type(error).__name__}: {error}") from error
    return None


def _by_partition(rows: Sequence[Row], partitions: Collection[int], wanted: dict[int, dict[Row, None]]) -> dict[int, list[Row]]:
    """Return what a fact needs of some partitions, by partition; `wanted` has it too then."""
    mine: dict[int, list[Row]] = {}
    key, of_key = "", list[Row]()
    for row in rows:
        if row.key != key:  # rows of one key come together
            key, partition = row.key, partition_of_key(row.key)
            of_key = mine.setdefault(partition, []) if partition in partitions else []
        of_key.append(row)
    for partition, found in mine.items():
        wanted.setdefault(partition, {}).update(dict.fromkeys(found))
    return mine


class _Seen:
    """Rows as the facts so far left them."""

    def __init__(self, rows: Mapping[Row, bytes | None]) -> None:
        self.rows = dict(rows)
        self._trimmed: set[str] = set()
        self._dropped: set[str] = set()

    @property
    def has_trimmed(self) -> bool:
        return bool(self._trimmed or self._dropped)

    def is_uncertain(self, row: Row) -> bool:
        return row.key in self._trimmed or any(row.key.startswith(prefix) for prefix in self._dropped)

    def note(self, changes: Sequence[Change]) -> None:
        rows = self.rows
        for change in changes:
            if type(change) is Put or type(change) is Add or type(change) is AddAll or type(change) is Drop:
                row: Any = (change.key, change.field)  # as a `Row`, which takes longer to make
                if row in rows:
                    rows[row] = _changed(rows[row], change)
            elif type(change) is Trim:
                self._trimmed.add(change.rows)
                self._dropped.update(change.owned)


def _changed(before: bytes | None, change: Put | Drop | Add | AddAll) -> bytes | None:
    if isinstance(change, Put):
        return change.value
    if isinstance(change, AddAll):
        return with_all(before, change.by)
    return None if isinstance(change, Drop) else b"%d" % (int(before or b"0") + change.by)


def _refuse_leaving(changes: Sequence[Change], partition: int) -> None:
    tag = TAGS[partition]
    for change in changes:
        key = change.channel if isinstance(change, Push) else change.over if isinstance(change, Spread) else change.key
        if not key.startswith(tag):
            raise PartitionLeft(f"{key}, made of rows of partition {partition}")
