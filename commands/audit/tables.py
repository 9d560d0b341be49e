"""The rows of a process manager's tables as the audit reads them, and the violation for a row that differs from the log.

The tables are read before the log. Only cases opened up to where the partition of their key stood are compared, so writers need not stop.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from commands.audit.violations import TableDiffers
from commands.process_manager import partition_of_case
from domain.partitions import PARTITIONS


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
    """The tables of one process manager as they were at one moment, and up to where each partition had processed the log then."""

    manager: str
    positions: Mapping[int, int]
    cases: Sequence[CaseRow]
    came: Sequence[CameRow] = ()

    @property
    def position(self) -> int:
        """Up to where all partitions had."""
        return min(self.positions.get(partition, 0) for partition in range(PARTITIONS))

    def upto(self, key: str) -> int:
        """Return up to where the rows with a key are true; for what is no id, where all are."""
        try:
            return self.positions.get(partition_of_case(key), 0)
        except ValueError:
            return self.position


def differs(position: int, table: str, key: str, in_log: str, in_table: str) -> TableDiffers:
    """Return the violation for a row that differs in a table that reflects the log up to a position."""
    return TableDiffers(position=position, stream_id="", fact="", table=table, key=key, in_log=in_log[:300], in_table=in_table[:300])
