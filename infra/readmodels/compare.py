"""Compares a view with the log, byte by byte, while it is being updated.

The log is folded into memory, exactly as far as each stretch of live rows was when it was read; nothing has to stand still. Only what the
view consumes is sent and decoded. It is folded for as many partitions at once as have room; where that is not all of them, the log is read
again for the others.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from commands.log_reader import EVERYTHING, LogFilter, LogReader
from domain.fact import Recorded
from domain.partitions import PARTITIONS
from infra.readmodels.applying import apply_stretch
from infra.readmodels.log_mark import NEWER, ViewEstranged
from infra.readmodels.memory import MemoryModels
from infra.readmodels.port import BuildGone, Builds, Models, Stretch
from infra.readmodels.tracked_partitions import TrackedPartition, TrackedView
from projections.partitions import TAG_CHARACTERS, partition_of_key
from projections.ports import View, aggregates_of

CHUNK_FACTS = 10_000

ROWS_MAX = 1_000_000
"""Rows of a view in memory at once: about 300 MB. One partition is compared whole, whatever it takes."""

CATCH_UPS_MAX = 100


class Difference(NamedTuple):
    """The first row that is not what the log gives: `live` and `expected` are None where there is none.

    `row` is a field, a member or an entry; it is empty where only the number of rows differs, which `live` and `expected` then are.
    """

    build: str
    key: str
    row: bytes
    live: bytes | None
    expected: bytes | None


class Compared(NamedTuple):
    """What was compared, and the first difference, None where there is none; `readings` of the log that it took."""

    position: int
    keys: int
    rows: int
    difference: Difference | None
    readings: int = 1


def compare(reader: LogReader, models: Models, view: View, catch_up: Callable[[], int], *, rows_max: int = ROWS_MAX) -> Compared:
    """Compare what readers see of a view with the log. `catch_up` brings it to the end of the log, or waits until it is there.

    Raises BuildGone when there is no such view or it was replaced meanwhile, ViewEstranged when it is ahead of the log, CannotProject when
    it breaks on a fact, and what the reader, the models and `catch_up` raise.
    """
    catch_up()
    left = list(range(PARTITIONS))
    position = keys = rows = readings = 0
    while left:
        state = models.state(left)
        builds = {partition: state[partition].live.get(view.name, "") for partition in left}
        standing = [state[partition].builds.get(build) for partition, build in builds.items()]
        if None in standing:
            raise BuildGone(view.name)
        expected = _Expected(reader, view, left, rows_max)
        expected.fold(max(each.position for each in standing if each is not None), as_has_room=True)
        of_these = {partition: builds[partition] for partition in expected.partitions}
        left = [partition for partition in left if partition not in of_these]
        found = _compare_keys(models, expected, of_these, catch_up)
        position, readings = found.position, readings + 1
        keys, rows = keys + found.keys, rows + found.rows
        if found.difference is not None:
            return Compared(position, keys, rows, found.difference, readings)
    return Compared(position, keys, rows, None, readings)


def _compare_keys(models: Models, expected: "_Expected", builds: Builds, catch_up: Callable[[], int]) -> Compared:
    rows = 0
    keys = sorted(key for key in {*models.keys(builds), *expected.keys()} if not expected.is_cache(key))
    for key in keys:
        build, mark = builds[partition_of_key(key)], ""
        while True:
            stretch = _late_enough(models, expected, build, key, mark, catch_up)
            expected.fold(stretch.position)
            difference = _difference(build, key, stretch, expected)
            if difference is not None:
                return Compared(expected.position, len(keys), rows, difference)
            rows += len(stretch.rows)
            mark = stretch.mark
            if not mark:
                break
    return Compared(expected.position, len(keys), rows, None)


def _late_enough(models: Models, expected: "_Expected", build: str, key: str, mark: str, catch_up: Callable[[], int]) -> Stretch:
    """Return a stretch of live rows that is at least as late as what it is compared with."""
    for _ in range(CATCH_UPS_MAX):
        stretch = models.stretch(build, key, mark)
        if stretch.position >= expected.position:
            return stretch
        catch_up()
    raise BuildGone(build)


class _Expected:
    """The view as the log gives it, at a position that only grows, in as many of its partitions as have room; at least in one."""

    def __init__(self, reader: LogReader, view: View, partitions: Sequence[int], rows_max: int) -> None:
        self.position = 0
        self._reader = reader
        self._view = view
        self._wanted = _wanted_by(view)
        self._rows_max = rows_max
        self._models = MemoryModels()
        self._build = f"{view.name}.{view.version}"
        self._models.begin(view.name, self._build, partitions)
        self._tracked = {each: TrackedPartition(view, each, self._build, 0, 0) for each in partitions}

    @property
    def partitions(self) -> Sequence[int]:
        """The partitions that had room."""
        return list(self._tracked)

    def keys(self) -> Sequence[str]:
        """Return the logical keys there should be."""
        return list(self._models.keys(dict.fromkeys(self._tracked, self._build)))

    def is_cache(self, key: str) -> bool:
        """Whether a key is one of the view's caches, which no log says anything about."""
        return key.startswith(self._view.caches, TAG_CHARACTERS + 1)

    def fold(self, position: int, *, as_has_room: bool = False) -> None:
        """Go on to exactly this position, with as many partitions `as_has_room`; one that was passed is no news."""
        while self.position < position:
            facts, upto = self._reader.read_filtered(self._wanted, self.position, min(CHUNK_FACTS, position - self.position))
            if upto == self.position:
                raise ViewEstranged(self._view.name, position, "", NEWER)
            self._apply(facts, upto)
            while as_has_room and self._models.store.rows > self._rows_max and len(self._tracked) > 1:
                self._give_up_half()

    def _apply(self, facts: Sequence[Recorded], upto: int) -> None:
        """Apply what is wanted of a stretch that ends at `upto`. A view that sees rows may stand before its end afterwards."""
        tracked = TrackedView(self._view, self._tracked)
        if facts:
            apply_stretch(self._models, [tracked], facts, lambda _position: "")
        if not facts or tracked.reached == facts[-1].position:
            for each in self._tracked.values():
                each.reached = upto
        self.position = tracked.reached

    def _give_up_half(self) -> None:
        partitions = list(self._tracked)
        for partition in partitions[len(partitions) // 2 :]:
            self._models.retire(self._view.name, {partition: [self._build]})
            del self._tracked[partition]

    def rows(self, key: str, stretch: Stretch) -> Sequence[tuple[bytes, bytes]] | dict[bytes, bytes]:
        """Return the rows there should be under a key: by field where the live ones are a hash, else in order."""
        if stretch.kind == "none":
            return self._models.stretch(self._build, key).rows
        return self._models.rows_of(self._build, key, stretch.kind)


def _wanted_by(view: View) -> LogFilter:
    """Return what a view is made of: what it consumes, and what this process cannot decode and the view would have to."""
    if not view.consumes:
        return EVERYTHING
    return LogFilter(view.consumes, must_understand=frozenset(f"{aggregate}." for aggregate in aggregates_of(view.consumes)))


def _difference(build: str, key: str, stretch: Stretch, whole: _Expected) -> Difference | None:
    expected = whole.rows(key, stretch)
    if isinstance(expected, dict):
        for field, value in stretch.rows:
            if expected.get(field) != value:
                return Difference(build, key, field, value, expected.get(field))
    else:
        for (row, value), wanted in zip(stretch.rows, expected[stretch.first :], strict=False):
            if (row, value) != wanted:
                return Difference(build, key, row, value, dict(expected).get(row))
    if stretch.size != len(expected):
        return Difference(build, key, b"", b"%d" % stretch.size, b"%d" % len(expected))
    return None
