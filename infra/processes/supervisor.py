"""Supervises the processes of `slipstream up`: restarts roles and servers that crash, and stops the roles together."""

import os
import select
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from types import FrameType
from typing import Any

import structlog

from infra.clock import Clock
from infra.operator_errors import Failure
from infra.processes.file_lock import FileLock
from infra.processes.forks import Forks
from infra.processes.role_process import RESTARTS_MAX, ChildKeepsDying, ChildSpec, RoleProcess, RoleState

STOP_DEADLINE_S = 20.0
REPLACE_SIGNAL = signal.SIGUSR1
REPLACED = "replaced"
"""The file in the folder of pids that says how the last replacement went: `done`, or the role that was not replaced."""

__all__ = ["AlreadyRunning", "ChildKeepsDying", "ChildSpec", "RoleState", "Supervisor", "only_one"]

logger = structlog.get_logger(__name__)


@dataclass(eq=False)
class AlreadyRunning(Failure):
    """Slipstream is already running at {address} (process {pid}): use that one, or stop it first."""

    address: str
    pid: str


@contextmanager
def only_one(run_dir: Path, address: str) -> Iterator[None]:
    """Hold the place of the one `slipstream up` on this data folder; the kernel gives it back however we end.

    Raises AlreadyRunning, with the address the other one announced.
    """
    run_dir.mkdir(parents=True, exist_ok=True)
    lock = FileLock(run_dir / "up.lock")
    if not lock.acquire():
        pid, _, theirs = lock.read().partition(" ")
        raise AlreadyRunning(theirs or "an address it has not told yet", pid or "unknown")
    lock.write(f"{os.getpid()} {address}")
    try:
        yield
    finally:
        lock.release()


