"""Which partitions of a process manager this process keeps: a fair share of those that are free, or those that a group assigned to it.

Shares are advisory locks of the session that writes: when that ends, however it ends, all of them are free at once. Positions decide what
is written, and not these locks; they only see to it that no two processes do the same work.
"""

from collections.abc import Collection, Sequence

import psycopg
from psycopg.rows import TupleRow

from domain.partitions import PARTITIONS
from infra.process_managers.tables import MEMBERS, TURN, Statements


class PartitionTurns:
    """Takes and gives up partitions of one manager, over the session that writes its rows. For one thread."""

    def __init__(
        self, connection: psycopg.Connection[TupleRow], sql: Statements, manager: str, assigned: Collection[int] | None = None
    ) -> None:
        """Share the partitions with whoever else does; or keep those that a group `assigned` to this process, which asks nobody."""
        self._connection = connection
        self._sql = sql
        self._manager = manager
        self._assigned = None if assigned is None else frozenset(assigned)
        self._is_member = False

    def share(self) -> int:
        """Return how many partitions this process may keep at most, among all that share them now; it is one of those from now on.

        Raises:
            psycopg.Error: when the database is unavailable.

        """
        if self._assigned is not None:
            return len(self._assigned)
        if not self._is_member:
            self._connection.execute(self._sql.join_members, (MEMBERS, self._manager))
            self._is_member = True
        row = self._connection.execute(self._sql.count_members, (MEMBERS, self._manager)).fetchone()
        assert row is not None, "a count is one row"
        return -(-PARTITIONS // max(1, int(row[0])))

    def take(self, wanted: int, held: Collection[int]) -> Sequence[int]:
        """Take so many partitions beside those that are held, as far as they are free; return which.

        Raises:
            psycopg.Error: when the database is unavailable.

        """
        others = [partition for partition in range(PARTITIONS) if partition not in held]
        if self._assigned is not None:
            return [partition for partition in others if partition in self._assigned]
        taken = sorted(row[0] for row in self._connection.execute(self._sql.take_partitions, (others, TURN, self._manager)))
        self.give_up(taken[wanted:])
        return taken[:wanted]

    def give_up(self, partitions: Collection[int]) -> None:
        """Let others take these partitions.

        Raises:
            psycopg.Error: when the database is unavailable.

        """
        if partitions and self._assigned is None:
            self._connection.execute(self._sql.give_up_partitions, (TURN, self._manager, list(partitions)))

    def leave(self) -> None:
        """Count no longer among those who share the partitions, so that the others may take all of them.

        Raises:
            psycopg.Error: when the database is unavailable.

        """
        if self._is_member:
            self._connection.execute(self._sql.leave_members, (MEMBERS, self._manager))
            self._is_member = False
