"""Keeps the rows of process managers true up to a position of the log for each partition, which is written with them in one transaction."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence

import psycopg
import structlog
from psycopg.rows import TupleRow

from commands.process_manager import FactNotUnderstood, ProcessManager, Waits, partition_of_case
from infra.log.shared_reader import Delivery, SharedReader
from infra.log.tail import Tail
from infra.process_managers.changes import Changes, changes_of
from infra.process_managers.cohorts import PAUSE_S_FIRST, Cohort, FollowedManager, cohorts_with, merged
from infra.process_managers.tables import connect
from infra.readmodels.log_mark import LogMarks
from infra.readmodels.port import Standing

FACTS_PER_BATCH_MAX = 8_192
TURN_EVERY_S = 0.25
TELL_EVERY_S = 0.25
"""How often partitions that nothing changes are written to stand where they are, while others change."""
WAIT_MS_MAX = 500
GATHER_S = 0.05
"""How long to let facts gather, after a wake-up and after a short stretch: under load every commit wakes, and a stretch costs little more
than a fact."""
RECALLED_PER_QUESTION = 8_192
PAUSE_S_MAX = 5.0

Columns = tuple[list[str], list[int], list[int], list[str], list[str]]
"""Cases as they wait, by column: key, position, part, case, account."""

logger = structlog.get_logger()


class PositionMoved(Exception):  # noqa: N818  (named for what happened)
    """Another process kept the tables meanwhile, or the log is another one; what was about to be written is not."""


class CaseProjector:
    """Has several managers follow one log, with the partitions that this process keeps of each. For one thread.

    What it keeps is a fair share of the partitions, or `partitions` where a group assigns them; see `PartitionTurns`. The locks are held by
    the very connection that writes: when that is lost, so are they. The tail is closed with it. With each position the log's mark is kept:
    where the log is another one or was restored, or the manager's rules are others, the rows of the partition are begun anew. A manager
    that cannot go on gives its partitions to a newer process, and the others go on.
    """

    def __init__(
        self,
        dsn: str,
        tail: Tail,
        managers: Sequence[ProcessManager],
        *,
        partitions: Collection[int] | None = None,
        facts_per_batch: int = FACTS_PER_BATCH_MAX,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tail = tail
        self._shared: SharedReader[Cohort] = SharedReader(tail, facts_per_stretch=facts_per_batch)
        self._near = facts_per_batch
        self._monotonic_s = monotonic_s
        self._tell_at_s = 0.0
        self._connection = connect(dsn, "process managers: cases")
        self._followed = [FollowedManager(manager, self._connection, partitions) for manager in managers]

    def step(self) -> None:
        """Take what is free, and read what is new or wait for something new; come back within half a second to be asked again.

        Raises:
            psycopg.Error, StoreUnavailable: when the database is unavailable.

        """
        self.take_turns()
        passed = self.project()
        if not passed:
            self._shared.wait(WAIT_MS_MAX)
        if passed < self._near // 2:
            time.sleep(GATHER_S)

    def held(self, manager: str) -> frozenset[int]:
        """Return the partitions of a manager that this process keeps."""
        return next(followed.held for followed in self._followed if followed.manager.name == manager)

    def take_turns(self) -> None:
        """Take partitions that are free, up to this process's share, and give up what is beyond it, for managers that are due to be tried.

        Raises:
            psycopg.Error, StoreUnavailable: when the database is unavailable.

        """
        for followed in self._followed:
            if followed.next_try_s <= self._monotonic_s():
                followed.next_try_s = self._monotonic_s() + TURN_EVERY_S
                self._take_share(followed)

    def _take_share(self, followed: FollowedManager) -> None:
        share, held = followed.turns.share(), followed.held
        if len(held) > share:
            self._tell(followed)
            self._give_up(followed, sorted(held)[share:])
        elif len(held) < share and (taken := followed.turns.take(share - len(held), held)):
            try:
                stands = self._standing(followed, taken)
            except PositionMoved:
                followed.turns.give_up(taken)
                return
            self._regroup(followed, cohorts_with(followed, stands, self._near))
            told = {"partitions": len(taken), "in_all": len(followed.held), "position": min(each.position for each in stands.values())}
            logger.info("a process manager follows the log", manager=followed.manager.name, **told)

    def _standing(self, followed: FollowedManager, partitions: Sequence[int]) -> dict[int, Standing]:
        """Return where partitions stand; those that are of another log or of other rules are begun anew."""
        manager, marks = followed.manager, LogMarks(self._tail)
        rows = self._connection.execute(followed.sql.positions, (manager.name, partitions)).fetchall()
        assert len(rows) == len(partitions), "every partition of a manager has a row"
        estranged = {row[0]: why for row in rows if (why := marks.why_estranged(Standing(row[1], row[2])))}
        for why in sorted(set(estranged.values())):
            told = {"why": f"the table {why}", "partitions": sum(each == why for each in estranged.values())}
            logger.error("the tables of a process manager belong to another log and are rebuilt", manager=manager.name, **told)
        outdated = [row for row in rows if row[0] in estranged or row[3] != manager.version]
        if outdated:
            self._begin_anew(followed, outdated)
        return {row[0]: Standing(0) if row in outdated else Standing(row[1], row[2]) for row in rows}

    def _begin_anew(self, followed: FollowedManager, rows: Sequence[tuple[int, int, str, str]]) -> None:
        sql, manager, partitions = followed.sql, followed.manager, [row[0] for row in rows]
        with self._connection.transaction(), self._connection.cursor() as cursor:
            if cursor.execute(sql.lock_positions, (manager.name, partitions)).fetchall() != list(rows):
                raise PositionMoved("another process went on meanwhile")
            keys = [key for (key,) in cursor.execute(sql.held_keys) if partition_of_case(key) in partitions]
            if sql.has_waiting:
                cursor.execute(sql.drop_over_waiting, (keys,))
                cursor.execute(sql.forget_came, (keys,))
            cursor.execute(sql.drop_over_later, (keys,))
            cursor.execute(sql.begin_anew, (manager.version, manager.name, partitions))

    def project(self) -> int:
        """Read the next stretch of the log for the partitions that are kept; return by how many positions they went on together.

        Managers, and partitions of one, that stand at one position share what is read, so that one which is far behind holds up no other.

        Raises:
            psycopg.Error, StoreUnavailable: when the database is unavailable. What another manager wrote before stays.

        """
        passed = 0
        for delivery in self._shared.turn():
            cohort = delivery.consumer
            if cohort not in cohort.followed.cohorts:
                continue
            try:
                passed += self._go_on(cohort, delivery)
            except PositionMoved as error:
                self._stand_aside(cohort.followed, error)
        for followed in self._followed:
            self._regroup(followed, merged(followed.cohorts))
        if not passed or self._tell_at_s <= self._monotonic_s():
            self._tell_at_s = self._monotonic_s() + TELL_EVERY_S
            for followed in self._followed:
                self._tell(followed)
        return passed

    def _go_on(self, cohort: Cohort, delivery: Delivery[Cohort]) -> int:
        """Write what a stretch changes for a cohort, up to before a fact that it cannot take; return by how many positions it went on."""
        if delivery.is_of_another_log:
            raise PositionMoved("the log is another one, or was restored")
        followed = cohort.followed
        facts = delivery.facts if delivery.unknown is None else [*delivery.facts, delivery.unknown]
        changes = changes_of(followed.manager, facts, delivery.upto, cohort.positions)
        passed = changes.upto - cohort.position
        if passed:
            mark = delivery.mark if changes.upto == delivery.upto else self._tail.mark_at(changes.upto)
            if mark is None:
                raise PositionMoved(f"the log does not reach to position {changes.upto} any more")
            while lost := self._written(cohort, changes, mark):
                self._give_up(followed, lost)
                changes = changes_of(followed.manager, facts, delivery.upto, cohort.positions)
            cohort.advance(changes.upto, mark)
        if changes.trouble is not None:
            self._stand_aside(followed, changes.trouble)
        elif passed:
            followed.pause_s, followed.told = PAUSE_S_FIRST, ""
        return passed

    def _written(self, cohort: Cohort, changes: Changes, mark: str) -> Collection[int]:
        """Write changes; return the partitions because of which nothing was written, since another process moved them on."""
        if not changes.touched:
            return ()
        manager = cohort.followed.manager
        again = [rows for key, number, _ in changes.came if number > 1 for rows in self._recalled(manager, key, changes.upto)]
        lost = self._write(cohort, changes, again, mark)
        if not lost:
            cohort.stands.update(dict.fromkeys(changes.touched, Standing(changes.upto, mark)))
        return lost

    def _tell(self, followed: FollowedManager) -> None:
        """Write where partitions stand that nothing has changed."""
        for cohort in list(followed.cohorts):
            if untold := cohort.untold:
                lost = self._advanced(cohort, list(untold), cohort.position, cohort.mark, self._connection.cursor())
                cohort.stands.update(dict.fromkeys(untold, Standing(cohort.position, cohort.mark)))
                self._give_up(followed, lost)

    def _advanced(self, cohort: Cohort, partitions: Sequence[int], upto: int, mark: str, cursor: psycopg.Cursor[TupleRow]) -> list[int]:
        """Move partitions on from where they stand; return those that stood elsewhere, and were not."""
        manager, stands = cohort.followed.manager, [cohort.stands[partition] for partition in partitions]
        move = {
            "manager": manager.name,
            "version": manager.version,
            "partitions": partitions,
            "positions": [standing.position for standing in stands],
            "marks": [standing.mark for standing in stands],
            "upto": upto,
            "mark": mark,
        }
        moved = {row[0] for row in cursor.execute(cohort.followed.sql.advance_positions, move, prepare=True)}
        return [partition for partition in partitions if partition not in moved]

    def _give_up(self, followed: FollowedManager, partitions: Collection[int]) -> None:
        """Keep partitions no longer; who finds them free goes on from where they were written to stand."""
        if partitions:
            for cohort in followed.cohorts:
                cohort.stands = {partition: standing for partition, standing in cohort.stands.items() if partition not in partitions}
            self._regroup(followed, [cohort for cohort in followed.cohorts if cohort.stands])
            followed.turns.give_up(partitions)

    def _regroup(self, followed: FollowedManager, cohorts: list[Cohort]) -> None:
        for cohort in followed.cohorts:
            if cohort not in cohorts:
                self._shared.leave(cohort)
        for cohort in cohorts:
            if cohort not in followed.cohorts:
                self._shared.join(cohort)
        followed.cohorts = cohorts

    def _stand_aside(self, followed: FollowedManager, error: Exception) -> None:
        """Give up a manager's partitions, say why, and try again after a pause that doubles up to five seconds."""
        is_expected = isinstance(error, PositionMoved | FactNotUnderstood)
        if not isinstance(error, PositionMoved):
            self._tell(followed)
        self._give_up(followed, followed.held)
        followed.turns.leave()
        reason = f"{type(error).__name__}: {error}".strip()[:200]
        trace = error if not is_expected and reason != followed.told else None
        log = logger.warning if is_expected else logger.error
        log("a process manager pauses", manager=followed.manager.name, pause_s=followed.pause_s, reason=reason, exc_info=trace)
        followed.told = reason
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

    def _write(self, cohort: Cohort, changes: Changes, again: Sequence[Columns], mark: str) -> Collection[int]:
        sql, lost = cohort.followed.sql, list[int]()
        with self._connection.transaction(), self._connection.cursor() as cursor:
            lost = self._advanced(cohort, sorted(changes.touched), changes.upto, mark, cursor)
            if lost:
                raise psycopg.Rollback
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
        return lost

    def _before_commit(self) -> None:
        """Do nothing; the seam where tests kill."""

    def close(self) -> None:
        """Give up the connections, and with them the turns."""
        self._connection.close()
        self._tail.close()
