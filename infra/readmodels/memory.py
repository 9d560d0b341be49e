"""Views in memory: the same contract as Valkey's, for tests, for one-process demos, and as what the audit compares Valkey's with."""

import asyncio
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from domain.partitions import PARTITIONS
from infra.readmodels.memory_rows import MemoryRows
from infra.readmodels.port import (
    BuildBroken,
    BuildGone,
    Builds,
    OperationUnknown,
    PartitionState,
    PositionsMoved,
    RowsKind,
    Section,
    Standing,
    Stretch,
)
from projections.partitions import TAG_CHARACTERS, TAGS, partition_of_key, physical_key
from projections.ports import AllFields, Ask, Common, Entries, Fields, Page, RankedRow, Row, Scores, Size, View

STRETCH_ROWS = 1_000

OPERATIONS = frozenset(
    {"HSET", "HDEL", "ADD", "ADD_ALL", "ZADD", "ZREM", "ZREMRANGEBYSCORE", "RANK_EACH", "TALLY", "TALLY_EACH", "TRIM", "SPREAD", "SPUBLISH"}
)


class MemoryModels:
    """A `Models` in this process. Any number of threads; `on_push` is told every message as channel and bytes."""

    def __init__(self, on_push: Callable[[str, bytes], None] | None = None) -> None:
        self._lock = threading.RLock()
        self._live: list[dict[str, str]] = [{} for _ in range(PARTITIONS)]
        self._standing: list[dict[str, Standing | None]] = [{} for _ in range(PARTITIONS)]
        self._names = 0
        self._on_push = on_push or (lambda _channel, _message: None)
        self.troubles: dict[str, str] = {}
        self.store = MemoryRows()

    def check(self) -> None:
        """Nothing is evicted here, and there is no replication."""

    def tell(self, view: str, trouble: str) -> None:
        """Keep what a view stands before."""
        self.troubles[view] = trouble
        if not trouble:
            del self.troubles[view]

    def state(self, partitions: Sequence[int]) -> dict[int, PartitionState]:
        """Return what there is in these partitions."""
        with self._lock:
            return {each: PartitionState(dict(self._live[each]), dict(self._standing[each])) for each in partitions}

    def begin(self, view: str, build: str, partitions: Sequence[int]) -> None:
        """Make an empty build."""
        del view
        with self._lock:
            for partition in partitions:
                self._standing[partition].setdefault(build, Standing(0))

    def begin_another(self, view: str, version: int, partitions: Sequence[int]) -> dict[int, str]:
        """Make an empty build under a new name."""
        with self._lock:
            self._names += 1
            build = f"{view}.{version}.{self._names}"
            self.begin(view, build, partitions)
            return dict.fromkeys(partitions, build)

    def switch(self, view: str, builds: Mapping[int, tuple[str | None, str]]) -> set[int]:
        """Let readers see another build."""
        with self._lock:
            switched = {partition for partition, (instead_of, _) in builds.items() if self._live[partition].get(view) == instead_of}
            for partition in switched:
                self._live[partition][view] = builds[partition][1]
            return switched

    def apply(self, calls: Mapping[int, Sequence[Section]]) -> None:
        """Apply sections; see the port."""
        errors: list[Exception] = []
        with self._lock:
            for partition, sections in calls.items():
                for section in sections:
                    try:
                        self._apply(partition, section)
                    except (BuildBroken, OperationUnknown, BuildGone, PositionsMoved) as error:
                        errors.append(error)
        for kind in ((BuildBroken, OperationUnknown), BuildGone, PositionsMoved):
            for found in errors:
                if isinstance(found, kind):
                    raise found

    def _apply(self, partition: int, section: Section) -> None:
        standing = self._standing[partition].get(section.build)
        if standing is None:
            raise BuildGone(section.build)
        if standing.position >= section.upto:
            return
        if standing.position != section.expected:
            raise PositionsMoved(section.build)
        for command, *_ in section.operations:
            if command not in OPERATIONS:
                raise OperationUnknown(command)
        pushed: list[tuple[str, bytes]] = []
        try:
            for operation in section.operations:
                if operation[0] == "SPUBLISH":
                    pushed.append((TAGS[partition] + str(operation[1]), _as_bytes(operation[2])))
                else:
                    self.store.run(f"{TAGS[partition]}:{section.build}", str(operation[0]), [_as_bytes(each) for each in operation[1:]])
        except Exception as error:
            self._standing[partition][section.build] = None
            raise BuildBroken(section.build, partition, f"{type(error).__name__}: {error}") from error
        self._standing[partition][section.build] = Standing(section.upto, section.mark)
        if self._live[partition].get(section.view) == section.build:
            for channel, message in pushed:
                self._on_push(channel, message)

    def rows(self, wanted: Mapping[int, tuple[str, int, Sequence[Row]]]) -> dict[Row, bytes | None]:
        """Return rows of a build, where it stands as expected."""
        found: dict[Row, bytes | None] = {}
        with self._lock:
            for partition, (build, expected, rows) in wanted.items():
                standing = self._standing[partition].get(build)
                if standing is None:
                    raise BuildGone(build)
                if standing.position != expected:
                    raise PositionsMoved(build)
                for row in rows:
                    found[row] = self.store.hashes.get(physical_key(row.key, build), {}).get(row.field.encode())
        return found

    def retire(self, view: str, builds: Mapping[int, Sequence[str]]) -> None:
        """Delete builds."""
        del view
        with self._lock:
            for partition, each in builds.items():
                for build in each:
                    self._standing[partition].pop(build, None)
                    self.store.drop_all(f"{TAGS[partition]}:{build}:")

    def keys(self, builds: Builds) -> Iterator[str]:
        """Return the logical keys of builds."""
        with self._lock:
            found = [
                f"{name[:TAG_CHARACTERS]}{name[TAG_CHARACTERS + 1 + len(build) :]}"
                for name in self.store.names()
                if (build := builds.get(partition_of_key(name), "")) and name.startswith(f"{build}:", TAG_CHARACTERS + 1)
            ]
        return iter(found)

    def stretch(self, build: str, key: str, mark: str = "") -> Stretch:
        """Return rows of a key from a mark on, hashes in the order of their fields."""
        with self._lock:
            standing = self._standing[partition_of_key(key)].get(build)
            if standing is None:
                raise BuildGone(build)
            first = int(mark or 0)
            kind, rows = self.store.rows_in_order(physical_key(key, build))
            upto = first + STRETCH_ROWS
            return Stretch(standing.position, kind, first, len(rows), rows[first:upto], str(upto) if upto < len(rows) else "")

    def rows_of(self, build: str, key: str, kind: RowsKind) -> Sequence[tuple[bytes, bytes]] | dict[bytes, bytes]:
        """Return the rows of a key as if it were of a kind: of a hash by field and not to be changed, of others in order."""
        with self._lock:
            name = physical_key(key, build)
            if kind == "hash":
                return self.store.hashes.get(name, {})
            found, rows = self.store.rows_in_order(name)
            return rows if found == kind else []

    def answer(self, view: View, asks: Sequence[Ask]) -> tuple[dict[int, int], list[Any]]:
        """Answer questions about one moment, with the position of each partition that is asked."""
        with self._lock:
            positions = {partition: self.position(view, partition) for partition in map(partition_of_key, [ask.key for ask in asks])}
            return positions, [self._answer(view, ask) for ask in asks]

    def keep_list(self, view: View, key: str) -> None:
        """Begin a list of the build that readers see, where it is not there; it is kept for ever."""
        with self._lock:
            partition = partition_of_key(key)
            standing = self._standing[partition].get(self._live[partition].get(view.name, ""))
            if standing is not None and (name := self._name(view, key)) not in self.store.lists:
                self.store.lists[name] = [b"%d" % standing.position]
                self.store.rows += 1

    def position(self, view: View, partition: int) -> int:
        """Return how far what readers see of a view is in a partition."""
        standing = self._standing[partition].get(self._live[partition].get(view.name, ""))
        return standing.position if standing is not None else 0

    def _name(self, view: View, key: str) -> str:
        return physical_key(key, self._live[partition_of_key(key)].get(view.name, ""))

    def _answer(self, view: View, ask: Ask) -> Any:
        match ask:
            case Fields():
                return self._fields(view, ask)
            case AllFields(key, fields_max):
                rows = self.store.hashes.get(self._name(view, key), {})
                return {name.decode(): row for name, row in list(rows.items())[:fields_max]}
            case Page():
                return self._page(view, ask)
            case Scores(key, members):
                ranked = self.store.ranked.get(self._name(view, key), {})
                found = [ranked.get(member.encode()) for member in members]
                return [None if score is None else int(score) for score in found]
            case Common(key, other):
                ranked, there = (self.store.ranked.get(self._name(view, each), {}) for each in (key, other))
                return {member.decode(): int(score) for member, score in there.items() if member in ranked}
            case Size(key):
                return len(self.store.ranked.get(self._name(view, key), {}))
            case Entries(key, limit):
                return self.store.lists.get(self._name(view, key), [])[:limit]

    def _fields(self, view: View, ask: Fields) -> list[bytes | None]:
        rows = self.store.hashes.get(self._name(view, ask.key), {})
        return [rows.get(name.encode()) for name in ask.names]

    def _page(self, view: View, ask: Page) -> list[RankedRow]:
        _, found = self.store.rows_in_order(self._name(view, ask.key))
        ranked = [(int(score), member) for member, score in found]
        if ask.newest_first:
            ranked.reverse()
        if ask.after is not None:
            last = (ask.after.score, ask.after.member.encode())
            ranked = [entry for entry in ranked if (entry < last if ask.newest_first else entry > last)]
        rows = self.store.hashes.get(self._name(view, ask.rows), {}) if ask.rows else {}
        return [
            RankedRow(member, score, [rows.get(member + suffix.encode()) for suffix in ask.suffixes])
            for score, member in ranked[: ask.limit]
        ]


