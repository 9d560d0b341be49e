"""The process managers of a history: the real SQL on a real PostgreSQL, in two processes that race, crash and lose their connections."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from random import Random
from typing import Any

import msgspec
import psycopg

from commands.dispatch.batch import Answer
from commands.log_reader import LogFilter, LogStretch
from commands.ports import StoreUnavailable
from commands.process_manager import ProcessManager
from commands.registry import process_managers
from domain.fact import Fact, Recorded
from infra.process_managers.case_projector import CaseProjector
from infra.process_managers.tables import create_tables
from infra.process_managers.worker import CaseWorker, ClocksDisagree, NotNow
from tests.simulation.clocks import Clocks, moment
from tests.simulation.database import Database
from tests.simulation.faults import Crashed, Faults
from tests.simulation.judge.record import claim
from tests.simulation.processes import Process

NEVER_PLAYED_AFTER_HOURS = 3.0
TURNS_MAX = 2_000
ROUNDS_MAX = 50
RUSH_STEPS = 200
QUIET_ROUNDS_MAX = 3
"""After so many rounds with nothing left to do nothing more will be done."""
PAUSE_US = 3_600_000_000
"""Longer than a case that was refused waits for its next try."""

LEFT = ("open_leg", "unsettled_leg", "unvoided_market", "unplayed_fixture", "pending_bet", "expiring_bonus")
"""Tables that are empty once everything was done."""

NOT_NOW = (psycopg.Error, StoreUnavailable, NotNow, ClocksDisagree)
"""What the runner pauses for, and begins anew."""


class LogTail:
    """The log as a process manager reads it."""

    def __init__(self, log: Any) -> None:
        self._log = log

    def read_filtered(self, wanted: LogFilter, after: int, limit: int) -> LogStretch:
        found: LogStretch = self._log.read_filtered(wanted, after, limit)
        return found

    def naming(self, kinds: Iterable[type[Fact]], stream_id: str, after: int, upto: int, limit: int) -> Sequence[Recorded]:
        wanted, named = tuple(kinds), stream_id.encode()
        facts = [fact for fact in self._log.read(after, max(upto - after, 0)) if isinstance(fact.body, wanted)]
        return [fact for fact in facts if fact.stream_id == stream_id or named in msgspec.json.encode(fact.body)][:limit]

    def mark_at(self, position: int) -> str | None:
        mark: str | None = self._log.mark_at(position)
        return mark

    def wait(self, timeout_ms: int) -> None:
        del timeout_ms

    def close(self) -> None:
        """Nothing is open."""


class LocalClock:
    """The clock of a process."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def now(self) -> datetime:
        return moment(self._process.local_us())


class Asking:
    """How a worker asks its process's dispatcher: it turns it until everything is answered, and goes down with it."""

    def __init__(self, process: Process, meanwhile: Callable[[], None]) -> None:
        self._process, self._meanwhile = process, meanwhile

    def try_many(self, commands: Sequence[Any]) -> list[Answer | BaseException]:
        lives, answers = self._process.lives, dict[int, Answer | BaseException]()
        for number, command in enumerate(commands):
            self._process.submit(command, lambda answer, number=number: answers.__setitem__(number, answer))
        for _ in range(TURNS_MAX):
            if len(answers) == len(commands):
                return [answers[number] for number in range(len(commands))]
            self._process.turn()
            if self._process.lives != lives:
                raise Crashed
            self._meanwhile()
        raise AssertionError("a worker is answered")


