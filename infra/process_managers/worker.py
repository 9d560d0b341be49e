"""A worker: claims due cases, submits their commands, and deletes what is done, in one transaction per chunk.

A case that is refused is set aside, with an alarm, and retried with growing pauses; it holds up no other.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import structlog

from commands.dispatch.batch import Answer, Contended, LogClockBehind, Overloaded, Stopping
from commands.dispatch.dispatcher import Dispatcher
from commands.ports import StoreUnavailable
from commands.process_manager import Case, ProcessManager
from infra.clock import Clock
from infra.process_managers.tables import Statements, connect

CASES_PER_CHUNK = 2_048
"""A dispatcher that takes as many in a batch settles a fifth more a second than one that takes 512."""
WAIT_S_MAX = 0.5
CLOCK_SKEW_S_MAX = 5.0

logger = structlog.get_logger()


Done = Callable[[str, Sequence[str]], None]
"""Is told how the streams of cases stand that were worked off, with the name of their manager."""


class NotNow(Exception):  # noqa: N818  (named for what happened)
    """The dispatcher takes no commands of this kind at the moment; they are asked for again."""


class ClocksDisagree(Exception):  # noqa: N818  (named for what happened)
    """The clock of this process is too far from the database's: nothing is done until they agree."""


class ClaimedCase(Case, frozen=True, array_like=True, gc=False):
    """A case whose row is locked by us; `row` is where Postgres keeps it.

    `number` is the position at which what it waited for came, or how often it was tried where it was done at a time.
    """

    number: int
    row: str


_cases = msgspec.json.Decoder(list[ClaimedCase]).decode


class Sorted(msgspec.Struct, gc=False):
    """What became of a chunk: rows that are done, rows that were refused with the reason, and how many stay as they are."""

    done: list[str]
    refused: list[str]
    reasons: list[str]
    contended: int


