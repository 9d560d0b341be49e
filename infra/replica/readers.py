"""Reads the whole log from a replica: whoever reads to its end is shown all that the primary had when they asked."""

import time
from collections.abc import Sequence
from contextlib import closing
from typing import ClassVar

from commands.log_reader import LogFilter, LogStretch
from commands.ports import StoreUnavailable
from domain.fact import Recorded
from infra.clock import Clock
from infra.log.audit_tail import AuditTail
from infra.log.tail import Tail

WAIT_S_MAX = 60.0
LOOK_EVERY_S = 0.05


class OnReplica(Tail):
    """A tail of a replica. Views and tables may be of facts that it does not have yet: it waits for these, and is never too short."""

    listens: ClassVar[bool] = False

    def __init__(self, dsn: str, *, primary_dsn: str) -> None:
        super().__init__(dsn)
        self._primary_dsn = primary_dsn
        self._clock = Clock()

    def head(self) -> int:
        """Return the last position, which the primary had when this was asked and the replica has, too.

        Raises:
            StoreUnavailable: when one of them is unavailable, or the replica stays behind for `WAIT_S_MAX`.

        """
        with closing(Tail(self._primary_dsn)) as primary:
            wanted = primary.head()
        until_s = self._clock.monotonic_s() + WAIT_S_MAX
        while (reached := super().head()) < wanted:
            if self._clock.monotonic_s() >= until_s:
                raise StoreUnavailable(f"the read replica is at position {reached:,}, and has not reached {wanted:,} in {WAIT_S_MAX:.0f} s")
            time.sleep(LOOK_EVERY_S)
        return reached

    def mark_at(self, position: int) -> str | None:
        """Return what tells this log up to a position from any other; see `commands.log_reader.LogReader`."""
        mark = super().mark_at(position)
        return super().mark_at(position) if mark is None and self.head() >= position else mark

    def read(self, after: int, limit: int) -> Sequence[Recorded]:
        """Return the facts after a position, at most `limit`, in order."""
        return super().read(after, limit) or (super().read(after, limit) if self.head() > after else ())

    def read_filtered(self, wanted: LogFilter, after: int, limit: int) -> LogStretch:
        """Return what is wanted of the `limit` facts after a position, and where these end."""
        stretch = super().read_filtered(wanted, after, limit)
        return super().read_filtered(wanted, after, limit) if stretch.upto <= after < self.head() else stretch


class ReplicaTail(OnReplica):
    """A `LogReader` over a replica."""


class ReplicaAuditTail(OnReplica, AuditTail):
    """An `AuditLog` over a replica."""
