"""Compares a view with what the log gives, byte by byte, while it is being fed.

The log is folded into memory, exactly as far as each stretch of live rows was when it was read; nothing has to stand still.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from commands.ports import LogReader
from infra.readmodels.log_mark import NEWER, ViewEstranged
from infra.readmodels.memory import MemoryModels
from infra.readmodels.port import Batch, BuildGone, Models, Stretch
from infra.readmodels.tracked_builds import changes_of
from projections.ports import View

CHUNK_FACTS = 2_000


class Difference(NamedTuple):
    """The first row that is not what the log gives: `live` and `expected` are None where there is none.

    `row` is a field or a member; it is empty where only the number of rows differs, which `live` and `expected` then are.
    """

    build: str
    key: str
    row: bytes
    live: bytes | None
    expected: bytes | None


class Compared(NamedTuple):
    """What was compared, and the first difference, None where there is none."""

    position: int
    keys: int
    rows: int
    difference: Difference | None


def compare(reader: LogReader, models: Models, view: View, catch_up: Callable[[], int]) -> Compared:
    """Compare a view's live build with the log. `catch_up` brings the live one to the end of the log, or waits until it is there.

    Memory: the whole view, once. Raises BuildGone when there is no such view or it was replaced meanwhile, ViewEstranged when it is ahead
    of the log, CannotProject when it breaks on a fact, and what the reader, the models and `catch_up` raise.
    """
    catch_up()
    build = models.live(view.name)
    positions = models.positions(build) if build is not None else None
    if build is None or positions is None:
        raise BuildGone(view.name)
    expected = _Expected(reader, view)
    expected.fold(positions.view)
    live_at = positions.view
    rows = 0
    keys = set(models.keys(build)) | set(expected.models.keys(expected.build))
    for key in sorted(keys):
        mark = ""
        while True:
            if live_at < expected.position:
                live_at = catch_up()
            stretch = models.stretch(build, key, mark)
            expected.fold(stretch.position)
            difference = _difference(build, key, stretch, expected.rows(key, ranked=stretch.ranked))
            if difference is not None:
                return Compared(expected.position, len(keys), rows, difference)
            rows += len(stretch.rows)
            mark = stretch.mark
            if not mark:
                break
    return Compared(expected.position, len(keys), rows, None)


class _Expected:
    """The view as the log gives it, at a position that only grows."""

    def __init__(self, reader: LogReader, view: View) -> None:
        self.models = MemoryModels()
        self.build = f"{view.name}.{view.version}"
        self.position = 0
        self._reader = reader
        self._view = view
        self.models.begin(view.name, self.build)

    def fold(self, position: int) -> None:
        """Go on to exactly this position; one that was passed is no news."""
        while self.position < position:
            facts = self._reader.read(self.position, min(CHUNK_FACTS, position - self.position))
            if not facts:
                raise ViewEstranged(self._view.name, position, "", NEWER)
            positions = self.models.positions(self.build)
            assert positions is not None, "nobody else has this build"
            upto = facts[-1].position
            operations = changes_of(self._view, facts, self.build)
            self.models.apply([Batch(self.build, self.position, upto, operations, positions.partitions)])
            self.position = upto

    def rows(self, key: str, *, ranked: bool) -> Sequence[tuple[bytes, bytes]] | dict[bytes, bytes]:
        """Return the rows of a key: in order where it is ranked, else by name."""
        return self.models.rows_of(self.build, key, ranked=ranked)


def _difference(build: str, key: str, stretch: Stretch, expected: Sequence[tuple[bytes, bytes]] | dict[bytes, bytes]) -> Difference | None:
    if isinstance(expected, dict):
        for field, value in stretch.rows:
            if expected.get(field) != value:
                return Difference(build, key, field, value, expected.get(field))
    else:
        for (member, score), wanted in zip(stretch.rows, expected[stretch.first :], strict=False):
            if (member, score) != wanted:
                return Difference(build, key, member, score, dict(expected).get(member))
    if stretch.size != len(expected):
        return Difference(build, key, b"", b"%d" % stretch.size, b"%d" % len(expected))
    return None