class Supervisor:
    """Starts children in their order, starts again those that die, stops all in reverse order at SIGINT or SIGTERM.

    At SIGUSR1 it replaces them in their order, each by a new process of the same role, the next when the one before is done. Where a new
    process does not get ready the old one goes on, and the rest are left as they are.

    A child that dies is started again after a pause that doubles from 0.1 s to 5 s; 60 steady seconds forgive what was before. One that
    died more than 10 times in a row is tried once a minute, with an alarm, and stops no other; only when all do so are they given up.
    A child that is not wanted is asked to leave, and started when it is wanted again; processes of a group are stopped together.
    Children go with the supervisor, even when it is killed. Their pids are in `run_dir/<name>.pid`.
    What they stand on is looked after by `foundations`: each call brings back what has died, or raises what stands in the way.
    With `forks` those that can be are forked; before children are replaced these are renewed, since they have the program as it was.
    """

    def __init__(
        self,
        children: Sequence[ChildSpec],
        *,
        run_dir: Path,
        foundations: Sequence[Callable[[], Any]] = (),
        restarts_max: int = RESTARTS_MAX,
        stop_deadline_s: float = STOP_DEADLINE_S,
        clock: Clock | None = None,
        forks: Forks | None = None,
    ) -> None:
        self._clock = clock or Clock()
        self._forks = forks
        self._children = [RoleProcess(spec, run_dir / f"{spec.name}.pid", self._clock, forks) for spec in children]
        self._run_dir = run_dir
        self._foundations = foundations
        self._restarts_max = restarts_max
        self._stop_deadline_s = stop_deadline_s
        self._replacing: RoleProcess | None = None
        self._to_replace: deque[RoleProcess] = deque()

    @property
    def roles(self) -> dict[str, RoleState]:
        """How each role stands, by name."""
        return {child.name: child.state for child in self._children if child.wanted or child.state.is_running}

    def run(self, on_started: Callable[[], None] | None = None) -> None:
        """Run the children until a signal says stop; a role has no end of its own, so one that ends is started again.

        `on_started` is called when every child has been started once. Call it from the main thread, where signals arrive. Raises
        ChildKeepsDying when none can be kept running.
        """
        self._run_dir.mkdir(parents=True, exist_ok=True)
        with _signals() as wake:
            try:
                if self._forks is not None:
                    self._forks.start()
                    self._forks.wait()
                for child in self._children:
                    if child.wanted:
                        child.start()
                if on_started:
                    on_started()
                self._watch(wake)
            finally:
                self._stop(wake)

    def _watch(self, wake: "_Wake") -> None:
        while not wake.stop_requests:
            for revive in self._foundations:
                revive()
            if self._forks is not None:
                self._forks.revive()
            for child in self._children:
                if child is self._replacing:
                    continue
                if child.wanted:
                    child.tend(self._restarts_max)
                else:
                    child.rest()
            self._share()
            self._replace(wake)
            if failing := self._all_failing():
                raise failing
            is_busy = self._replacing is not None or wake.replace_requests
            wake.wait(0.02 if is_busy else min(child.due_in_s() for child in self._children))

    def _all_failing(self) -> ChildKeepsDying | None:
        """Return why one of the children fails, where all that are wanted do."""
        failing = [child.failing for child in self._children if child.wanted]
        return failing[0] if all(failing) else None

    def _share(self) -> None:
        """Have the others of a group hand on some of what they have to each process that has become ready."""
        for child in self._children:
            if child.became_ready():
                for other in self._children:
                    if other is not child and other.group == child.group:
                        other.share()

    def _replace(self, wake: "_Wake") -> None:
        """Begin to replace the children where that was asked for, or go on with it."""
        if self._replacing is None and wake.replace_requests:
            if self._forks is None or self._forks.renewed():
                wake.replace_requests = 0
                self._to_replace = deque(self._children)
                self._next_to_replace()
        elif self._replacing is not None:
            outcome = self._replacing.replaced()
            if outcome is False:
                self._end_replacing(self._replacing.name)
            elif outcome:
                self._next_to_replace()

    def _next_to_replace(self) -> None:
        while self._to_replace:
            child = self._to_replace.popleft()
            if child.wanted:
                self._replacing = child
                child.begin_replacing()
                return
        self._end_replacing("done")

    def _end_replacing(self, outcome: str) -> None:
        self._replacing = None
        self._to_replace.clear()
        (self._run_dir / REPLACED).write_text(outcome)

    def _stop(self, wake: "_Wake") -> None:
        """Ask each group of children in reverse order and wait for it; when the time for all of them is up, or at a second signal, kill."""
        deadline_s = self._clock.monotonic_s() + self._stop_deadline_s
        patience = max(1, wake.stop_requests)
        for _, found in groupby(reversed(self._children), key=lambda child: child.group):
            group = list(found)
            for child in group:
                child.ask_to_stop()
            while any(child.lives() for child in group) and wake.stop_requests <= patience and self._clock.monotonic_s() < deadline_s:
                wake.wait(0.1)
            for child in group:
                child.kill()
        if self._forks is not None:
            self._forks.end()


class _Wake:
    """The signals that arrived, and a wait that any of them ends."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.stop_requests = 0
        self.replace_requests = 0

    def note(self, number: int, _frame: FrameType | None) -> None:
        """Count a request to stop or to replace; a child's end needs no more than the waking."""
        if number == REPLACE_SIGNAL:
            self.replace_requests += 1
        elif number != signal.SIGCHLD:
            self.stop_requests += 1

    def wait(self, timeout_s: float) -> None:
        """Sleep until the next signal, at most that long."""
        readable, _, _ = select.select([self._descriptor], [], [], timeout_s)
        if readable:
            os.read(self._descriptor, 4096)


@contextmanager
def _signals() -> Iterator[_Wake]:
    """Receive SIGINT, SIGTERM, SIGCHLD and SIGUSR1 through a pipe, so that none is lost; then restore what was."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    wake = _Wake(reading)
    handlers = {number: signal.signal(number, wake.note) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, REPLACE_SIGNAL)}
    pipe_before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield wake
    finally:
        signal.set_wakeup_fd(pipe_before)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        os.close(reading)
        os.close(writing)