class Managing:
    """Two processes that run every manager: a projector each, and a worker for each manager."""

    def __init__(self, database: Database, log: Any, rng: Random, faults: Faults, clocks: Clocks, processes: Sequence[Process]) -> None:
        self._database, self._log, self._rng, self._faults, self._clocks = database, log, rng, faults, clocks
        self._processes = processes[:2]
        self._managers: tuple[ProcessManager, ...] = process_managers(NEVER_PLAYED_AFTER_HOURS)
        database.show(clocks.database_us())
        create_tables(database.url, self._managers)
        self._is_log_elsewhere, self._noted = not database.has("stored_events_batches"), 0
        self._note_log()
        self._parts: dict[tuple[int, int], Any] = {}
        self._backends: dict[tuple[int, int], int] = {}
        self._running: set[int] = set()
        self.checks = 0

    def step(self) -> None:
        """Let one part of one process do something: its projector, or one of its workers."""
        number = self._rng.randrange(len(self._processes))
        if number not in self._running and not self._processes[number].turning:
            self._guarded(number, self._rng.randrange(len(self._managers) + 1))

    def _guarded(self, number: int, part: int) -> None:
        """Let a part work; whatever befalls it, it is closed, and opened anew the next time."""
        self._running.add(number)
        self._database.show(self._clocks.database_us())
        self._note_log()
        try:
            found = self._parts.get((number, part)) or self._open(number, part)
            if self._faults.strikes("manager's connection broke", 600):
                found._connection.close()
            self._work(found)
        except NOT_NOW:
            self._close(number, part)
        except Crashed:
            self._faults.counts["process managers crashed"] += 1
            for each in range(len(self._managers) + 1):
                self._close(number, each)
        finally:
            self._running.discard(number)

    def _note_log(self) -> None:
        """Let the database know when each commit was, where the log is not in it."""
        if self._is_log_elsewhere:
            facts = self._log.read(self._noted, 1_000_000)
            if facts or not self._noted:
                self._database.note_batches(facts)
            self._noted += len(facts)

    @staticmethod
    def _work(part: "CrashingProjector | CrashingWorker") -> None:
        if isinstance(part, CaseProjector):
            part.take_turns()
            part.project()
        else:
            part.step()

    def _open(self, number: int, part: int) -> Any:
        if part == len(self._managers):
            opened: Any = CrashingProjector(self._database.url, LogTail(self._log), self._managers, self._faults, self._clocks)
        else:
            process = self._processes[number]
            asking = Asking(process, lambda: self._meanwhile(number))
            opened = CrashingWorker(self._database.url, asking, self._managers[part], self._faults, LocalClock(process), self._rng)
        self._parts[number, part] = opened
        self._backends[number, part] = opened._connection.info.backend_pid
        return opened

    def _close(self, number: int, part: int) -> None:
        found = self._parts.pop((number, part), None)
        if found is not None:
            with suppress(psycopg.Error):
                found.close()
            self._database.wait_until_gone(self._backends.pop((number, part)))

    def _meanwhile(self, number: int) -> None:
        """While one process waits for answers, its rows locked, the other goes on."""
        other = 1 - number
        if self._rng.randrange(4) == 0 and other not in self._running and not self._processes[other].turning:
            self._faults.counts["process managers raced"] += 1
            self._guarded(other, self._rng.randrange(len(self._managers) + 1))

    def rush(self) -> None:
        """Everything came out at once: go on for a while, as things go wrong."""
        for _ in range(RUSH_STEPS):
            self._clocks.go_on()
            self.step()

    def finish(self, settle_down: Callable[[], None], is_done: Callable[[], bool]) -> None:
        """Go on until everything is done that there is to do; nothing may be left in the tables then."""
        left, quiet = {"": 1}, 0
        for _ in range(ROUNDS_MAX):
            for number in range(len(self._processes)):
                for part in (len(self._managers), *range(len(self._managers))):
                    self._guarded(number, part)
            settle_down()
            left = self._database.count(*LEFT)
            quiet = 0 if any(left.values()) else quiet + 1
            if quiet and (is_done() or quiet > QUIET_ROUNDS_MAX):
                break
            self._clocks.true_us += PAUSE_US
        self.checks += 1
        claim(not any(left.values()), "no case is left over in the end", left)

    def close(self) -> None:
        """Give up every connection."""
        for number, part in list(self._parts):
            self._close(number, part)


class CrashingProjector(CaseProjector):
    """A projector of cases whose process dies before or after a commit."""

    def __init__(self, url: str, tail: Any, managers: Sequence[ProcessManager], faults: Faults, clocks: Clocks) -> None:
        self._faults = faults
        super().__init__(url, tail, managers, facts_per_batch=20, monotonic_s=lambda: clocks.true_us / 1e6)

    def _write(self, *given: Any) -> Any:
        with self._connection.transaction():
            lost = super()._write(*given)
            if self._faults.strikes("cases were not committed"):
                raise Crashed
        if self._faults.strikes("cases were committed, and the process died"):
            raise Crashed
        return lost


class CrashingWorker(CaseWorker):
    """A worker whose process dies before it drops what it did, or after; it never waits for long."""

    def __init__(self, url: str, asking: Any, manager: ProcessManager, faults: Faults, clock: Any, rng: Random) -> None:
        self._faults = faults
        super().__init__(url, asking, manager, cases_per_chunk=rng.choice([1, 3, 50]), clock=clock)

    def wait(self) -> None:
        """Come back at once."""

    def _before_commit(self) -> None:
        if self._faults.strikes("done, and not dropped", 2_000):
            raise Crashed
