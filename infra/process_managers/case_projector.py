"""Keeps the tables of process managers true up to a position of the log each, which is written with them in one transaction."""

import time
from collections.abc import Callable, Iterator, Sequence

import structlog

from commands.process_manager import FactNotUnderstood, ProcessManager, Waits
from infra.log.shared_reader import Delivery, LogConsumer, SharedReader
from infra.log.tail import Tail
from infra.process_managers.changes import Changes, changes_of
from infra.process_managers.tables import TURN, Statements, connect
from infra.readmodels.log_mark import why_estranged
from infra.readmodels.port import Standing

FACTS_PER_BATCH_MAX = 8_192
TURN_EVERY_S = 0.25
WAIT_MS_MAX = 500
GATHER_S = 0.02
"""How long to let facts gather after a wake-up: under load every commit wakes, and a stretch costs little more than a fact."""
RECALLED_PER_QUESTION = 8_192
PAUSE_S_FIRST = 0.1
PAUSE_S_MAX = 5.0

Columns = tuple[list[str], list[int], list[int], list[str], list[str]]
"""Cases as they wait, by column: key, position, part, case, account."""

logger = structlog.get_logger()


class PositionMoved(Exception):  # noqa: N818  (named for what happened)
    """Another process kept the tables meanwhile, or the log is another one; what was about to be written is not."""


class FollowedManager(LogConsumer):
    """A manager that follows the log: where it stands, whether it is this process's turn, and when the turn is tried again."""

    def __init__(self, manager: ProcessManager) -> None:
        super().__init__(manager.wanted)
        self.manager = manager
        self.sql = Statements(manager.tables)
        self.has_turn = False
        self.next_try_s = 0.0
        self.pause_s = PAUSE_S_FIRST
        self.told = ""


