"""What a stretch of the log changes in the tables of a manager, as rows."""

from collections.abc import Mapping, Sequence
from struct import Struct
from typing import assert_never

import structlog

from commands.process_manager import Came, Change, Due, Over, ProcessManager, Waits, partition_of_case
from domain.fact import Recorded
from domain.partitions import PARTITIONS
from infra.eventstore.fact_encoding import COPY_HEADER, COPY_TRAILER, uuid_bytes

ALL_FROM_THE_START = dict.fromkeys(range(PARTITIONS), 0)
"""Every partition, standing before the first position."""

logger = structlog.get_logger()

_row = Struct(">hi16siqiii16si16s").pack
"""A row of five columns: key, position, part, case, account, each with its length before it."""


class Changes:
    """The changes of a stretch, folded in the order of the log: what is over is not waited for, unless it begins to be again later.

    They are true up to the position `upto`, which is before a fact that the manager could not take; `trouble` says why. Only what is in
    partitions that are kept is taken, and in each only what is after the position that it stands at; `touched` are those that change.
    """

    def __init__(self, upto: int, kept: Mapping[int, int] = ALL_FROM_THE_START) -> None:
        self.upto = upto
        self._kept = kept
        self.touched: set[int] = set()
        self.trouble: Exception | None = None
        self.waiting: list[tuple[str, bytes]] = []
        self.came: list[tuple[str, int, int]] = []
        self.due: list[tuple[str, int, int, str, int]] = []
        self.over: list[str] = []

    @property
    def copied(self) -> bytes:
        """The rows that wait, in Postgres' binary form."""
        return b"".join((COPY_HEADER, *(row for _, row in self.waiting), COPY_TRAILER))

    def take(self, changes: Sequence[Change], position: int) -> None:
        """Take what the fact at a position changes, all of it or nothing.

        Raises:
            ValueError: when it names what is no id.

        """
        rows = [(partition_of_case(change.key), _encoded(change, position)) for change in changes]
        for change, (partition, row) in zip(changes, rows, strict=True):
            if self._kept.get(partition, position) >= position:
                continue
            self.touched.add(partition)
            match change:
                case Waits():
                    self.waiting.append((change.key, row))
                case Came():
                    self.came.append((change.key, change.number, position))
                case Due():
                    self.due.append((change.key, partition, position, change.case_id, change.at_us))
                case Over():
                    self.over.append(change.key)
                    self.waiting = [one for one in self.waiting if one[0] != change.key]
                    self.due = [one for one in self.due if one[0] != change.key]
                case _:
                    assert_never(change)


def _encoded(change: Change, position: int) -> bytes:
    """Return the row of a case that waits, nothing for another change; either way, its ids are looked at.

    Raises:
        ValueError: when an id is none.

    """
    key = uuid_bytes(change.key)
    if isinstance(change, Waits):
        return _row(5, 16, key, 8, position, 4, change.part, 16, uuid_bytes(change.case_id), 16, uuid_bytes(change.account_id))
    if isinstance(change, Due):
        uuid_bytes(change.case_id)
    return b""


def changes_of(manager: ProcessManager, facts: Sequence[Recorded], upto: int, kept: Mapping[int, int] = ALL_FROM_THE_START) -> Changes:
    """Return what facts change in the partitions kept of a manager, up to before one that it must understand and does not, or breaks on.

    A fact that names what is no id is passed over, with an error in the log: nothing could be done about it.
    """
    found = Changes(upto, kept)
    for recorded in facts:
        try:
            changes = manager.react(recorded)
        except Exception as error:  # noqa: BLE001  (whatever it is, this manager stays before the fact, and the others go on)
            found.upto, found.trouble = recorded.position - 1, error
            break
        try:
            found.take(changes, recorded.position)
        except ValueError:
            told = {"stream_id": recorded.stream_id, "position": recorded.position}
            logger.exception("a fact contains a malformed id and is skipped", manager=manager.name, **told)
    return found
