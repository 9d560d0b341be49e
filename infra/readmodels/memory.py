"""Views in memory: the same contract as Valkey's, for tests, for one-process demos, and as what the audit compares Valkey's with."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from infra.readmodels.port import Batch, BuildBroken, BuildGone, Operation, OperationUnknown, Positions, PositionsMoved, Stretch, blank
from projections.partitions import PARTITION_OF_TAG, TAG_CHARACTERS, built
from projections.ports import Ask, Entry, Fields, Page, View

STRETCH_ROWS = 1_000

OPERATIONS = frozenset({"HSET", "HDEL", "HINCRBY", "ZADD", "ZREM", "ZREMRANGEBYSCORE", "TRIM"})

Rows = dict[bytes, bytes]
"""A hash: field -> value. A sorted set: member -> score as text."""


class MemoryModels:
    """A `Models` in this process. Any number of threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._live: dict[str, str] = {}
        self._begun: dict[str, list[str]] = {}
        self._names = 0
        self.troubles: dict[str, str] = {}
        self._positions: dict[str, Positions] = {}
        self._hashes: dict[str, Rows] = {}
        self._ranked: dict[str, Rows] = {}

    def check(self) -> None:
        """Nothing is evicted here, and nobody is followed."""

    def tell(self, view: str, trouble: str) -> None:
        """Keep what a view stands before."""
        self.troubles[view] = trouble
        if not trouble:
            del self.troubles[view]

    def live(self, view: str) -> str | None:
        """Return the build that readers see."""
        return self._live.get(view)

    def switch(self, view: str, instead_of: str | None, build: str) -> bool:
        """Let readers see a build."""
        with self._lock:
            if self._live.get(view) != instead_of:
                return False
            self._live[view] = build
            return True

    def fresh(self, view: str, version: int) -> str:
        """Return a new name."""
        with self._lock:
            self._names += 1
            return f"{view}.{version}.{self._names}"

    def begin(self, view: str, build: str) -> None:
        """Make an empty build."""
        with self._lock:
            if build not in self._positions:
                self._positions[build] = blank()
                self._begun.setdefault(view, []).append(build)

    def builds(self, view: str) -> Sequence[str]:
        """Return the builds there are."""
        return tuple(self._begun.get(view, ()))

    def positions(self, build: str) -> Positions | None:
        """Return how far a build is."""
        with self._lock:
            found = self._positions.get(build)
            return None if found is None else found._replace(partitions=list(found.partitions))

    def apply(self, batches: Sequence[Batch]) -> None:
        """Apply batches; see the port."""
        with self._lock:
            for batch in batches:
                self._apply(batch)
            for batch in batches:
                positions = self._positions[batch.build]
                if positions.view < batch.upto:
                    if positions.view != batch.after:
                        raise PositionsMoved(batch.build)
                    self._positions[batch.build] = positions._replace(view=batch.upto, mark=batch.mark)

    def _apply(self, batch: Batch) -> None:
        positions = self._positions.get(batch.build)
        if positions is None:
            raise BuildGone(batch.build)
        moved = False
        for partition, operations in batch.operations.items():
            if positions.partitions[partition] >= batch.upto:
                continue
            if positions.partitions[partition] != batch.expected[partition]:
                moved = True
                continue
            for command, *_ in operations:
                if command not in OPERATIONS:
                    raise OperationUnknown(command)
            try:
                for operation in operations:
                    self._run(operation)
            except Exception as error:
                del self._positions[batch.build]
                raise BuildBroken(batch.build, f"{type(error).__name__}: {error}") from error
            positions.partitions[partition] = batch.upto
        if moved:
            raise PositionsMoved(batch.build)

    def _run(self, operation: Operation) -> None:
        command, key, *given = operation
        assert isinstance(key, str), "keys are text"
        arguments = [_as_bytes(each) for each in given]
        match command:
            case "HSET":
                self._hashes.setdefault(key, {}).update(zip(arguments[::2], arguments[1::2], strict=True))
            case "HDEL":
                _discard(self._hashes, key, arguments)
            case "HINCRBY":
                rows = self._hashes.setdefault(key, {})
                rows[arguments[0]] = b"%d" % (int(rows.get(arguments[0], 0)) + int(arguments[1]))
            case "ZADD":
                self._ranked.setdefault(key, {}).update(zip(arguments[1::2], arguments[::2], strict=True))
            case "ZREM":
                _discard(self._ranked, key, arguments)
            case "ZREMRANGEBYSCORE":
                below = int(arguments[1])
                _discard(self._ranked, key, [member for member, score in self._ranked.get(key, {}).items() if int(score) <= below])
            case "TRIM":
                self._trim(key, arguments)
            case _:
                raise OperationUnknown(command)

    def _trim(self, key: str, arguments: Sequence[bytes]) -> None:
        keep_max, rows, suffixes = int(arguments[0]), arguments[1].decode(), int(arguments[2])
        indexes = int(arguments[3 + suffixes])
        owned = 4 + suffixes + indexes
        ranked = _in_order(self._ranked.get(key, {}))
        for member, _ in ranked[: max(0, len(ranked) - keep_max)]:
            _discard(self._hashes, rows, [member + suffix for suffix in arguments[3 : 3 + suffixes]])
            for index in (key, *[name.decode() for name in arguments[4 + suffixes : owned]]):
                _discard(self._ranked, index, [member])
            for prefix in arguments[owned:]:
                self._hashes.pop((prefix + member).decode(), None)
                self._ranked.pop((prefix + member).decode(), None)

    def retire(self, view: str, build: str) -> None:
        """Delete a build."""
        with self._lock:
            self._positions.pop(build, None)
            if build in self._begun.get(view, ()):
                self._begun[view].remove(build)
            for kept in (self._hashes, self._ranked):
                for key in [key for key in kept if _is_of(key, build)]:
                    del kept[key]

    def keys(self, build: str) -> Iterator[str]:
        """Return the logical keys of a build."""
        with self._lock:
            found = [key for kept in (self._hashes, self._ranked) for key in kept if _is_of(key, build)]
        start = TAG_CHARACTERS + 1 + len(build)
        return iter([key[:TAG_CHARACTERS] + key[start:] for key in found])

    def stretch(self, build: str, key: str, mark: str = "") -> Stretch:
        """Return rows of a key from a mark on, hashes in the order of their fields."""
        with self._lock:
            positions = self._positions.get(build)
            if positions is None:
                raise BuildGone(build)
            name, first = built(key, build), int(mark or 0)
            ranked = name in self._ranked
            rows = _in_order(self._ranked[name]) if ranked else sorted(self._hashes.get(name, {}).items())
            upto = first + STRETCH_ROWS
            more = str(upto) if upto < len(rows) else ""
            return Stretch(positions.partitions[PARTITION_OF_TAG[key[:TAG_CHARACTERS]]], ranked, first, len(rows), rows[first:upto], more)

    def rows_of(self, build: str, key: str, *, ranked: bool) -> Sequence[tuple[bytes, bytes]] | Rows:
        """Return the rows of a key as they are: in order where it is ranked, else by field and not to be changed."""
        with self._lock:
            name = built(key, build)
            return _in_order(self._ranked.get(name, {})) if ranked else self._hashes.get(name, {})

    def answer(self, build: str, asks: Sequence[Ask]) -> list[Any]:
        """Answer questions about one moment of a build."""
        with self._lock:
            return [self._fields(build, ask) if isinstance(ask, Fields) else self._page(build, ask) for ask in asks]

    def _fields(self, build: str, ask: Fields) -> list[bytes | None]:
        rows = self._hashes.get(built(ask.key, build), {})
        return [rows.get(name.encode()) for name in ask.names]

    def _page(self, build: str, ask: Page) -> list[Entry]:
        ranked = [(int(score), member) for member, score in _in_order(self._ranked.get(built(ask.key, build), {}))]
        if ask.newest_first:
            ranked.reverse()
        if ask.after is not None:
            last = (ask.after.score, ask.after.member.encode())
            ranked = [entry for entry in ranked if (entry < last if ask.newest_first else entry > last)]
        rows = self._hashes.get(built(ask.rows, build), {}) if ask.rows else {}
        return [
            Entry(member, score, [rows.get(member + suffix.encode()) for suffix in ask.suffixes]) for score, member in ranked[: ask.limit]
        ]