class CaseWorker:
    """Works off the cases of one manager, chunk after chunk. For one thread; several, here and elsewhere, share the work by what they lock.

    A worker goes through the cases in order, from where its last chunk ended, so that it never looks twice at what it just dropped.
    When nothing is left it begins another round, since somebody else's claim may have been given up.
    """

    def __init__(
        self,
        dsn: str,
        dispatcher: Dispatcher,
        manager: ProcessManager,
        *,
        cases_per_chunk: int = CASES_PER_CHUNK,
        clock_skew_s_max: float = CLOCK_SKEW_S_MAX,
        clock: Clock | None = None,
        done: Done | None = None,
    ) -> None:
        self._manager = manager
        self._sql = Statements(manager.tables)
        self._dispatcher = dispatcher
        self._cases_per_chunk = cases_per_chunk
        self._clock = clock or Clock()
        self._done = done
        self._clock_skew_s_max = clock_skew_s_max
        self._connection = connect(dsn, f"process managers: {manager.name}")
        # The index gives the cases in the order in which they are claimed; a sort would lock and read all of them for each chunk.
        self._connection.execute("SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off")
        if self._sql.has_waiting:
            self._connection.execute(self._sql.listen)
        self.contended = self._contended_told = 0
        self._begin_round()

    def _begin_round(self) -> None:
        self._last = (0, 0, 0)
        if self.contended > self._contended_told:
            cases = self.contended - self._contended_told
            logger.info("cases with conflicting writes are retried", manager=self._manager.name, cases=cases, in_all=self.contended)
            self._contended_told = self.contended

    def step(self) -> None:
        """Work off a chunk, or wait for something to come; come back within half a second to be asked again.

        Raises:
            psycopg.Error, StoreUnavailable: when the database is unavailable. TimeoutError: when no answers came.
            NotNow: when the dispatcher is overloaded, stopping, or waits for the log's clock. ClocksDisagree: when ours is wrong.

        """
        fresh = self._last == (0, 0, 0)
        if fresh:
            self._compare_clocks()
        if self._sql.has_waiting and self.due_chunk():
            return
        self._begin_round()
        if fresh and not self.later_chunk():
            if self._sql.has_waiting:
                self._connection.execute(self._sql.drop_drained, prepare=True)
            self.wait()

    def _compare_clocks(self) -> None:
        row = self._connection.execute(self._sql.clock).fetchone()
        assert row is not None, "a clock shows something"
        skew_s = (self._clock.now() - row[0]).total_seconds()
        if abs(skew_s) > self._clock_skew_s_max:
            direction = "ahead of" if skew_s > 0 else "behind"
            raise ClocksDisagree(f"this process' clock is {abs(skew_s):.3f} s {direction} the database's")

    def wait(self) -> None:
        """Return when something came that cases wait for, or after a while."""
        for _ in self._connection.notifies(timeout=WAIT_S_MAX, stop_after=1):
            pass

    def due_chunk(self) -> int:
        """Claim the next cases that are due, have them decided, drop what is done, set aside what is refused; return how many were claimed.

        Raises:
            psycopg.Error, StoreUnavailable, TimeoutError, NotNow: as `step`. The claim is given up then; what was done stays so.

        """
        came, position, part = self._last
        named = {"came": came, "position": position, "part": part, "limit": self._cases_per_chunk}
        with self._connection.transaction():
            cases = self._claimed(self._sql.claim_due, named)
            if cases:
                self._drop_done(self._decided(cases))
        if cases:
            self._last = (cases[-1].number, cases[-1].position, cases[-1].part)
        return len(cases)

    def later_chunk(self) -> int:
        """Work off cases whose time has come, those too that were refused before; return how many.

        Raises:
            psycopg.Error, StoreUnavailable, TimeoutError, NotNow: as `step`.

        """
        with self._connection.transaction():
            cases = self._claimed(self._sql.claim_later, {"manager": self._manager.name, "limit": self._cases_per_chunk})
            if cases:
                sorted_out = self._decided(cases)
                self._connection.execute(self._sql.drop_later, (sorted_out.done,), prepare=True)
                self._connection.execute(self._sql.retry_later, (sorted_out.refused, sorted_out.reasons), prepare=True)
                self._before_commit()
        return len(cases)

    def _claimed(self, claim: Any, parameters: Any) -> list[ClaimedCase]:
        with self._connection.cursor(binary=True) as cursor:
            claimed = cursor.execute(claim, parameters, prepare=True).fetchone()
        return _cases(claimed[0]) if claimed and claimed[0] else []

    def _decided(self, cases: Sequence[ClaimedCase]) -> Sorted:
        """Have the commands of cases decided, whatever the tables say: what follows is found in the log."""
        now, command_of = self._clock.now(), self._manager.command_of
        return self._sort(cases, self._dispatcher.try_many([command_of(case, now) for case in cases]))

    def _sort(self, cases: Sequence[ClaimedCase], answers: Sequence[Any]) -> Sorted:
        found = Sorted([], [], [], 0)
        for case, answer in zip(cases, answers, strict=True):
            if isinstance(answer, Answer):
                found.done.append(case.row)
            elif isinstance(answer, Contended):
                found.contended += 1
            elif isinstance(answer, StoreUnavailable):
                raise answer
            elif isinstance(answer, Overloaded | Stopping | LogClockBehind):
                raise NotNow(type(answer).__name__)
            else:
                found.refused.append(case.row)
                found.reasons.append(f"{type(answer).__name__}: {answer}"[:300].replace("\0", ""))
        self.contended += found.contended
        if self._done is not None:
            self._done(self._manager.name, [getattr(answer.receipt, "status", "") for answer in answers if isinstance(answer, Answer)])
        if found.refused:
            self._alarm(cases, found)
        return found

    def _alarm(self, cases: Sequence[ClaimedCase], found: Sorted) -> None:
        """Tell in one line for each reason which cases are set aside: how many, and the first of them."""
        by_row = {case.row: case for case in cases}
        firsts: dict[str, ClaimedCase] = {}
        kinds = [reason.partition(":")[0] for reason in found.reasons]
        for row, kind in zip(found.refused, kinds, strict=True):
            firsts.setdefault(kind, by_row[row])
        tables = self._manager.tables
        for kind, count in Counter(kinds).items():
            first, reason = firsts[kind], found.reasons[kinds.index(kind)]
            named = {tables.key: first.key, tables.case_id: first.case_id}
            logger.error("cases are set aside", manager=self._manager.name, reason=reason, cases=count, **named)

    def _drop_done(self, found: Sorted) -> None:
        self._connection.execute(self._sql.drop_waiting, (found.done,), prepare=True)
        if found.refused:
            self._connection.execute(self._sql.set_aside, (found.refused, found.reasons), prepare=True)
        self._before_commit()

    def _before_commit(self) -> None:
        """Do nothing; the seam where tests kill."""

    def close(self) -> None:
        """Give up the connection, and with it what is claimed."""
        self._connection.close()
