"""The rows of a process manager's tables as the audit reads them, and how one that differs from the log is told.

They are read before the log is: whatever is open where the log ends was open then, so nothing has to stand still.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from commands.audit.violations import TableDiffers


class CaseRow(NamedTuple):
    """A case that waits, or has a time, set aside or not: of the `part`th thing that the fact at `position` made."""

    key: str
    position: int
    part: int
    case_id: str
    account_id: str


class CameRow(NamedTuple):
    """What came, for the how manieth time and at which position, as long as cases wait for it."""

    key: str
    number: int
    position: int


class ManagerTables(msgspec.Struct, frozen=True):
    """The tables of one process manager as they were at one moment, true up to `position` of the log."""

    manager: str
    position: int
    cases: Sequence[CaseRow]
    came: Sequence[CameRow] = ()


def differs(position: int, table: str, key: str, in_log: str, in_table: str) -> TableDiffers:
    """Return how a row of a table that is true up to a position differs."""
    return TableDiffers(position=position, stream_id="", fact="", table=table, key=key, in_log=in_log[:300], in_table=in_table[:300])
