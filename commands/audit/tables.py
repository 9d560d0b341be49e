"""The rows of a process manager's tables as the audit reads them, and the violation for a row that differs from the log.

The tables are read before the log. Only cases opened at or before the tables' `position` are compared, so writers need not stop.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from commands.audit.violations import TableDiffers


class CaseRow(NamedTuple):
    """A row for a case that waits or is due at a time, set aside or not; `part` numbers the cases that the fact at `position` opened."""

    key: str
    position: int
    part: int
    case_id: str
    account_id: str


class CameRow(NamedTuple):
    """A row for an event that cases wait for: its number and its position."""

    key: str
    number: int
    position: int


class ManagerTables(msgspec.Struct, frozen=True):
    """The tables of one process manager as they were at one moment, when it had processed the log up to `position`."""

    manager: str
    position: int
    cases: Sequence[CaseRow]
    came: Sequence[CameRow] = ()


def differs(position: int, table: str, key: str, in_log: str, in_table: str) -> TableDiffers:
    """Return the violation for a row that differs in a table that reflects the log up to a position."""
    return TableDiffers(position=position, stream_id="", fact="", table=table, key=key, in_log=in_log[:300], in_table=in_table[:300])