class MemoryReads:
    """The queries' side of `MemoryModels`."""

    def __init__(self, models: MemoryModels) -> None:
        self._models = models

    async def many(self, view: View, asks: Sequence[Ask]) -> Sequence[Any]:
        """Answer all at once."""
        return self._models.answer(self._models.live(view.name) or "", asks)

    async def many_at(self, view: View, asks: Sequence[Ask]) -> tuple[int, Sequence[Any]]:
        """Answer all at once, with the position that the view has."""
        return await self.position(view), await self.many(view, asks)

    async def position(self, view: View) -> int:
        """Return how far the view is."""
        positions = self._models.positions(self._models.live(view.name) or "")
        return positions.view if positions is not None else 0

    async def wait_for(self, view: View, position: int, timeout_ms: int = 500) -> bool:
        """Return True once the view has reached the position."""
        clock = asyncio.get_running_loop().time
        deadline_s = clock() + timeout_ms / 1000
        while await self.position(view) < position:
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


def _discard(kept: dict[str, Rows], key: str, names: Sequence[bytes]) -> None:
    """Drop rows, and the key with its last row, as Redis does."""
    rows = kept.get(key)
    if rows is None:
        return
    for name in names:
        rows.pop(name, None)
    if not rows:
        del kept[key]


def _in_order(ranked: Rows) -> list[tuple[bytes, bytes]]:
    return sorted(ranked.items(), key=lambda row: (int(row[1]), row[0]))


def _is_of(key: str, build: str) -> bool:
    return key.startswith(f"{build}:", TAG_CHARACTERS + 1)