class CaseProjector:
    """Has several managers follow one log, each from its own position, those whose turn it is in this process. For one thread.

    The turn is an advisory lock held by the very connection that writes: when that is lost, so is the turn. The tail is closed with it.
    With the position the log's mark is kept: where the log is another one or was restored, or the manager's rules are others, its tables
    are begun anew. A manager that cannot go on gives its turn to a newer process, and the others go on.
    """

    def __init__(
        self,
        dsn: str,
        tail: Tail,
        managers: Sequence[ProcessManager],
        *,
        facts_per_batch: int = FACTS_PER_BATCH_MAX,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tail = tail
        self._shared: SharedReader[FollowedManager] = SharedReader(tail, facts_per_stretch=facts_per_batch)
        self._monotonic_s = monotonic_s
        self._connection = connect(dsn, "process managers: cases")
        self._followed = [FollowedManager(manager) for manager in managers]

    def step(self) -> None:
        """Take the turns that are free, or read what is new, or wait for something new; come back within half a second to be asked again.

        Raises:
            psycopg.Error, StoreUnavailable: when the database is unavailable.

        """
        self.take_turns()
        if not self.project():
            self._shared.wait(WAIT_MS_MAX)
            time.sleep(GATHER_S)

    def take_turns(self) -> None:
        """Take every turn that is free and due to be tried.

        Raises:
            psycopg.Error, StoreUnavailable: when the database is unavailable.

        """
        for followed in self._followed:
            if not followed.has_turn and followed.next_try_s <= self._monotonic_s():
                self._take_turn(followed)

    def _take_turn(self, followed: FollowedManager) -> None:
        manager, sql = followed.manager, followed.sql
        taken = self._connection.execute(sql.take_turn, (TURN, manager.name)).fetchone()
        if taken is None or not taken[0]:
            followed.next_try_s = self._monotonic_s() + TURN_EVERY_S
            return
        row = self._connection.execute(sql.position, (manager.name,)).fetchone()
        assert row is not None, "the position of a manager is one row"
        position, mark, version = row
        if why := why_estranged(self._tail, Standing(position, mark)):
            logger.error(
                "the tables of a process manager belong to another log and are rebuilt", manager=manager.name, why=f"the table {why}"
            )
        if why or version != manager.version:
            self._begin_anew(followed)
            position, mark = 0, ""
        followed.advance(position, mark)
        followed.has_turn = True
        self._shared.join(followed)
        logger.info("a process manager follows the log", manager=manager.name, position=position)

    def _begin_anew(self, followed: FollowedManager) -> None:
        sql = followed.sql
        with self._connection.transaction():
            if sql.has_waiting:
                self._connection.execute(sql.forget_waiting)
            self._connection.execute(sql.forget_later)
            self._connection.execute(sql.begin_anew, (followed.manager.version, followed.manager.name))

    def project(self) -> int:
        """Read the next stretch of the log for the managers whose turn it is; return by how many positions they went on together.

        Managers that stand at one position share what is read, so that one which is far behind holds up no other.

        Raises:
            psycopg.Error, StoreUnavailable: when the database is unavailable. What another manager wrote before stays.

        """
        passed = 0
        for delivery in self._shared.turn():
            try:
                passed += self._go_on(delivery.consumer, delivery)
            except PositionMoved as error:
                self._stand_aside(delivery.consumer, error)
        return passed

    def _go_on(self, followed: FollowedManager, delivery: Delivery[FollowedManager]) -> int:
        """Write what a stretch changes for a manager, up to before a fact that it cannot take; return by how many positions it went on."""
        if delivery.is_of_another_log:
            raise PositionMoved("the log is another one, or was restored")
        facts = delivery.facts if delivery.unknown is None else [*delivery.facts, delivery.unknown]
        changes = changes_of(followed.manager, facts, delivery.upto)
        passed = changes.upto - followed.position
        if passed:
            mark = delivery.mark if changes.upto == delivery.upto else self._tail.mark_at(changes.upto)
            if mark is None:
                raise PositionMoved(f"the log does not reach to position {changes.upto} any more")
            again = [rows for key, number, _ in changes.came if number > 1 for rows in self._recalled(followed.manager, key, changes.upto)]
            self._write(followed, changes, again, mark)
            followed.advance(changes.upto, mark)
        if changes.trouble is not None:
            self._stand_aside(followed, changes.trouble)
        elif passed:
            followed.pause_s, followed.told = PAUSE_S_FIRST, ""
        return passed

    def _stand_aside(self, followed: FollowedManager, error: Exception) -> None:
        """Give up a manager's turn, say why, and try again after a pause that doubles up to five seconds."""
        self._connection.execute(followed.sql.give_up_turn, (TURN, followed.manager.name))
        reason = f"{type(error).__name__}: {error}".strip()[:200]
        is_expected = isinstance(error, PositionMoved | FactNotUnderstood)
        trace = error if not is_expected and reason != followed.told else None
        log = logger.warning if is_expected else logger.error
        log("a process manager pauses", manager=followed.manager.name, pause_s=followed.pause_s, reason=reason, exc_info=trace)
        followed.has_turn, followed.told = False, reason
        self._shared.leave(followed)
        followed.next_try_s = self._monotonic_s() + followed.pause_s
        followed.pause_s = min(PAUSE_S_MAX, followed.pause_s * 2)

    def _recalled(self, manager: ProcessManager, key: str, upto: int) -> Iterator[Columns]:
        """Yield every case that ever waited for what came anew, as columns: the log says which; the tables forget what is done."""
        after = 0
        while facts := self._tail.naming(manager.reactions, key, after, upto, RECALLED_PER_QUESTION):
            found = [(recorded.position, change) for recorded in facts for change in manager.react(recorded)]
            cases = [(position, change) for position, change in found if isinstance(change, Waits) and change.key == key]
            yield (
                [key] * len(cases),
                [position for position, _ in cases],
                [case.part for _, case in cases],
                [case.case_id for _, case in cases],
                [case.account_id for _, case in cases],
            )
            after = facts[-1].position

    def _write(self, followed: FollowedManager, changes: Changes, again: Sequence[Columns], mark: str) -> None:
        sql, name = followed.sql, followed.manager.name
        with self._connection.transaction(), self._connection.cursor() as cursor:
            move = (changes.upto, mark, name, followed.position)
            if cursor.execute(sql.advance_position, move, prepare=True).rowcount != 1:
                raise PositionMoved("another process went on meanwhile")
            if changes.over:
                if sql.has_waiting:
                    cursor.execute(sql.drop_over_waiting, (changes.over,), prepare=True)
                cursor.execute(sql.drop_over_later, (changes.over,), prepare=True)
            if changes.waiting:
                with cursor.copy(sql.copy_waiting) as copy:
                    copy.write(changes.copied)
            for columns in again:
                cursor.execute(sql.insert_waiting, columns)
            for due in changes.due:
                cursor.execute(sql.insert_later, due, prepare=True)
            for came in changes.came:
                cursor.execute(sql.insert_came, came, prepare=True)
            if changes.came:
                cursor.execute(sql.announce)
            self._before_commit()

    def _before_commit(self) -> None:
        """Do nothing; the seam where tests kill."""

    def close(self) -> None:
        """Give up the connections, and with them the turns."""
        self._connection.close()
        self._tail.close()
