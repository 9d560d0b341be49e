"""Whether a view or a table belongs to this log: with its position it keeps the log's mark there, which no other log or history has.

The reasons are what follows the name of the thing: a view, or the table of a process manager.
"""

from collections.abc import Callable

from commands.log_reader import LogReader
from domain.chain import log_of
from infra.readmodels.port import PositionsMoved, Standing

ANOTHER_LOG = "is of another log"
NEWER = "is newer than the log, which was restored or cut"
OTHER_HISTORY = "is of another history of this log, which was restored and went on"
UNMARKED = "does not say which log it is of"


class ViewEstranged(Exception):  # noqa: N818  (named for what happened)
    """A view is not of this log as it is now: of another log, or of one that was restored since."""

    def __init__(self, view: str, position: int, mark: str, why: str) -> None:
        self.view, self.position, self.mark, self.why = view, position, mark, why
        super().__init__(f"{view} at position {position}: the view {why}")


def marks_of_read(reader: LogReader) -> Callable[[int], str]:
    """Return what tells the log's mark at a position that was just read. It raises PositionsMoved where the log ends before that now."""

    def mark_at(position: int) -> str:
        mark = reader.mark_at(position)
        if mark is None:
            raise PositionsMoved(f"the log does not reach to position {position} any more")
        return mark

    return mark_at


def why_estranged(reader: LogReader, standing: Standing) -> str:
    """Return why what stands there is not of this log, nothing where it is.

    Raises:
        StoreUnavailable: when the log is unavailable.

    """
    if not standing.position:
        return ""
    mark = reader.mark_at(standing.position)
    if mark == standing.mark:
        return ""
    if not standing.mark:
        return UNMARKED
    if log_of(standing.mark) != log_of(reader.mark_at(0)):
        return ANOTHER_LOG
    return OTHER_HISTORY if mark is not None else NEWER


class LogMarks:
    """Judges many partitions, and asks the log once for all that stand at the same place."""

    def __init__(self, reader: LogReader) -> None:
        self._reader = reader
        self._known: dict[Standing, str] = {}

    def why_estranged(self, standing: Standing) -> str:
        """Return why what stands there is not of this log, nothing where it is; raises StoreUnavailable."""
        why = self._known.get(standing)
        if why is None:
            why = self._known[standing] = why_estranged(self._reader, standing)
        return why
