"""Keeps the roles of `slipstream up`, and the servers they stand on, alive as processes, and ends the roles together."""

import os
import select
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import structlog

from infra.clock import Clock
from infra.operator_errors import Failure
from infra.processes.file_lock import FileLock
from infra.processes.process_control import spawn

if TYPE_CHECKING:
    import subprocess

RESTARTS_MAX = 10
BACK_OFF_FIRST_S = 0.1
BACK_OFF_MAX_S = 5.0
BACK_OFF_FAILING_S = 60.0
STEADY_AFTER_S = 60.0
STOP_DEADLINE_S = 20.0

logger = structlog.get_logger(__name__)


@dataclass(eq=False)
class AlreadyRunning(Failure):
    """Slipstream is already running at {address} (process {pid}): use that one, or stop it first."""

    address: str
    pid: str


@dataclass(eq=False)
class ChildKeepsDying(Failure):
    """The role {name} died {deaths} times in a row, the last time with exit code {exit_code}: its log lines above say why."""

    name: str
    deaths: int
    exit_code: int


@dataclass(frozen=True)
class ChildSpec:
    """One role: its name, its command line, and what its environment has beyond ours."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)


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

    A child that dies is started again after a pause that doubles from 0.1 s to 5 s; 60 steady seconds forgive what was before. One that
    died more than 10 times in a row is tried once a minute, with an alarm, and stops no other; only when all do so are they given up.
    Children go with the supervisor, even when it is killed. Their pids are in `run_dir/<name>.pid`.
    What they stand on is looked after by `foundations`: each call brings back what has died, or raises what stands in the way.
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
    ) -> None:
        self._clock = clock or Clock()
        self._children = [_Child(spec, run_dir / f"{spec.name}.pid", self._clock) for spec in children]
        self._run_dir = run_dir
        self._foundations = foundations
        self._restarts_max = restarts_max
        self._stop_deadline_s = stop_deadline_s

    def run(self, on_started: Callable[[], None] | None = None) -> None:
        """Run the children until a signal says stop; a role has no end of its own, so one that ends is started again.

        `on_started` is called when every child has been started once. Call it from the main thread, where signals arrive. Raises
        ChildKeepsDying when none can be kept running.
        """
        self._run_dir.mkdir(parents=True, exist_ok=True)
        with _signals() as wake:
            try:
                for child in self._children:
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
            for child in self._children:
                child.tend(self._restarts_max)
            if all(child.failing is not None for child in self._children):
                raise self._children[0].failing or AssertionError("it is failing")
            wake.wait(min(child.due_in_s() for child in self._children))

    def _stop(self, wake: "_Wake") -> None:
        """Ask each child in reverse order and wait for it; when the time for all of them is up, or at a second signal, kill."""
        deadline_s = self._clock.monotonic_s() + self._stop_deadline_s
        patience = max(1, wake.stop_requests)
        for child in reversed(self._children):
            child.ask_to_stop()
            while child.running() and wake.stop_requests <= patience and self._clock.monotonic_s() < deadline_s:
                wake.wait(0.1)
            child.kill()


class _Child:
    """One process and the history of its restarts."""

    def __init__(self, spec: ChildSpec, pid_file: Path, clock: Clock) -> None:
        self._spec = spec
        self._pid_file = pid_file
        self._clock = clock
        self._process: subprocess.Popen[bytes] | None = None
        self._deaths = 0
        self._started_at_s = 0.0
        self._restart_at_s: float | None = None
        self.failing: ChildKeepsDying | None = None

    def start(self) -> None:
        """Start the process and note its pid. Raises OSError where the program cannot be run."""
        self._restart_at_s = None
        self._started_at_s = self._clock.monotonic_s()
        self._process = spawn(self._spec.argv, env={**os.environ, **self._spec.env})
        self._pid_file.write_text(f"{self._process.pid}\n")
        logger.info("role started", name=self._spec.name, pid=self._process.pid)

    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def tend(self, restarts_max: int) -> None:
        """Notice a death and decide when to start again, or start again when that time has come."""
        if self.running():
            return
        if self._restart_at_s is None:
            self._note_death(restarts_max)
        elif self._clock.monotonic_s() >= self._restart_at_s:
            self.start()

    def _note_death(self, restarts_max: int) -> None:
        exit_code = self._process.returncode if self._process else 0
        now_s = self._clock.monotonic_s()
        self._deaths = 1 if now_s - self._started_at_s >= STEADY_AFTER_S else self._deaths + 1
        pause_s = min(BACK_OFF_MAX_S, BACK_OFF_FIRST_S * 2 ** (self._deaths - 1))
        self.failing = None
        died = {"name": self._spec.name, "exit_code": exit_code, "deaths": self._deaths}
        if self._deaths > restarts_max:
            self.failing = ChildKeepsDying(self._spec.name, self._deaths, exit_code)
            pause_s = BACK_OFF_FAILING_S
            logger.error("a role keeps dying; the others go on without it", **died, restart_in_s=pause_s)
        else:
            logger.warning("role died", **died, restart_in_s=pause_s)
        self._restart_at_s = now_s + pause_s

    def due_in_s(self) -> float:
        """Return how long this child needs no attention, unless a signal comes: at most a second."""
        if self._restart_at_s is None:
            return 1.0
        return min(1.0, max(0.0, self._restart_at_s - self._clock.monotonic_s()))

    def ask_to_stop(self) -> None:
        """Send SIGTERM if it lives."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def kill(self) -> None:
        """End it now if it still lives, with every process of its session, and forget its pid."""
        if self._process is not None and self._process.poll() is None:
            logger.warning("role did not stop in time and was killed", name=self._spec.name, pid=self._process.pid)
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._pid_file.unlink(missing_ok=True)


class _Wake:
    """The signals that arrived, and a wait that any of them ends."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.stop_requests = 0

    def note(self, number: int, _frame: FrameType | None) -> None:
        """Count a request to stop; a child's end needs no more than the waking."""
        if number != signal.SIGCHLD:
            self.stop_requests += 1

    def wait(self, timeout_s: float) -> None:
        """Sleep until the next signal, at most that long."""
        readable, _, _ = select.select([self._descriptor], [], [], timeout_s)
        if readable:
            os.read(self._descriptor, 4096)


@contextmanager
def _signals() -> Iterator[_Wake]:
    """Receive SIGINT, SIGTERM and SIGCHLD through a pipe, so that none is lost between a look and a wait; then restore what was."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    wake = _Wake(reading)
    handlers = {number: signal.signal(number, wake.note) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)}
    pipe_before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield wake
    finally:
        signal.set_wakeup_fd(pipe_before)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        os.close(reading)
        os.close(writing)
