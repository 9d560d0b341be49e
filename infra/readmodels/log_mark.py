"""Whether a view is of this log: with its position it keeps the log's mark there, which no other log and no other history has."""

from commands.ports import LogReader
from domain.chain import log_of
from infra.readmodels.port import Positions, PositionsMoved

ANOTHER_LOG = "the view is of another log"
NEWER = "the view is newer than the log, which was restored or cut"
OTHER_HISTORY = "the view is of another history of this log, which was restored and went on"
UNMARKED = "the view does not say which log it is of"


class ViewEstranged(Exception):  # noqa: N818  (named for what happened)
    """A view is not of this log as it is now: of another log, or of one that was restored since."""

    def __init__(self, view: str, position: int, mark: str, why: str) -> None:
        self.view, self.position, self.mark, self.why = view, position, mark, why
        super().__init__(f"{view} at position {position}: {why}")


def mark_of_read(reader: LogReader, position: int) -> str:
    """Return the log's mark at a position that was just read.

    Raises:
        PositionsMoved: when the log does not reach there any more.

    """
    mark = reader.mark_at(position)
    if mark is None:
        raise PositionsMoved(f"the log does not reach to position {position} any more")
    return mark


def why_estranged(reader: LogReader, positions: Positions) -> str:
    """Return why a view that stands there is not of this log, nothing where it is.

    Raises:
        StoreUnavailable: when the log is away.

    """
    furthest = max([positions.view, *positions.partitions])
    if not furthest:
        return ""
    mark = reader.mark_at(positions.view)
    if mark == positions.mark and (furthest == positions.view or reader.mark_at(furthest) is not None):
        return ""
    if not positions.mark:
        return UNMARKED if positions.view else NEWER
    log_id = log_of(reader.mark_at(0))
    if log_of(positions.mark) != log_id:
        return ANOTHER_LOG
    return OTHER_HISTORY if mark is not None and mark != positions.mark else NEWER