class MemoryReads:
    """The queries' side of `MemoryModels`."""

    def __init__(self, models: MemoryModels) -> None:
        self._models = models

    async def many(self, view: View, asks: Sequence[Ask]) -> Sequence[Any]:
        """Answer all at once."""
        return self._models.answer(view, asks)[1]

    async def many_at(self, view: View, asks: Sequence[Ask]) -> tuple[Mapping[int, int], Sequence[Any]]:
        """Answer all at once, with the position of each partition asked."""
        return self._models.answer(view, asks)

    async def positions(self, view: View, partitions: Collection[int]) -> Mapping[int, int]:
        """Return how far the partitions are."""
        return {partition: self._models.position(view, partition) for partition in partitions}

    async def keep_list(self, view: View, key: str, keep_s: int) -> None:
        """Keep a list that is one of the view's caches; here it is kept for ever."""
        del keep_s
        self._models.keep_list(view, key)

    async def wait_for(self, view: View, partitions: Collection[int], position: int, timeout_ms: int = 500) -> bool:
        """Return True once the partitions have reached the position."""
        clock = asyncio.get_running_loop().time
        deadline_s = clock() + timeout_ms / 1000
        while any(reached < position for reached in (await self.positions(view, partitions)).values()):
            if clock() >= deadline_s:
                return False
            await asyncio.sleep(0.002)
        return True


def _as_bytes(given: str | bytes | int) -> bytes:
    if isinstance(given, bytes):
        return given
    if not isinstance(given, str | int):
        raise TypeError(f"{type(given).__name__} is no value of a row")
    return str(given).encode()
